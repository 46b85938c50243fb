// Beside a text stands how much of its length is used. Nothing typed is ever cut off: what is too long is said, and kept.
import { write } from "./dom.ts";
import { lengthOf, told } from "./parts/count.ts";

type Field = HTMLInputElement | HTMLTextAreaElement;

function follow(counter: HTMLElement): void {
  const field = document.getElementById(counter.dataset.counter ?? "") as Field | null;
  if (!field || counter.dataset.follows) return;
  counter.dataset.follows = "1";
  const most = Number(counter.dataset.most);
  const words = { over: counter.dataset.over ?? "" };
  const lines = field instanceof HTMLTextAreaElement;
  const tell = () => {
    const used = lengthOf(field.value, lines);
    const text = told(used, most, words);
    write(counter, text);
    counter.classList.toggle("over", used > most);
    field.setCustomValidity(used > most ? text : "");
  };
  field.addEventListener("input", tell);
  // A form that the browser filled in again says nothing of it.
  addEventListener("pageshow", tell);
  counter.hidden = false;
  tell();
}

for (const counter of document.querySelectorAll<HTMLElement>("[data-counter]")) follow(counter);
