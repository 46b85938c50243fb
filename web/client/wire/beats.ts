// The beats: what this side receives, told every few seconds and exactly when a minute falls due.

import type { Beat } from "../protocol.ts";
import type { Received } from "./peer.ts";

const NOTHING: Received = { packets: 0, bytes: 0, lost: 0, frames: 0, rtt: 0 };

export class Beats {
  #pair = 0;
  #current = NOTHING;
  #told = NOTHING;
  #every: ReturnType<typeof setInterval> | undefined;
  #boundary: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> | undefined;
  #again = false;

  /**
   * `look` counts what has arrived up to now. `deliver` resolves once the server has acknowledged;
   * only then the figures count as told.
   */
  constructor(
    private readonly look: () => Promise<void> | undefined,
    private readonly deliver: (beat: Beat) => Promise<void>,
  ) {}

  start(seconds: number): void {
    clearInterval(this.#every);
    this.#every = setInterval(() => void this.now(), seconds * 1000);
  }

  count(received: Received): void {
    this.#current = received;
  }

  /** A new connection counts from zero, and so do its beats. */
  renew(pair: number): void {
    this.#pair = pair;
    this.#current = this.#told = NOTHING;
  }

  /** Plans the extra beat at the next meter boundary. Both are positions in ms; `here` is the present one. */
  due(boundary: number | null, here: number): void {
    clearTimeout(this.#timer);
    // The server's word may overtake the timer; the evidence is owed all the same.
    const overtaken = this.#boundary !== null && here >= this.#boundary;
    this.#boundary = boundary;
    if (overtaken) void this.now();
    if (boundary === null) return;
    // A timer may fire a millisecond early, and early evidence pays for nothing.
    this.#timer = setTimeout(() => this.#reach(), boundary - here + 5);
  }

  #reach(): void {
    this.#boundary = null;
    void this.now();
  }

  /** Never two at once: a second call while one is on its way sends one more after it. */
  now(): Promise<void> {
    if (this.#sending) {
      this.#again = true;
      return this.#sending;
    }
    this.#sending = this.#send().finally(() => {
      this.#sending = undefined;
      if (!this.#again) return;
      this.#again = false;
      void this.now();
    });
    return this.#sending;
  }

  async #send(): Promise<void> {
    try {
      await this.look();
      const [pair, now, told] = [this.#pair, this.#current, this.#told];
      await this.deliver({
        pair,
        media: now.bytes > told.bytes,
        packets: Math.max(0, now.packets - told.packets),
        bytes: Math.max(0, now.bytes - told.bytes),
        lost: Math.max(0, now.lost - told.lost),
        rtt_ms: now.rtt,
        hidden: document.hidden,
      });
      if (pair === this.#pair) this.#told = now;
    } catch {
      // Not acknowledged: the next beat carries these figures too.
    }
  }

  stop(): void {
    clearInterval(this.#every);
    clearTimeout(this.#timer);
  }
}
