// The devices of a cast on stand-by: whether all that the room needs work, and what is wrong.
import { word } from "../words.ts";
import type { Kind } from "./capture.ts";
import type { Media } from "./media.ts";
import { isBroken, Troubles } from "./trouble.ts";

export class StandbyDevices {
  readonly #troubles = new Troubles();

  constructor(
    private readonly media: Media,
    /** What the chosen room needs. */
    private readonly needed: () => Kind[],
  ) {}

  get usable(): boolean {
    return this.needed().every((kind) => this.#works(kind));
  }

  #works(kind: Kind): boolean {
    const state = this.media.state(kind);
    // Phones hold the camera of a page that nobody looks at.
    return state === "on" || (state === "held" && kind === "video" && document.hidden);
  }

  /** What has gone wrong since the last call, in words; "" for nothing. */
  news(): string {
    const states = this.needed().map((kind) => [
      kind,
      this.#works(kind) ? "on" : this.media.state(kind),
    ]);
    const news = this.#troubles.see(Object.fromEntries(states));
    const bad = news.filter(({ became }) => became !== "back");
    return bad.map(({ kind, became }) => word(`${kind}_${became}`)).join(" ");
  }

  /** What is wrong now, in words; "" where all works. */
  wrong(): string {
    if (this.usable) return "";
    if (this.media.unanswered) return word("media_unanswered");
    const broken = this.needed().filter((kind) => isBroken(this.media.state(kind)));
    const not = broken.filter((kind) => !this.#works(kind));
    return not.map((kind) => word(`${kind}_${this.media.state(kind)}`)).join(" ");
  }
}
