// Seeing and hearing oneself: one's own picture, one's own voice, and what is wrong with either.

import { KINDS, type Kind, problemOf } from "../devices/capture.ts";
import { offerDevices } from "../devices/devices.ts";
import { listen } from "../devices/level.ts";
import { Media } from "../devices/media.ts";
import { regain } from "../devices/regain.ts";
import { part, show, write } from "../dom.ts";
import { moment } from "../time.ts";
import { word } from "../words.ts";
import { type DeviceTrouble, deviceAdvice } from "./advice.ts";
import type { Agent } from "./agents.ts";
import { Hearing } from "./hearing.ts";
import type { Step } from "./step.ts";

const NAMES = { audio: "microphone", video: "camera" } as const;
const WORDS: Partial<Record<DeviceTrouble, string>> = {
  media_denied: "denied",
  media_missing: "missing",
  media_in_use: "in_use",
  held: "held",
  silent: "silent",
};
const LOOK_MS = 500;

export class Mirror {
  readonly #media = new Media();
  #opened = false;
  #closed = false;
  #hearing: Hearing | undefined;
  #heard: MediaStreamTrack | null = null;
  #silence: (() => void) | undefined;
  readonly #fill: () => Promise<void>;

  constructor(
    private readonly page: HTMLElement,
    private readonly steps: Record<Kind, Step>,
    private readonly agent: Agent,
  ) {
    this.#fill = offerDevices(
      page,
      this.#media,
      () => this.#draw(),
      (text) => this.#problem(text),
    );
    this.#media.addEventListener("change", () => this.#draw());
    this.#preview.addEventListener("loadeddata", () => this.#draw());
    for (const kind of KINDS)
      part(steps[kind].root, "again").addEventListener("click", () => void this.#again(kind));
  }

  get #preview(): HTMLVideoElement {
    return part<HTMLVideoElement>(this.steps.video.root, "preview");
  }

  /** To be called in a gesture: some browsers let nothing sound or be heard without. */
  async open(): Promise<void> {
    for (const kind of KINDS) this.steps[kind].set("checking", `${NAMES[kind]}_asking`);
    await this.#media.open(true);
    this.#opened = true;
    regain(this.#media);
    await this.#fill();
    this.#draw();
    // Of silence nothing tells.
    setInterval(() => this.#draw(), LOOK_MS);
  }

  /** The loudspeakers can be chosen before anything is opened. */
  offer(): Promise<void> {
    return this.#fill();
  }

  /** Takes camera and microphone away; what was found stays written. */
  close(): void {
    this.#closed = true;
    this.#silence?.();
    this.#media.close();
    this.#preview.srcObject = null;
    show(this.#preview, false);
    show(part(this.steps.audio.root, "level"), false);
    for (const kind of KINDS) show(part(this.steps[kind].root, "field"), false);
  }

  async #again(kind: Kind): Promise<void> {
    this.#problem("");
    if (kind === "audio") this.#heard = null;
    await this.#media.again(kind, "press").catch((error) => this.#problem(word(problemOf(error))));
    this.#draw();
  }

  #problem(text: string): void {
    const problem = part(this.page, "problem");
    write(problem, text);
    show(problem, text !== "");
  }

  #draw(): void {
    if (this.#closed) return;
    show(part(this.page, "unanswered"), this.#media.unanswered);
    if (!this.#opened) return;
    for (const kind of KINDS) {
      const field = part(this.steps[kind].root, "field");
      show(field, field.querySelector("select:enabled") !== null);
    }
    this.#drawCamera();
    this.#drawMicrophone();
  }

  #drawCamera(): void {
    const preview = this.#preview;
    if (preview.srcObject !== this.#media.stream) preview.srcObject = this.#media.stream;
    show(preview, this.#media.has("video"));
    const trouble = this.#trouble("video");
    if (trouble) this.#fail("video", trouble);
    else if (preview.videoWidth > 0) this.steps.video.set("good", "camera_good");
    else this.steps.video.set("checking", "camera_asking");
  }

  #drawMicrophone(): void {
    this.#listen();
    show(part(this.steps.audio.root, "level"), this.#media.has("audio"));
    const trouble = this.#trouble("audio");
    if (trouble) this.#fail("audio", trouble);
    else if (this.#hearing?.heard) this.steps.audio.set("good", "microphone_good");
    else if (this.#hearing?.isSilent(moment())) this.#fail("audio", "silent");
    else this.steps.audio.set("checking", "microphone_speak");
  }

  #trouble(kind: Kind): DeviceTrouble | null {
    const state = this.#media.state(kind);
    if (state === "held") return "held";
    return state === "on" ? null : (this.#media.problems[kind] ?? "media_failed");
  }

  #fail(kind: Kind, trouble: DeviceTrouble): void {
    // What allows the camera allows the microphone: it is explained once.
    const too =
      kind === "audio" && trouble === "media_denied" && this.#trouble("video") === trouble;
    const words = too ? "denied_too" : (WORDS[trouble] ?? "bad");
    const advice = too ? null : deviceAdvice(trouble, this.agent, isSecureContext);
    this.steps[kind].set("bad", `${NAMES[kind]}_${words}`, advice);
  }

  /** Each microphone has to be heard anew. */
  #listen(): void {
    const track = this.#media.has("audio") ? this.#media.track("audio") : null;
    if (track === this.#heard) return;
    this.#silence?.();
    this.#silence = undefined;
    this.#heard = track;
    this.#hearing = undefined;
    if (!track) return;
    const hearing = new Hearing(moment());
    this.#hearing = hearing;
    const bar = part(this.steps.audio.root, "level");
    this.#silence = listen(new MediaStream([track]), (level) => {
      bar.style.setProperty("--level", level.toFixed(2));
      hearing.hear(level);
    });
  }
}
