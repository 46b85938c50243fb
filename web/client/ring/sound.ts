// The sound of what rings: of all tabs of a browser one has the voice, the first that may make a sound.

import { chime, onSound, prepareChime } from "../devices/chime.ts";
import { moment } from "../time.ts";

const EVERY_MS = 4000;
/** Whoever didn't come by then isn't there. */
const MOST_MS = 60_000;

export class Voice {
  readonly #name: string;
  readonly #since = new Map<string, number>();
  #mine = false;
  #prepared = false;
  #timer: number | undefined;

  constructor(user: string) {
    this.#name = `ring-voice-${user}`;
  }

  /** Takes the voice as soon as the browser lets this page sound; `changed` when it may have been taken. */
  prepare(changed: () => void): void {
    if (this.#prepared) return;
    this.#prepared = true;
    onSound(() => {
      if (!("locks" in navigator)) {
        this.#mine = true;
        changed();
        return;
      }
      // For as long as this page lives; then the next tab in line has it.
      void navigator.locks.request(this.#name, () => {
        this.#mine = true;
        changed();
        return new Promise(() => undefined);
      });
    });
    prepareChime();
  }

  /** Whether any tab of this browser can be heard. */
  async heard(): Promise<boolean> {
    if (this.#mine || !("locks" in navigator)) return this.#mine;
    const { held = [] } = await navigator.locks.query();
    return held.some((lock) => lock.name === this.#name);
  }

  /** Rings for these keys and no others: again and again for those in `until`, else once each. */
  ring(until: string[], once: string[]): void {
    const now = moment();
    const fresh = [...until, ...once].filter((key) => !this.#since.has(key));
    for (const key of fresh) this.#since.set(key, now);
    for (const key of this.#since.keys())
      if (!until.includes(key) && !once.includes(key)) this.#since.delete(key);
    if (fresh.length > 0) this.#sound();
    clearInterval(this.#timer);
    if (until.length > 0) this.#timer = window.setInterval(() => this.#again(until), EVERY_MS);
  }

  #again(until: string[]): void {
    const now = moment();
    if (until.some((key) => now - (this.#since.get(key) ?? now) < MOST_MS)) this.#sound();
    else clearInterval(this.#timer);
  }

  #sound(): void {
    if (this.#mine) chime();
  }
}
