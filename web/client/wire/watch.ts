// Watches one peer connection: when did anything arrive last, and how good is it?
import { moment } from "../time.ts";
import { after } from "./farewell.ts";
import type { Figures } from "./figures.ts";
import type { Peer } from "./peer.ts";
import { flows } from "./recovery.ts";

export type Quality = "good" | "fair" | "poor";

export interface WatchEvents {
  looked(figures: Figures): void;
  /** The first of a kind over this connection, or the first after a pause. */
  arrived(): void;
  /** The other side's first report on what it receives over this connection. */
  reported(): void;
  quality(quality: Quality): void;
}

const EAGER_MS = 250;
const CALM_MS = 500;
const QUALITY_MS = 5000;
/** Statistics that take longer are given up; the next look may have more luck. */
const LOOK_MS = 3000;

export class Watch {
  /** When something arrived last, null before the first. */
  lastAt: number | null = null;
  readonly madeAt = moment();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  #looking: Promise<void> | undefined;
  #bytes = 0;
  #grew = false;
  #reported = false;
  /** When sound and picture last came, as of the look before. */
  #latest: (number | null)[] = [null, null];
  #gauge: { at: number; packets: number; lost: number } | undefined;

  constructor(
    private readonly peer: Peer,
    private readonly on: WatchEvents,
  ) {
    this.#next();
  }

  get flowing(): boolean {
    return flows(moment(), this.lastAt);
  }

  /** Looks at once; resolves when the figures of that look are told. */
  look(): Promise<void> {
    clearTimeout(this.#timer);
    this.#looking ??= this.#look();
    return this.#looking;
  }

  async #look(): Promise<void> {
    try {
      const found = await Promise.race([this.peer.look().then(() => true), after(LOOK_MS)]);
      if (found) this.#judge(this.peer.figures);
    } catch {
      // A connection that was just closed has no statistics.
    } finally {
      this.#looking = undefined;
      this.#next();
    }
  }

  #judge(figures: Figures): void {
    if (this.#stopped) return;
    const now = moment();
    this.#grew = figures.bytes > this.#bytes;
    this.#bytes = figures.bytes;
    if (this.#grew) this.lastAt = now;
    this.on.looked(figures);
    if (this.#resumed(figures, now)) this.on.arrived();
    this.#hearReport(figures);
    this.#measure(now, figures);
  }

  #resumed({ audio, video }: Figures, now: number): boolean {
    const latest = [audio.receivedAt, video.receivedAt];
    const resumed = latest.some(
      (at, kind) => at !== this.#latest[kind] && !flows(now, this.#latest[kind] ?? null),
    );
    this.#latest = latest;
    return resumed;
  }

  #hearReport({ audio, video }: Figures): void {
    if (this.#reported || (audio.reportedAt ?? video.reportedAt) === null) return;
    this.#reported = true;
    this.on.reported();
  }

  #measure(at: number, { packets, lost, rtt }: Figures): void {
    const before = this.#gauge;
    if (before && at - before.at < QUALITY_MS) return;
    this.#gauge = { at, packets, lost };
    if (!before) return;
    const missing = lost - before.lost;
    const all = packets - before.packets + missing;
    const loss = all > 0 ? missing / all : 1;
    if (loss > 0.08 || rtt > 500) this.on.quality("poor");
    else this.on.quality(loss > 0.03 || rtt > 250 ? "fair" : "good");
  }

  #next(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.look(), this.#grew ? CALM_MS : EAGER_MS);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
}
