// The words of a consultation that nobody took go along to a letter or a question: never in an address.
import { carried, carry } from "./kept.ts";

const viewer = document.querySelector<HTMLMetaElement>("meta[name=viewer]")?.content ?? "";

/** Links that lead to other ways to ask take the words along. */
export function letWordsGoAlong(): void {
  const words = document.getElementById("carried");
  if (!(words instanceof HTMLTextAreaElement)) return;
  for (const link of document.querySelectorAll("a[data-carries]"))
    link.addEventListener("click", () => carry(sessionStorage, viewer, words.value));
}

/** An empty form takes the words that came along. Once it is sent, they go no further. */
export function takeWords(form: HTMLFormElement): void {
  const field = form.elements.namedItem("text");
  if (!(field instanceof HTMLTextAreaElement)) return;
  const words = carried(sessionStorage, viewer);
  if (field.value === "" && words !== "") {
    field.value = words;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    form.addEventListener("submit", () => carry(sessionStorage, viewer, ""));
  }
}
