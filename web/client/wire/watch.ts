// Watches one peer connection: does media arrive, has it stopped, how good is it?
import type { Peer, Received } from "./peer.ts";

export type Quality = "good" | "fair" | "poor";
export type Stall = "silent" | "never";

export interface WatchEvents {
  received(received: Received): void;
  /** The first bytes of this connection. */
  arrived(): void;
  /** Told at every look while it lasts. */
  stalled(why: Stall): void;
  quality(quality: Quality): void;
}

const EAGER_MS = 250;
const CALM_MS = 500;
const SILENT_MS = 2000;
const NEVER_MS = 8000;
const QUALITY_MS = 5000;

export class Watch {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  #looking: Promise<void> | undefined;
  #bytes = 0;
  #grownAt = performance.now();
  #gauge: { at: number; received: Received } | undefined;

  constructor(
    private readonly peer: Peer,
    private readonly on: WatchEvents,
    /** How many times longer than usual a slow connection may take to bring its first bytes. */
    private readonly patience = 1,
  ) {
    this.#next();
  }

  get flowing(): boolean {
    return this.#bytes > 0 && performance.now() - this.#grownAt < SILENT_MS;
  }

  /** Looks at once; resolves when the figures of that look are told. */
  look(): Promise<void> {
    clearTimeout(this.#timer);
    this.#looking ??= this.#look();
    return this.#looking;
  }

  async #look(): Promise<void> {
    try {
      this.#judge(await this.peer.received());
    } finally {
      this.#looking = undefined;
      this.#next();
    }
  }

  #judge(received: Received): void {
    if (this.#stopped) return;
    const now = performance.now();
    const first = this.#bytes === 0 && received.bytes > 0;
    if (received.bytes > this.#bytes) this.#grownAt = now;
    this.#bytes = received.bytes;
    this.on.received(received);
    if (first) this.on.arrived();
    const quiet = now - this.#grownAt;
    if (this.peer.state === "failed" || (this.#bytes > 0 && quiet > SILENT_MS))
      this.on.stalled("silent");
    else if (this.#bytes === 0 && quiet > NEVER_MS * this.patience) this.on.stalled("never");
    this.#measure(now, received);
  }

  #measure(at: number, received: Received): void {
    this.#gauge ??= { at, received };
    if (at - this.#gauge.at < QUALITY_MS) return;
    const packets = received.packets - this.#gauge.received.packets;
    const lost = received.lost - this.#gauge.received.lost;
    const loss = packets + lost > 0 ? lost / (packets + lost) : 1;
    this.#gauge = { at, received };
    if (loss > 0.08 || received.rtt > 500) this.on.quality("poor");
    else this.on.quality(loss > 0.03 || received.rtt > 250 ? "fair" : "good");
  }

  #next(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.look(), this.#bytes > 0 ? CALM_MS : EAGER_MS);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
}
