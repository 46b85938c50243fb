// One telephone of the page: what it shows, its buttons, and the speech of the call that it has.
import { flashTitle, stopFlash } from "../devices/chime.ts";
import { part, show, write } from "../dom.ts";
import { word } from "../words.ts";
import type { About, PracticeSocket, State } from "./line.ts";
import type { PhoneSounds } from "./sounds.ts";

export class Phone {
  readonly name: string;
  #state: State = "idle";
  #connection: RTCPeerConnection | undefined;
  #sender: RTCRtpSender | undefined;
  #tone: MediaStreamTrack | undefined;
  #listened = false;
  readonly #audio: HTMLAudioElement;

  constructor(
    private readonly card: HTMLElement,
    private readonly line: PracticeSocket,
    private readonly sounds: PhoneSounds,
    /** Its owner speaks with it from now on. */
    private readonly chosen: () => void,
  ) {
    this.name = card.dataset.phone ?? "";
    this.#audio = part<HTMLAudioElement>(card, "audio");
    part(card, "answer").addEventListener("click", () => void this.#begin("answer"));
    part(card, "hang-up").addEventListener("click", () => this.line.say(this.name, "hang_up"));
    part(card, "listen").addEventListener("change", chosen);
    card.addEventListener("click", ({ target }) => this.#pressed(target));
  }

  #pressed(target: EventTarget | null): void {
    const button = target instanceof Element ? target.closest("button") : null;
    const { number, keys } = button?.dataset ?? {};
    if (number) void this.#begin("dial", number);
    for (const key of keys ?? "") this.line.say(this.name, "key", key);
  }

  /** Takes up what rings, or rings a number: both begin with an offer. */
  async #begin(act: "answer" | "dial", number = ""): Promise<void> {
    this.sounds.wake();
    this.chosen();
    this.#drop();
    const connection = new RTCPeerConnection();
    this.#connection = connection;
    connection.addEventListener("track", ({ track }) => {
      this.#audio.srcObject = new MediaStream([track]);
      void this.#audio.play().catch(() => {});
    });
    this.#tone = this.sounds.tone();
    this.#sender = connection.addTrack(this.#tone);
    this.speak();
    const offer = await connection.createOffer();
    await connection.setLocalDescription(offer);
    if (connection === this.#connection) this.line.say(this.name, act, number, offer.sdp);
  }

  /** Takes what the site tells of this telephone. */
  hear(about: About): void {
    if (about.answer !== undefined) {
      void this.#connection?.setRemoteDescription({ type: "answer", sdp: about.answer });
      return;
    }
    if (about.state !== undefined) this.#show(about.state, about);
  }

  #show(state: State, about: About): void {
    this.#state = state;
    this.card.dataset.state = state;
    if (state === "idle") this.#drop();
    this.#ring(state === "ringing");
    const ended = state === "idle" && about.end ? word(`end_${about.end}`) : word(state);
    write(part(this.card, "state"), ended);
    write(part(this.card, "number"), spaced(about.number ?? ""));
    write(part(this.card, "wanted"), word("wanted", { number: local(about.wanted ?? "") }));
    show(part(this.card, "wanted"), state !== "idle" && Boolean(about.wanted));
    show(part(this.card, "answer"), state === "ringing");
    show(part(this.card, "hang-up"), state !== "idle");
    show(part(this.card, "dials"), state === "idle");
    for (const key of this.card.querySelectorAll<HTMLButtonElement>("button[data-keys]"))
      key.disabled = state !== "talking";
  }

  #ring(on: boolean): void {
    this.sounds.ring(this.name, on);
    if (on) flashTitle(word("ringing"));
    else if (document.querySelector("[data-phone][data-state=ringing]") === null) stopFlash();
  }

  /** Whether its owner speaks with it and hears it, or lets it lie there. */
  listen(on: boolean): void {
    this.#listened = on;
    part<HTMLInputElement>(this.card, "listen").checked = on;
    this.#audio.muted = !on;
    this.speak();
  }

  /** Says what it has to say now: the microphone's sound goes into one of them. */
  speak(): void {
    const said = (this.#listened ? this.sounds.microphone : null) ?? this.#tone;
    if (this.#sender && said) void this.#sender.replaceTrack(said).catch(() => {});
  }

  /** The page has no telephones now. */
  forget(): void {
    if (this.#state !== "idle") this.#show("idle", { phone: this.name });
  }

  #drop(): void {
    this.#connection?.close();
    this.#tone?.stop();
    this.#audio.srcObject = null;
    this.#connection = this.#sender = this.#tone = undefined;
  }
}

/** 05012340001 → 050-1234-0001 */
function spaced(number: string): string {
  return number.replace(/^(0[5-9]0)(\d{4})(\d{4})$/, "$1-$2-$3");
}

/** A number with Japan's code as one dials it there. */
function local(number: string): string {
  return spaced(number.replace(/^81/, "0"));
}
