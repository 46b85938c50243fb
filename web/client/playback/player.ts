// Plays both sides of a recording by one clock. Whichever side isn't ready holds up both.

import { part, show, write } from "../dom.ts";
import { clock, moment } from "../time.ts";
import { Screen } from "./screen.ts";
import { lastBefore, type Piece } from "./timeline.ts";

const STEP_MS = 100;
const LAST_SECONDS = 0.05;

export class Player {
  readonly #screens: Screen[];
  readonly #place: HTMLInputElement;
  readonly #seconds: number;
  #plays = false;
  /** Where the clock stood at `#since`; it moves while all are ready. */
  #at = 0;
  #since = 0;
  #ready = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly spans: readonly HTMLButtonElement[],
  ) {
    const pieces = JSON.parse(root.dataset.files ?? "[]") as Piece[];
    this.#seconds = Number(root.dataset.seconds);
    this.#place = part<HTMLInputElement>(root, "place");
    const figures = [...root.querySelectorAll<HTMLElement>("[data-screen]")];
    this.#screens = figures.map((figure) => new Screen(figure, pieces, () => this.#failed()));
    part(root, "play").addEventListener("click", () => this.play(!this.#plays));
    this.#place.addEventListener("input", () => this.go(Number(this.#place.value)));
    for (const span of spans)
      span.addEventListener("click", () => {
        this.go(Number(span.dataset.at));
        this.play(true);
      });
    setInterval(() => this.#step(), STEP_MS);
    this.#step();
  }

  play(on: boolean): void {
    if (on && this.#at >= this.#seconds) this.#at = 0;
    this.#at = this.#now();
    this.#since = moment();
    this.#plays = on;
    if (on) show(part(this.root, "player-problem"), false);
    this.#step();
  }

  go(seconds: number): void {
    this.#at = Math.min(Math.max(seconds, 0), this.#seconds);
    this.#since = moment();
    this.#ready = false;
    this.#step();
  }

  #now(): number {
    const passed = this.#plays && this.#ready ? (moment() - this.#since) / 1000 : 0;
    return Math.min(this.#at + passed, this.#seconds);
  }

  #step(): void {
    const at = this.#now();
    this.#at = at;
    this.#since = moment();
    if (at >= this.#seconds) this.#plays = false;
    // At its very end the last picture stays.
    const shown = Math.min(at, Math.max(0, this.#seconds - LAST_SECONDS));
    const ready = this.#screens.map((screen) => screen.show(shown, this.#plays));
    this.#ready = ready.every(Boolean);
    if (!this.#ready)
      this.#screens.forEach((screen, number) => {
        if (ready[number]) screen.hold();
      });
    this.#draw(at);
  }

  #draw(at: number): void {
    this.root.dataset.state = this.#plays ? (this.#ready ? "playing" : "waiting") : "paused";
    this.root.dataset.at = at.toFixed(3);
    if (document.activeElement !== this.#place || this.#plays) this.#place.value = at.toFixed(1);
    this.#place.setAttribute("aria-valuetext", clock(at * 1000));
    write(part(this.root, "time"), clock(at * 1000));
    const word = this.#plays ? this.root.dataset.wordPause : this.root.dataset.wordPlay;
    write(part(this.root, "play-word"), word ?? "");
    show(this.root.querySelector("[data-icon-play]"), !this.#plays);
    show(this.root.querySelector("[data-icon-pause]"), this.#plays);
    const current = lastBefore(
      this.spans.map((span) => Number(span.dataset.at)),
      at,
    );
    this.spans.forEach((span, number) => {
      if (number === current) span.setAttribute("aria-current", "true");
      else span.removeAttribute("aria-current");
    });
  }

  #failed(): void {
    this.#plays = false;
    show(part(this.root, "player-problem"), true);
  }
}
