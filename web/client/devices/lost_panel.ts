// The console's word on a device that doesn't work on stand-by, with the seconds until the room closes.
import { part, show, write } from "../dom.ts";
import { moment } from "../time.ts";
import { word } from "../words.ts";

const TICK_MS = 500;

export class LostPanel {
  /** When the site will close the room, by the page's clock; null while it won't. */
  #ends: number | null = null;

  constructor(
    private readonly panel: HTMLElement,
    again: () => void,
  ) {
    part(panel, "lost-again").addEventListener("click", again);
    setInterval(() => this.#count(), TICK_MS);
  }

  /** As the site counts: seconds from now. */
  closesIn(seconds: number | null): void {
    this.#ends = seconds === null ? null : moment() + seconds * 1000;
    this.#count();
  }

  /** `text` says what is wrong; "" where all works. */
  draw(text: string): void {
    write(part(this.panel, "lost-text"), text);
    const appears = this.panel.hidden && text !== "";
    show(this.panel, text !== "");
    // Wherever the page was left, it must be seen.
    if (appears) this.panel.scrollIntoView({ block: "center" });
  }

  #count(): void {
    const place = part(this.panel, "lost-count");
    show(place, this.#ends !== null);
    if (this.#ends === null) return;
    const n = Math.max(0, Math.ceil((this.#ends - moment()) / 1000));
    write(place, word("lost_closes_in", { n }));
  }
}
