// What is said of the line between the two: whose it is that is weak, and what of the picture gives way.
import type { Media } from "../devices/media.ts";
import { part, show, write } from "../dom.ts";
import type { Line } from "../wire/ladder.ts";
import type { Note } from "../wire/note.ts";
import type { Quality } from "../wire/watch.ts";
import { word } from "../words.ts";

export class WeakLine {
  #line: Line = "good";
  #told = false;
  #other = false;
  #poor = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly media: Media,
    private readonly announce: (text: string) => void,
  ) {
    media.addEventListener("change", () => this.#draw());
  }

  /** What one's own uplink bears. */
  own(line: Line): void {
    this.#line = line;
    this.#draw();
    const weak = this.#isOwn();
    if (weak !== this.#told) this.announce(word(weak ? `own_line_${line}` : "own_line_good"));
    this.#told = weak;
  }

  /** Whether the other side tells that theirs is weak. */
  other(weak: boolean): void {
    const before = this.#other;
    this.#other = weak;
    this.#draw();
    if (weak && !before) this.announce(word("other_line_weak"));
  }

  /** How well what comes arrives. */
  quality(quality: Quality): void {
    this.#poor = quality === "poor";
    this.#draw();
  }

  /** What the other side is told of one's own devices and line. */
  note(): Note {
    const camera = this.media.state("video");
    const withheld = camera === "on" && this.#line === "voice";
    return {
      mic: this.media.state("audio"),
      camera: withheld ? "weak" : camera,
      weak: this.#isOwn(),
    };
  }

  /** A line that carries no picture by its owner's wish is none too weak for it. */
  #isOwn(): boolean {
    return this.#line !== "good" && this.media.state("video") === "on";
  }

  /** One chip a side; that it is unstable goes without saying where it is said whose line is weak. */
  #draw(): void {
    const own = this.#isOwn();
    show(part(this.root, "own-line"), own);
    if (own) write(part(this.root, "own-line-text"), word(`own_line_${this.#line}`));
    show(part(this.root, "other-line"), this.#other);
    show(part(this.root, "chip-quality"), this.#poor && !own && !this.#other);
  }
}
