// What is sent of one's own camera and microphone: copies, which go dark without a word to the
// preview, and without forgetting what their owner has switched off.
import type { Kind } from "./capture.ts";
import type { Media } from "./media.ts";

interface Copy {
  of: MediaStreamTrack;
  track: MediaStreamTrack;
}

export class Sent {
  #copies: Partial<Record<Kind, Copy>> = {};
  #dark = true;
  #voiceOnly = false;

  constructor(private readonly media: Media) {
    media.addEventListener("change", () => this.#follow());
    media.addEventListener("stopped", () => this.#release());
  }

  /** The copy of the present track of a kind; null where there is none. */
  track(kind: Kind): MediaStreamTrack | null {
    const own = this.media.track(kind);
    if (own !== (this.#copies[kind]?.of ?? null)) this.#copy(kind, own);
    return this.#copies[kind]?.track ?? null;
  }

  #copy(kind: Kind, own: MediaStreamTrack | null): void {
    // A copy that goes on would keep the camera's light on.
    this.#copies[kind]?.track.stop();
    delete this.#copies[kind];
    if (!own) return;
    this.#copies[kind] = { of: own, track: own.clone() };
    this.#light(kind);
  }

  /** A copy of what has been stopped would go on holding the device, which others then can't open. */
  #release(): void {
    for (const copy of Object.values(this.#copies))
      if (copy.of.readyState === "ended") copy.track.stop();
  }

  /** While it is dark, silence and black are sent: the reports of the other side go on with them. */
  set dark(dark: boolean) {
    if (dark === this.#dark) return;
    this.#dark = dark;
    this.#follow();
  }

  get dark(): boolean {
    return this.#dark;
  }

  /** While the line bears no picture, black is sent in its place: for the other side it is absent. */
  set voiceOnly(voiceOnly: boolean) {
    if (voiceOnly === this.#voiceOnly) return;
    this.#voiceOnly = voiceOnly;
    this.#follow();
  }

  /** Whether one's own device of a kind is live, not switched off, and its picture not withheld for the line. */
  live(kind: Kind): boolean {
    return this.media.state(kind) === "on" && !this.#withheld(kind);
  }

  #withheld(kind: Kind): boolean {
    return kind === "video" && this.#voiceOnly;
  }

  #follow(): void {
    for (const kind of ["audio", "video"] as const) {
      this.track(kind);
      this.#light(kind);
    }
  }

  #light(kind: Kind): void {
    const copy = this.#copies[kind];
    if (copy) copy.track.enabled = copy.of.enabled && !this.#dark && !this.#withheld(kind);
  }
}
