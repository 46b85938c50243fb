// Keeps a live picture and its voice playing. Phones stop it on their own account: for a call, in the
// background, when a small window is shut; and no browser has to start it without a touch.
import { moment, onReturn } from "../time.ts";

/** What is stopped again so soon is stopped for a reason: a touch may know better. */
const AGAIN_MS = 1000;

export class Playing {
  #closed = false;
  #resumedAt = Number.NEGATIVE_INFINITY;

  /** `blocked` tells whether the browser wants a touch first. */
  constructor(
    private readonly video: HTMLVideoElement,
    private readonly blocked: (blocked: boolean) => void,
  ) {
    // Nobody but the system has a button for it.
    video.addEventListener("pause", () => this.#resume());
    onReturn(() => this.video.paused && void this.play());
  }

  #resume(): void {
    // A stream that has ended is followed by another one.
    if (this.#closed || document.hidden || !(this.video.srcObject as MediaStream)?.active) return;
    const now = moment();
    if (now - this.#resumedAt < AGAIN_MS) this.blocked(true);
    else void this.play();
    this.#resumedAt = now;
  }

  /** Never rejects. In a gesture every browser lets it. */
  async play(): Promise<void> {
    if (this.#closed || !this.video.srcObject) return;
    try {
      await this.video.play();
      this.blocked(false);
    } catch (error) {
      // Any other error is a stream that was replaced meanwhile.
      if (error instanceof Error && error.name === "NotAllowedError") this.blocked(true);
    }
  }

  /** The talk is over. */
  close(): void {
    this.#closed = true;
  }
}
