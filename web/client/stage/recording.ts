// A recording in the talk: the question, both consents, and the mark while anything is or may be written.

import { maybe, part, show, write } from "../dom.ts";
import type { RecordAct, Recording } from "../protocol.ts";
import { Refusal } from "../socket.ts";
import { clock, moment } from "../time.ts";
import { word } from "../words.ts";
import { faceOf, newsOf, type RecordingFace } from "./recording_face.ts";

/** A push may be missed: so often the page looks itself. */
const LOOK_MS = 10_000;
const DRAW_MS = 250;

/** `seen` names the words that the page has shown. */
interface Asked {
  act: RecordAct;
  seen: string;
}

export class TalkRecording {
  readonly #sheet: HTMLDialogElement | null;
  #told: Recording | undefined;
  #toldAt = 0;
  #changedAt = 0;
  #heard = 0;
  /** The question for which the sheet was opened by itself. */
  #opened: number | null = null;
  #face: RecordingFace | null = null;
  #timers: ReturnType<typeof setInterval>[] = [];

  constructor(
    private readonly root: HTMLElement,
    private readonly ask: (what: Asked) => Promise<{ recording: Recording }>,
    private readonly announce: (text: string) => void,
  ) {
    this.#sheet = maybe<HTMLDialogElement>(root, "recording-sheet");
    // A site without recordings has none of these parts.
    if (!this.#sheet) return;
    part(root, "recording-open").addEventListener("click", () => this.#open());
    part(root, "recording-agree").addEventListener("click", () => void this.#agree());
    part(root, "recording-decline").addEventListener("click", () => void this.#decline());
    part(root, "recording-act").addEventListener("click", () => void this.#press());
    this.#timers = [
      setInterval(() => this.#draw(), DRAW_MS),
      setInterval(() => void this.#look(), LOOK_MS),
    ];
  }

  /** Takes what the server says, from whichever of its words. */
  hear(told: Recording): void {
    if (!this.#sheet) return;
    const before = this.#told;
    this.#heard += 1;
    this.#told = told;
    this.#toldAt = moment();
    // What was over when the page was opened is not said any more.
    if (!before && !isOpen(told)) this.#changedAt = Number.NEGATIVE_INFINITY;
    else if (before?.state !== told.state || before.recording_id !== told.recording_id)
      this.#changedAt = this.#toldAt;
    const news = newsOf(before, told);
    if (news) this.announce(this.#word(news));
    this.#invite(before, told);
    this.#draw();
  }

  /** The talk is over. */
  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#sheet?.close();
    show(maybe(this.root, "recording"), false);
  }

  /** Opens the question by itself once, and closes it when it is none any more. */
  #invite(before: Recording | undefined, told: Recording): void {
    if (asksMe(told) && this.#opened !== told.recording_id) {
      this.#opened = told.recording_id;
      if (!this.root.querySelector("dialog[open]")) this.#open();
    } else if (before && asksMe(before) && !asksMe(told)) this.#sheet?.close();
  }

  #open(): void {
    const asked = asksMe(this.#told);
    const name = this.root.dataset.name ?? "";
    const title = word(asked ? "record_asked_title" : "record_ask_title", { name });
    write(part(this.root, "recording-title"), title);
    write(part(this.root, "recording-agree"), word(asked ? "record_agree" : "record_ask"));
    write(part(this.root, "recording-decline"), word(asked ? "record_decline" : "record_not_now"));
    this.#problem("");
    maybe<HTMLDialogElement>(this.root, "devices")?.close();
    if (!this.#sheet?.open) this.#sheet?.showModal();
    this.#draw();
  }

  async #agree(): Promise<void> {
    if (await this.#do(asksMe(this.#told) ? "agree" : "ask")) this.#sheet?.close();
  }

  async #decline(): Promise<void> {
    if (!asksMe(this.#told) || (await this.#do("stop"))) this.#sheet?.close();
  }

  async #press(): Promise<void> {
    if (this.#face?.act === "read") this.#open();
    else await this.#do("stop");
  }

  /** Whether it was done. What went wrong is said in the sheet, and beside the mark. */
  async #do(act: RecordAct): Promise<boolean> {
    const buttons = ["recording-agree", "recording-decline", "recording-act"].map((name) =>
      part<HTMLButtonElement>(this.root, name),
    );
    for (const button of buttons) button.disabled = true;
    this.#problem("");
    try {
      await this.#send(act);
      return true;
    } catch (error) {
      this.#problem((error instanceof Refusal && error.message) || word("no_answer"));
      return false;
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  }

  async #send(act: RecordAct): Promise<void> {
    const heard = this.#heard;
    const seen = this.#sheet?.dataset.seen ?? "";
    const { recording: told } = await this.ask({ act, seen });
    // What was pushed meanwhile is newer.
    if (heard === this.#heard) this.hear(told);
  }

  async #look(): Promise<void> {
    if (!this.#told?.allowed) return;
    await this.#send("look").catch(() => {});
  }

  #draw(): void {
    const told = this.#told;
    if (!told) return;
    const now = moment();
    const face = faceOf(told, now - this.#toldAt, now - this.#changedAt);
    this.#face = face;
    const mark = part(this.root, "recording");
    show(mark, face !== null);
    show(part(this.root, "recording-field"), told.allowed && !isOpen(told));
    const left = told.by === "other" ? (face?.left ?? null) : null;
    show(part(this.root, "recording-left"), left !== null);
    if (left !== null)
      write(part(this.root, "recording-left"), word("record_left", { n: String(left) }));
    if (!face) return;
    mark.dataset.tone = face.tone;
    write(part(this.root, "recording-text"), this.#word(face.word, face.left));
    write(
      part(this.root, "recording-time"),
      face.recorded === null ? "" : clock(face.recorded * 1000),
    );
    const act = part(this.root, "recording-act");
    show(act, face.act !== null);
    write(act, face.actWord ? word(face.actWord) : "");
  }

  #word(key: string, left: number | null = null): string {
    return word(key, { name: this.root.dataset.name ?? "", n: String(left ?? "") });
  }

  #problem(text: string): void {
    for (const name of ["recording-problem", "recording-trouble"]) {
      const problem = part(this.root, name);
      write(problem, text);
      show(problem, text !== "");
    }
  }
}

function asksMe(told: Recording | undefined): boolean {
  return told?.state === "asked" && told.by === "other";
}

function isOpen(told: Recording): boolean {
  return ["asked", "agreed", "running", "halted"].includes(told.state);
}
