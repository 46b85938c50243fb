// The form for a message: how long it is, and what in it the writer may want to think about once more.
import { maybe, part, show, write } from "../dom.ts";
import { type Contact, contactsIn } from "./contacts.ts";

/** As the site counts: by characters, an end of line as one. As people count: a family or a flag is one. */
export function lengthOf(text: string, asPeople = false): number {
  const kept = text.replace(/\r\n/g, "\n").trim();
  if (!asPeople || !("Segmenter" in Intl)) return [...kept].length;
  return [...new Intl.Segmenter().segment(kept)].length;
}

export class Composer {
  readonly form: HTMLFormElement;
  readonly #text: HTMLTextAreaElement;
  readonly #send: HTMLButtonElement;
  readonly #most: number;
  readonly #asPeople: boolean;
  /** The text that is to be sent as it is, whatever was found in it. */
  #accepted: string | null = null;

  constructor(form: HTMLFormElement) {
    this.form = form;
    this.#most = Number(form.dataset.most);
    this.#asPeople = form.dataset.people !== undefined;
    this.#send = part<HTMLButtonElement>(form, "send");
    const text = form.elements.namedItem("text");
    if (!(text instanceof HTMLTextAreaElement)) throw new Error("no text");
    this.#text = text;
    text.addEventListener("input", () => this.#count());
    // Before anyone else hears of the press: what is held back here is not sent.
    form.addEventListener("submit", (event) => this.#check(event));
    maybe(form, "rewrite")?.addEventListener("click", () => {
      show(maybe(form, "contacts"), false);
      text.focus();
    });
    maybe(form, "anyway")?.addEventListener("click", () => {
      this.#accepted = text.value;
      form.requestSubmit();
    });
    show(part(form, "count"), true);
    this.#count();
  }

  get text(): string {
    return this.#text.value;
  }

  /** Goes on with what was begun before. */
  restore(text: string, press: string): void {
    this.#text.value = text;
    this.field("press").value = press;
    this.#count();
  }

  /** Whether there must be words: beside a photo there need be none. */
  need(words: boolean): void {
    this.#text.required = words;
  }

  /** Ready for the next one, of which the beginning may have been typed already. */
  sent(text: string, press: string): void {
    if (this.#text.value === text) this.#text.value = "";
    this.#text.focus({ preventScroll: true });
    this.#accepted = null;
    this.field("press").value = press;
    this.refuse("");
    show(maybe(this.form, "contacts"), false);
    this.#count();
  }

  refuse(text: string): void {
    write(part(this.form, "problem-text"), text);
    show(part(this.form, "problem"), text !== "");
    if (text === "") this.#text.removeAttribute("aria-invalid");
    else this.#text.setAttribute("aria-invalid", "true");
  }

  field(name: string): HTMLInputElement {
    const field = this.form.elements.namedItem(name);
    if (!(field instanceof HTMLInputElement)) throw new Error(`no field ${name}`);
    return field;
  }

  /** Nothing can be sent now; what was typed stays. */
  hold(held: boolean): void {
    this.form.toggleAttribute("data-held", held);
    this.#count();
  }

  #count(): void {
    const over = lengthOf(this.#text.value, this.#asPeople) - this.#most;
    write(part(this.form, "count-now"), (over + this.#most).toLocaleString("en-US"));
    const told = part(this.form, "count-over");
    write(told, over > 0 ? (told.dataset.text ?? "").replace("{n}", String(over)) : "");
    part(this.form, "count").toggleAttribute("data-over", over > 0);
    this.#send.disabled = over > 0 || this.form.hasAttribute("data-held");
  }

  #check(event: SubmitEvent): void {
    const panel = maybe(this.form, "contacts");
    if (!panel || this.#text.value === this.#accepted) return;
    const found = contactsIn(this.#text.value);
    show(panel, found.length > 0);
    if (found.length === 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    for (const kind of panel.querySelectorAll<HTMLElement>("[data-contact]"))
      show(kind, found.includes(kind.dataset.contact as Contact));
    panel.focus();
  }
}
