// A photo is made small enough in the browser before it is sent, upright and as JPEG. Where that fails, the file goes as it is.
import { part, show, write } from "./dom.ts";
import { type Bounds, boundsOf } from "./parts/photo.ts";
import { shrunk } from "./parts/shrinking.ts";

class PhotoForm {
  readonly #form: HTMLFormElement;
  readonly #field: HTMLInputElement;
  readonly #bounds: Bounds;
  #preparing: Promise<void> | null = null;

  constructor(form: HTMLFormElement) {
    this.#form = form;
    this.#field = form.querySelector("input[type=file]") as HTMLInputElement;
    this.#bounds = boundsOf(form);
    this.#field.addEventListener("change", () => this.#begin());
    form.addEventListener("submit", (event) => {
      if (!this.#preparing) return;
      event.preventDefault();
      void this.#preparing.then(() => form.requestSubmit());
    });
    if (this.#field.files?.length) this.#begin();
  }

  #begin(): void {
    const file = this.#field.files?.[0];
    this.#say(null);
    if (!file) return;
    show(part(this.#form, "busy"), true);
    const preparing = this.#prepare(file).finally(() => {
      if (this.#preparing !== preparing) return;
      this.#preparing = null;
      show(part(this.#form, "busy"), false);
    });
    this.#preparing = preparing;
  }

  async #prepare(file: File): Promise<void> {
    const made = await shrunk(file, this.#bounds);
    // Another one may have been chosen meanwhile.
    if (this.#field.files?.[0] !== file) return;
    if (typeof made === "string") this.#refuse(made);
    else if (made !== file) this.#replace(made);
  }

  #refuse(problem: string): void {
    this.#field.value = "";
    this.#say(problem);
  }

  #replace(file: File): void {
    const transfer = new DataTransfer();
    transfer.items.add(file);
    this.#field.files = transfer.files;
  }

  #say(problem: string | null): void {
    const place = part(this.#form, "problem");
    const words = part<HTMLTemplateElement>(this.#form, "words").content;
    const text = problem && words.querySelector(`[data-word="${problem}"]`)?.textContent;
    write(place, text || "");
    show(place, problem !== null);
    this.#field.ariaInvalid = problem === null ? null : "true";
  }
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-photo]"))
  new PhotoForm(form);
