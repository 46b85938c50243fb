// How long a page stays away that the server has turned away. Pure: no clock, no page.

const SHORT_MS = 2000;
const LONGEST_MS = 60_000;

/** What the server says to a page for which it has no place: in words where it must wait. */
export interface TurnedAway {
  code?: unknown;
  message?: unknown;
  wait_ms?: unknown;
}

export class Hold {
  /** Why there is no connection, in words; empty where nobody needs to know. */
  words = "";
  #until = Number.NEGATIVE_INFINITY;
  #times = 0;

  /**
   * Turned away: waits as long as the server says and scatters it, so that not all come back at once.
   * With words each time twice as long; without any the server has a moment's trouble.
   */
  turnedAway(said: TurnedAway, now: number, random: number): void {
    const first = this.#times === 0;
    this.#times = Math.min(this.#times + 1, 10);
    // The page before this one may not have let go of its connection yet.
    if (first && said.code === "too_many_windows") this.#wait("", SHORT_MS, now, random);
    else this.#longer(said, now, random);
  }

  /** Had a connection, and had to give way to another window: comes back late, or takes one away. */
  gaveWay(said: TurnedAway, now: number, random: number): void {
    this.#times = 1;
    this.#longer(said, now, random);
  }

  #longer({ message, wait_ms }: TurnedAway, now: number, random: number): void {
    const words = typeof message === "string" ? message : "";
    const wait = typeof wait_ms === "number" && wait_ms > 0 ? wait_ms : SHORT_MS;
    this.#wait(words, words === "" ? wait : wait * 2 ** (this.#times - 1), now, random);
  }

  #wait(words: string, ms: number, now: number, random: number): void {
    this.words = words;
    this.#until = now + Math.min(ms, LONGEST_MS) * (1 + random);
  }

  connected(): void {
    this.words = "";
    this.#times = 0;
    this.#until = Number.NEGATIVE_INFINITY;
  }

  /** For how many ms still. */
  left(now: number): number {
    return Math.max(0, this.#until - now);
  }
}
