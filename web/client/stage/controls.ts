// The buttons at thumb height, and their keys.

import { type DeviceState, KINDS, type Kind, problemOf } from "../devices/capture.ts";
import { offerDevices } from "../devices/devices.ts";
import type { Media } from "../devices/media.ts";
import { answerKeys, showKeys, titleKeys } from "../devices/media_keys.ts";
import { isBroken } from "../devices/trouble.ts";
import { maybe, part, show, write } from "../dom.ts";
import { word } from "../words.ts";
import type { Chat } from "./chat.ts";

export interface ControlEvents {
  /** The track of this kind is another one now. */
  changed(kind: Kind): void;
  hangUp(): void;
  announce(text: string): void;
}

/** Whether letters are keys of the talk: who speaks to their device turns that off, for good. */
const KEYS_OFF = "talk-keys-off";

export class Controls {
  readonly #dialog: HTMLDialogElement;
  readonly #keys: HTMLInputElement;
  readonly #fill: () => Promise<void>;

  constructor(
    private readonly root: HTMLElement,
    private readonly media: Media,
    private readonly chat: Chat,
    private readonly on: ControlEvents,
  ) {
    this.#dialog = part<HTMLDialogElement>(root, "devices");
    part(root, "mic").addEventListener("click", () => this.#mic());
    maybe(root, "camera")?.addEventListener("click", () => void this.#camera());
    part(root, "hang-up").addEventListener("click", () => on.hangUp());
    this.#fill = offerDevices(this.#dialog, media, on.changed, (text) => this.#problem(text));
    part(root, "devices-open").addEventListener("click", () => void this.#open());
    // What was said of a device is over once all of them work.
    media.addEventListener("change", () => this.#works() && this.#problem(""));
    this.#keys = part(root, "keys");
    this.#keys.checked = !localStorage.getItem(KEYS_OFF);
    this.#keys.addEventListener("change", () =>
      localStorage.setItem(KEYS_OFF, this.#keys.checked ? "" : "1"),
    );
    addEventListener("keydown", (event) => this.#key(event));
    titleKeys(word("in_talk"));
    answerKeys({
      hangup: () => on.hangUp(),
      togglemicrophone: () => this.#mic(),
      togglecamera: () => this.#hasCamera() && void this.#camera(),
    });
    media.addEventListener("change", () => this.draw());
    this.draw();
  }

  withoutVideo(): void {
    show(maybe(this.root, "camera"), false);
    show(maybe(this.root, "camera-field"), false);
  }

  draw(): void {
    this.#toggle(part(this.root, "mic"), this.media.state("audio"));
    const camera = maybe(this.root, "camera");
    if (camera) this.#toggle(camera, this.media.state("video"));
    showKeys(this.media.state("audio") === "on", this.media.state("video") === "on");
  }

  /** The talk is over. */
  close(): void {
    titleKeys("");
    answerKeys({ hangup: null, togglemicrophone: null, togglecamera: null });
  }

  /** As with every toggle of the site: its name is the thing, and pressed means that it is on. */
  #toggle(button: HTMLElement, state: DeviceState): void {
    button.setAttribute("aria-pressed", String(state === "on"));
    button.toggleAttribute("data-crossed", state !== "on");
    button.toggleAttribute("data-broken", isBroken(state));
  }

  #works(): boolean {
    return !KINDS.some((kind) => isBroken(this.media.state(kind)));
  }

  #hasCamera(): boolean {
    return maybe(this.root, "camera")?.hidden === false;
  }

  #mic(): void {
    if (this.media.silent) {
      // There is nothing to mute: the press asks for a microphone.
      void this.media.again("audio", "press").catch((error) => this.fail(word(problemOf(error))));
      return;
    }
    this.media.mute(!this.media.muted);
    this.on.announce(word(this.media.muted ? "mic_off" : "mic_on"));
  }

  async #camera(): Promise<void> {
    const on = !this.media.track("video");
    try {
      await this.media.camera(on);
      this.on.changed("video");
      this.on.announce(word(on ? "camera_on" : "camera_off"));
    } catch (error) {
      this.fail(word(problemOf(error)));
    }
  }

  /** Says what went wrong where another device can be chosen. */
  fail(text: string): void {
    this.#problem(text);
    void this.#open();
  }

  async #open(): Promise<void> {
    await this.#fill();
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  #problem(text: string): void {
    const problem = part(this.root, "devices-problem");
    write(problem, text);
    show(problem, text !== "");
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    // Over a question nothing of the talk is meant.
    if (this.root.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && this.chat.isOpen) this.chat.open(false);
    if (!this.#keys.checked || isTyping(event.target)) return;
    const key = event.key.toLowerCase();
    // Not by one key alone, which a sleeve presses.
    if (key === "h" && event.shiftKey) this.on.hangUp();
    else if (key === "m") this.#mic();
    else if (key === "v" && this.#hasCamera()) void this.#camera();
    else if (key === "c") {
      // Else the letter would land in the field that opens.
      event.preventDefault();
      this.chat.open(!this.chat.isOpen);
    }
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select") !== null;
}
