// The check of camera and microphone before anything begins: preview, devices, level, what is missing.

import { maybe, part, show, write } from "../dom.ts";
import { word } from "../words.ts";
import { KINDS, type Kind, problemOf } from "./capture.ts";
import { offerDevices } from "./devices.ts";
import { listen } from "./level.ts";
import type { Media } from "./media.ts";
import { regain } from "./regain.ts";
import { isBroken } from "./trouble.ts";

export class Check {
  #closed = false;
  #silence: (() => void) | undefined;
  #listened: MediaStreamTrack | null = null;
  readonly #fill: () => Promise<void>;

  constructor(
    private readonly root: HTMLElement,
    private readonly media: Media,
  ) {
    this.#fill = offerDevices(
      root,
      media,
      () => this.draw(),
      (text) => this.#problem(text),
    );
    media.addEventListener("change", () => this.draw());
    part(root, "check-again").addEventListener("click", () => void this.again());
  }

  async open(withVideo: boolean): Promise<void> {
    this.root.dataset.check = "checking";
    for (const kind of KINDS) this.#status(kind, "checking", word("checking"));
    await this.media.open(withVideo);
    regain(this.media);
    await this.#fill();
    this.root.dataset.check = "done";
    this.draw();
  }

  /** Asks for all that doesn't work, by a press. */
  async again(): Promise<void> {
    this.#problem("");
    for (const kind of this.#broken())
      await this.media.again(kind, "press").catch((error) => this.#problem(word(problemOf(error))));
  }

  draw(): void {
    if (this.#closed) return;
    const preview = part<HTMLVideoElement>(this.root, "preview");
    if (preview.srcObject !== this.media.stream) preview.srcObject = this.media.stream;
    this.root.dataset.camera = this.media.track("video") ? "on" : "off";
    show(part(this.root, "check-unanswered"), this.media.unanswered);
    if (this.root.dataset.check !== "done") return;
    this.#judge("audio", "mic_ready", "without_mic");
    this.#judge("video", "camera_ready", "without_camera");
    for (const help of ["check-again", "check-more"])
      show(part(this.root, help), this.#broken().length > 0);
    this.#listen();
  }

  #broken(): Kind[] {
    const offered = KINDS.filter((kind) => maybe(this.root, `${kind}-status`));
    return offered.filter((kind) => isBroken(this.media.state(kind)));
  }

  #judge(kind: Kind, ready: string, without: string): void {
    const state = this.media.state(kind);
    const problem = state === "held" ? `${kind}_held` : this.media.problems[kind];
    if (state === "on" || (state === "off" && this.media.has(kind)))
      this.#status(kind, "ready", word(ready));
    else this.#status(kind, problem ? "missing" : "off", word(without));
    const help = maybe(this.root, `${kind}-help`);
    if (help) write(help, problem ? word(problem) : "");
    show(help, problem !== undefined);
  }

  #status(kind: Kind, state: string, text: string): void {
    const status = maybe(this.root, `${kind}-status`);
    if (!status) return;
    status.dataset.state = state;
    write(part(status, "text"), text);
  }

  #listen(): void {
    const track = this.media.has("audio") ? this.media.track("audio") : null;
    if (track === this.#listened) return;
    this.#silence?.();
    this.#silence = undefined;
    this.#listened = track;
    const bar = part(this.root, "level");
    bar.style.setProperty("--level", "0");
    if (!track) return;
    this.#silence = listen(new MediaStream([track]), (level) =>
      bar.style.setProperty("--level", level.toFixed(2)),
    );
  }

  #problem(text: string): void {
    const problem = part(this.root, "check-problem");
    write(problem, text);
    show(problem, text !== "");
  }

  /** The media itself goes on: a talk takes it over. */
  close(): void {
    this.#closed = true;
    this.#silence?.();
    part<HTMLVideoElement>(this.root, "preview").srcObject = null;
  }
}
