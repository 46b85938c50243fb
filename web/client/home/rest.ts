// The pause after a talk, on the cast's home: its seconds, and what follows them.

import { part, show, write } from "../dom.ts";
import type { Pause } from "../protocol.ts";
import { clock, moment } from "../time.ts";

export interface RestActs {
  /** It is over, or somebody wants it to be. */
  resume(): void;
  draw(): void;
}

/** A try that failed is made again, until the site has closed the room. */
const AGAIN_MS = 3000;
const AWAITED_MS = 30_000;

export class Rest {
  #room = 0;
  #ends: number | null = null;
  #next = 0;

  constructor(
    private readonly card: HTMLElement,
    private readonly acts: RestActs,
  ) {
    const { room = "", seconds = "" } = card.dataset;
    if (seconds !== "") this.hear({ room_id: Number(room), seconds: Number(seconds) });
    part(card, "resume").addEventListener("click", () => acts.resume());
    setInterval(() => this.#tick(), 500);
  }

  get running(): boolean {
    return this.#ends !== null;
  }

  get room(): number {
    return this.#room;
  }

  /** What the site says of it; null where there is none. */
  hear(pause: Pause | null): void {
    this.#ends = pause === null ? null : moment() + pause.seconds * 1000;
    if (pause) this.#room = pause.room_id;
  }

  over(): void {
    this.#ends = null;
  }

  draw(shown: boolean, ready: boolean): void {
    show(this.card, shown);
    part<HTMLButtonElement>(this.card, "resume").disabled = !ready;
    if (!shown || this.#ends === null) return;
    const left = Math.max(0, Math.ceil((this.#ends - moment()) / 1000));
    const count = part(this.card, "pause-left");
    write(count, (count.dataset.text ?? "").replace("{n}", clock(left * 1000)));
  }

  #tick(): void {
    if (this.#ends === null) return;
    const now = moment();
    if (now > this.#ends + AWAITED_MS) this.over();
    this.acts.draw();
    if (this.#ends === null || now < this.#ends || now < this.#next) return;
    this.#next = now + AGAIN_MS;
    this.acts.resume();
  }
}
