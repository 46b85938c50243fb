// The photos that go with a message: chosen, made small, shown before they are sent, and taken away again.
import { part, show, write } from "../dom.ts";
import { type Bounds, boundsOf } from "./photo.ts";
import { shrunk } from "./shrinking.ts";

interface Chosen {
  file: File;
  address: string;
}

export class Tray {
  readonly #root: HTMLElement;
  readonly #attach: HTMLButtonElement;
  readonly #bounds: Bounds;
  readonly #most: number;
  readonly #changed: (empty: boolean) => void;
  #chosen: Chosen[] = [];
  #preparing = 0;

  /** `root` holds the field, the list and the words; the button stands in the same form. */
  constructor(root: HTMLElement, changed: (empty: boolean) => void) {
    this.#root = root;
    this.#bounds = boundsOf(root);
    this.#most = Number(root.dataset.most);
    this.#changed = changed;
    const field = part<HTMLInputElement>(root, "pick");
    this.#attach = part<HTMLButtonElement>(root.closest("form") ?? root, "attach");
    this.#attach.addEventListener("click", () => field.click());
    field.addEventListener("change", () => {
      const files = [...(field.files ?? [])];
      field.value = "";
      void this.#add(files);
    });
    show(root, true);
    show(this.#attach, true);
  }

  get files(): File[] {
    return this.#chosen.map(({ file }) => file);
  }

  get isBusy(): boolean {
    return this.#preparing > 0;
  }

  clear(): void {
    for (const { address } of this.#chosen) URL.revokeObjectURL(address);
    this.#chosen = [];
    this.#show();
  }

  async #add(files: File[]): Promise<void> {
    this.#say("");
    for (const file of files) {
      if (this.#chosen.length >= this.#most) {
        this.#say("many");
        break;
      }
      this.#prepare(1);
      const made = await shrunk(file, this.#bounds);
      this.#prepare(-1);
      if (typeof made === "string") this.#say(made);
      else if (this.#chosen.length < this.#most)
        this.#chosen.push({ file: made, address: URL.createObjectURL(made) });
      this.#show();
    }
  }

  #prepare(by: number): void {
    this.#preparing += by;
    show(part(this.#root, "busy"), this.#preparing > 0);
  }

  #show(): void {
    const list = part(this.#root, "chosen");
    const [line] = part<HTMLTemplateElement>(this.#root, "line").content.children;
    list.replaceChildren(
      ...this.#chosen.map((one, index) => {
        const item = line?.cloneNode(true) as HTMLElement;
        (item.querySelector("img") as HTMLImageElement).src = one.address;
        const away = item.querySelector("button") as HTMLButtonElement;
        away.ariaLabel = (away.dataset.label ?? "").replace("{n}", String(index + 1));
        away.addEventListener("click", () => this.#remove(one));
        return item;
      }),
    );
    show(list, this.#chosen.length > 0);
    this.#attach.disabled = this.#chosen.length >= this.#most;
    this.#changed(this.#chosen.length === 0);
  }

  #remove(one: Chosen): void {
    URL.revokeObjectURL(one.address);
    this.#chosen = this.#chosen.filter((other) => other !== one);
    this.#show();
    this.#attach.focus();
  }

  #say(problem: string): void {
    const place = part(this.#root, "tray-problem");
    const words = part<HTMLTemplateElement>(this.#root, "tray-words").content;
    write(place, words.querySelector(`[data-word="${problem}"]`)?.textContent ?? "");
    show(place, problem !== "");
  }
}
