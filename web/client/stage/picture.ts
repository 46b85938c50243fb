// The two faces: the other side's picture or portrait, and one's own in the corner.

import type { Media } from "../devices/media.ts";
import { part, show, write } from "../dom.ts";
import type { Note } from "../wire/peer.ts";
import { word } from "../words.ts";

export class Picture {
  readonly #remote: HTMLVideoElement;
  readonly #unblock: HTMLElement;
  readonly #ring: HTMLElement;
  #note: Note | undefined;
  #frames = 0;

  constructor(
    private readonly root: HTMLElement,
    private readonly level: () => number,
  ) {
    this.#remote = part<HTMLVideoElement>(root, "remote");
    this.#unblock = part(root, "unblock");
    this.#ring = part(root, "ring");
    this.#unblock.addEventListener("click", () => void this.#play());
    for (const event of ["loadeddata", "resize"])
      this.#remote.addEventListener(event, () => this.#firstFrame());
    setInterval(() => this.#sound(), 100);
  }

  /** A new connection: the last picture stays until the new one comes. */
  renew(): void {
    this.#note = undefined;
    this.#frames = 0;
    this.#remote.srcObject = new MediaStream();
  }

  track(track: MediaStreamTrack): void {
    if (!(this.#remote.srcObject instanceof MediaStream)) this.renew();
    (this.#remote.srcObject as MediaStream).addTrack(track);
    void this.#play();
  }

  note(note: Note): void {
    this.#note = note;
    this.#choose();
  }

  /** The element knows of the first picture before the statistics are read again. */
  #firstFrame(): void {
    if (this.#remote.videoWidth > 0 && this.#frames === 0) this.frames(1);
  }

  frames(frames: number): void {
    if (frames === this.#frames) return;
    this.#frames = frames;
    this.#choose();
  }

  /** A picture is shown when one has come and the other side has not turned it off. */
  #choose(): void {
    const seen = this.#frames > 0 && this.#note?.camera !== false;
    show(this.#remote, seen);
    show(part(this.root, "voice"), !seen);
    this.root.dataset.picture = seen ? "video" : "voice";
    show(part(this.root, "chip-mic"), this.#note?.mic === false);
    const note = this.#note?.camera === false ? word("other_voice") : "";
    write(part(this.root, "voice-note"), note);
  }

  /** Browsers may refuse sound before the first touch; then a button asks for it. */
  async #play(): Promise<void> {
    try {
      await this.#remote.play();
      show(this.#unblock, false);
    } catch (error) {
      if (error instanceof Error && error.name === "NotAllowedError") show(this.#unblock, true);
    }
  }

  #sound(): void {
    if (this.root.dataset.picture === "video" || this.root.hidden) return;
    // Speech lies low on the linear scale; the root makes a soft voice visible.
    this.#ring.style.setProperty("--level", Math.sqrt(this.level()).toFixed(2));
  }

  self(media: Media): void {
    const video = part<HTMLVideoElement>(this.root, "self-video");
    if (video.srcObject !== media.stream) video.srcObject = media.stream;
    part(this.root, "self").dataset.camera = media.track("video") ? "on" : "off";
    show(part(this.root, "self-mute"), media.muted || media.silent);
  }
}
