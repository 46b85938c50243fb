// The figures on top of a cast's home: read anew when something has happened.
import { maybe, part } from "../dom.ts";
import { inUse } from "../parts/afresh.ts";
import type { Socket } from "../socket.ts";
import { onReturn } from "../time.ts";

/** What the site may have had no occasion to tell: a term that ends, another device's answer. */
const AGAIN_MS = 60_000;
/** Several pieces of news at once are one reading. */
const GATHER_MS = 300;
const PATIENCE_MS = 10_000;
const NEWS = ["ring:again", "day:again", "standby:closed"];

export class Figures {
  #timer: number | undefined;
  #ready = false;

  constructor(
    private readonly page: HTMLElement,
    socket: Socket,
  ) {
    for (const event of NEWS) socket.on(event, () => this.#soon());
    onReturn(() => this.#soon());
    setInterval(() => this.#soon(), AGAIN_MS);
  }

  /** The devices work now: the one step of a beginner that only the browser knows. */
  checked(ready: boolean): void {
    this.#ready ||= ready;
    const step = this.page.querySelector<HTMLElement>('[data-step="check"]');
    if (step) step.dataset.done = this.#ready ? "1" : "0";
  }

  say(text: string): void {
    part(this.page, "home-said").textContent = text;
  }

  #soon(): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#read(), GATHER_MS);
  }

  async #read(): Promise<void> {
    if (document.hidden) return;
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const answer = await fetch("/console/figures", { signal });
      if (!answer.ok) return;
      const made = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = maybe(made, "home");
      const old = maybe(this.page, "home");
      // Nothing moves away from under a finger, the focus, or what was unfolded.
      if (!fresh || !old || inUse(old)) return;
      old.replaceWith(document.adoptNode(fresh));
      this.checked(this.#ready);
    } catch {
      // The next news, or the next minute, reads again.
    }
  }
}
