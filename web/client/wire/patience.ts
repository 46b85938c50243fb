// How long to wait before trying again: every attempt in vain makes the next one wait longer,
// because a slow machine must be let connect.

const RECOVER_EVERY_MS = 4000;
/** The polite side waits a little longer, so that both don't renew against each other. */
const POLITE_MS = 800;
const GROWTH = 1.5;
const MOST = 5;

export class Patience {
  /** How many times longer than usual. */
  factor = 1;
  #triedAt = Number.NEGATIVE_INFINITY;

  /** An attempt begins. */
  try(): void {
    this.#triedAt = performance.now();
  }

  /** It was in vain. */
  grow(): void {
    this.factor = Math.min(this.factor * GROWTH, MOST);
  }

  restore(): void {
    this.factor = 1;
  }

  /** Whether the last attempt has had its time. */
  isOver(polite: boolean): boolean {
    const pause = RECOVER_EVERY_MS + (polite ? POLITE_MS : 0);
    return performance.now() - this.#triedAt >= pause * this.factor;
  }
}
