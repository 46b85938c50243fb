// <keep-clock>: the time for which a slot stays kept. When it is over, there is nothing to press.
import { part, show, write } from "./dom.ts";
import { clock, moment, onReturn } from "./time.ts";

const TICK_MS = 250;

class KeepClock extends HTMLElement {
  #timer: number | undefined;

  connectedCallback(): void {
    this.#timer = window.setInterval(() => this.#draw(), TICK_MS);
    onReturn(() => this.#draw());
    // Points may have been bought beside this page.
    if (this.dataset.short !== undefined)
      document.addEventListener("visibilitychange", () => {
        if (!document.hidden) location.reload();
      });
  }

  #draw(): void {
    const left = Number(this.dataset.left) * 1000 - moment();
    write(part(this, "left"), clock(Math.max(0, left)));
    if (left > 0) return;
    window.clearInterval(this.#timer);
    show(part(this, "kept"), false);
    show(part(this, "lapsed"), true);
    part<HTMLButtonElement>(this, "confirm").disabled = true;
  }
}

customElements.define("keep-clock", KeepClock);
