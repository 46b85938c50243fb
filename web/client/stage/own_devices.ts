// One's own devices during a talk: what became of them is told at once, with a sound, and stays
// written on the page until they work again. A press asks for them anew.
import { KINDS, type Kind, problemOf } from "../devices/capture.ts";
import { alarm } from "../devices/chime.ts";
import type { Media } from "../devices/media.ts";
import { isBroken, Troubles } from "../devices/trouble.ts";
import { part, show, write } from "../dom.ts";
import { word } from "../words.ts";

export interface OwnDevicesEvents {
  announce(text: string): void;
  /** Asked for by a press, it could not be had. */
  failed(text: string): void;
}

export class OwnDevices {
  readonly #troubles = new Troubles();
  /** A camera that never worked here has been spoken of before the talk. */
  #hadCamera = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly media: Media,
    private readonly on: OwnDevicesEvents,
  ) {
    for (const kind of KINDS)
      part(root, `own-${kind}`).addEventListener("click", () => void this.again(kind));
    media.addEventListener("change", () => this.draw());
    this.draw();
  }

  draw(): void {
    const states = { audio: this.media.state("audio"), video: this.media.state("video") };
    this.#hadCamera ||= states.video === "on";
    for (const kind of KINDS) {
      const told = isBroken(states[kind]) && (kind === "audio" || this.#hadCamera);
      show(part(this.root, `own-${kind}`), told);
      if (told) write(part(this.root, `own-${kind}-text`), word(`${kind}_${states[kind]}_press`));
    }
    show(part(this.root, "own-unanswered"), this.media.unanswered);
    const news = this.#troubles.see(states);
    if (news.length === 0) return;
    if (news.some(({ became }) => became !== "back")) alarm();
    this.on.announce(news.map(({ kind, became }) => word(`${kind}_${became}`)).join(" "));
  }

  /** A failure is told where the devices are chosen. */
  async again(kind: Kind): Promise<void> {
    try {
      await this.media.again(kind, "press");
    } catch (error) {
      this.on.failed(word(problemOf(error)));
    }
  }
}
