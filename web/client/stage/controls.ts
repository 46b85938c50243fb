// The buttons at thumb height, and their keys.

import { offerDevices } from "../devices/devices.ts";
import type { Kind, Media } from "../devices/media.ts";
import { problemOf } from "../devices/media.ts";
import { maybe, part, show, write } from "../dom.ts";
import { word } from "../words.ts";
import type { Chat } from "./chat.ts";

export interface ControlEvents {
  /** The track of this kind is another one now. */
  changed(kind: Kind): void;
  hangUp(): void;
  announce(text: string): void;
}

export class Controls {
  readonly #dialog: HTMLDialogElement;

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
    const fill = offerDevices(this.#dialog, media, on.changed, (text) => this.#problem(text));
    part(root, "devices-open").addEventListener("click", async () => {
      await fill();
      this.#dialog.showModal();
    });
    addEventListener("keydown", (event) => this.#key(event));
    media.addEventListener("change", () => this.draw());
    this.draw();
  }

  withoutVideo(): void {
    show(maybe(this.root, "camera"), false);
    show(maybe(this.root, "camera-field"), false);
  }

  draw(): void {
    const { media, root } = this;
    const micOff = media.muted || media.silent;
    part(root, "mic").setAttribute("aria-pressed", String(micOff));
    part(root, "mic").toggleAttribute("data-crossed", micOff);
    (part(root, "mic") as HTMLButtonElement).disabled = media.silent;
    const cameraOff = !media.track("video");
    maybe(root, "camera")?.setAttribute("aria-pressed", String(cameraOff));
    maybe(root, "camera")?.toggleAttribute("data-crossed", cameraOff);
  }

  #hasCamera(): boolean {
    return maybe(this.root, "camera")?.hidden === false;
  }

  #mic(): void {
    if (this.media.silent) return;
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
      this.#problem(word(problemOf(error)));
      this.#dialog.showModal();
    }
  }

  #problem(text: string): void {
    const problem = part(this.root, "devices-problem");
    write(problem, text);
    show(problem, text !== "");
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || this.#dialog.open) return;
    if (event.key === "Escape" && this.chat.isOpen) this.chat.open(false);
    if (isTyping(event.target)) return;
    const key = event.key.toLowerCase();
    if (key === "m") this.#mic();
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
