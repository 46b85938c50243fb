// Which pair counts, and whether the other side is there. News may overtake the answer to one's own
// join, so the newest pair counts, and what was heard while asking is newer than the answer.
import type { Joined, PeerNews, Signal } from "../protocol";

const EARLY_SIGNALS = 64;

export class Pairing {
  /** The newest pair known; 0 before the first. */
  pair = 0;
  present = false;
  #heard: boolean | undefined;
  #early: Signal[] = [];

  /** A join goes out. */
  asking(): void {
    this.#heard = undefined;
  }

  answered(joined: Pick<Joined, "pair" | "peer">): void {
    this.pair = Math.max(this.pair, joined.pair);
    this.present = this.#heard ?? joined.peer;
  }

  /** Pair 0 only says that the other side has gone. Of an older pair there is no news. */
  hear({ pair, present }: PeerNews): void {
    if (pair > 0 && pair < this.pair) return;
    this.pair = Math.max(this.pair, pair);
    this.present = this.#heard = present;
  }

  /** Keeps a signal of a pair that this side has not made yet. It tells that the other side is there. */
  keep(signal: Signal): void {
    if (signal.pair >= this.pair) this.hear({ pair: signal.pair, present: true });
    if (this.#early.length < EARLY_SIGNALS) this.#early.push(signal);
  }

  /** The signals that came too early for the pair that is made now. */
  kept(): Signal[] {
    return this.#early.splice(0).filter((signal) => signal.pair === this.pair);
  }
}
