// The check of camera and microphone before anything begins: preview, devices, level, what is missing.

import { maybe, part, show, write } from "../dom.ts";
import { word } from "../words.ts";
import { offerDevices } from "./devices.ts";
import { listen } from "./level.ts";
import type { Kind, Media } from "./media.ts";

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
  }

  async open(withVideo: boolean): Promise<void> {
    this.root.dataset.check = "checking";
    for (const kind of ["audio", "video"] as const)
      this.#status(kind, "checking", word("checking"));
    await this.media.open(withVideo);
    await this.#fill();
    this.root.dataset.check = "done";
    this.draw();
  }

  draw(): void {
    if (this.#closed) return;
    const preview = part<HTMLVideoElement>(this.root, "preview");
    if (preview.srcObject !== this.media.stream) preview.srcObject = this.media.stream;
    this.root.dataset.camera = this.media.track("video") ? "on" : "off";
    if (this.root.dataset.check !== "done") return;
    this.#judge("audio", "mic_ready", "without_mic");
    this.#judge("video", "camera_ready", "without_camera");
    this.#listen();
  }

  #judge(kind: Kind, ready: string, without: string): void {
    const problem = this.media.problems[kind];
    if (this.media.has(kind)) this.#status(kind, "ready", word(ready));
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
