// Whether somebody was heard: a voice, and not only the noise of a room. Pure.

/** −36 dB on the scale of `level.ts`; a quiet room lies below −45 dB, a voice near by above −30 dB. */
const VOICE = 0.4;
/** A click of a plug is shorter: levels come about 15 times a second. */
const LEVELS = 4;
/** Who has not been heard by then is told what to do. */
const PATIENCE_MS = 10_000;

export class Hearing {
  #loud = 0;

  constructor(private readonly since: number) {}

  /** Takes the level (0…1) of a moment. */
  hear(level: number): void {
    if (this.heard) return;
    this.#loud = level >= VOICE ? this.#loud + 1 : 0;
  }

  get heard(): boolean {
    return this.#loud >= LEVELS;
  }

  /** Whether nothing has been heard for too long, at a moment. */
  isSilent(now: number): boolean {
    return !this.heard && now - this.since >= PATIENCE_MS;
  }
}
