// The other's last message, over the picture for some seconds while the chat is closed. It is only
// seen: the stage's own live region says it, once.
import { part, show, write } from "../dom.ts";

/** What is longer is read in the chat. */
export const MOST_CHARACTERS = 140;
const LEAST_MS = 5000;
const A_CHARACTER_MS = 80;
const MOST_MS = 12_000;

export class LastWords {
  readonly #place: HTMLElement;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(root: HTMLElement) {
    this.#place = part(root, "last-words");
  }

  show(text: string): void {
    clearTimeout(this.#timer);
    const words = shortened(text);
    write(part(this.#place, "last-words-text"), words);
    show(this.#place, true);
    this.#timer = setTimeout(() => this.hide(), readingMs(words));
  }

  hide(): void {
    clearTimeout(this.#timer);
    show(this.#place, false);
    write(part(this.#place, "last-words-text"), "");
  }
}

/** Cut as people count characters, in one line. */
export function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line.length <= MOST_CHARACTERS) return line;
  // No more is looked at than can be shown, however long a message is.
  const start = line.slice(0, MOST_CHARACTERS * 16);
  const parts = Array.from(new Intl.Segmenter().segment(start), ({ segment }) => segment);
  if (parts.length <= MOST_CHARACTERS && start === line) return line;
  return `${parts.slice(0, MOST_CHARACTERS - 1).join("")}…`;
}

export function readingMs(text: string): number {
  return Math.min(MOST_MS, LEAST_MS + text.length * A_CHARACTER_MS);
}
