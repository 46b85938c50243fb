// What was just decided counts down; once it is carried out it can't be undone and goes.
import { part, show, write } from "../dom.ts";
import { secondsLeft } from "./left.ts";

const STEP = 250;
const begun = performance.now();
const bar = document.querySelector<HTMLElement>(".undo-bar");

function count(): void {
  if (!bar) return;
  const passed = performance.now() - begun;
  for (const one of bar.querySelectorAll<HTMLElement>("[data-left]")) {
    const left = secondsLeft(Number(one.dataset.left), passed);
    const words = part(one, "left");
    write(words, (words.dataset.text ?? "").replace("{n}", String(left)));
    show(one, left > 0);
  }
  show(bar, bar.querySelector("li:not([hidden])") !== null);
}

if (bar) {
  setInterval(count, STEP);
  // A live region must not read every second aloud.
  for (const one of bar.querySelectorAll("[data-part=left]"))
    one.setAttribute("aria-hidden", "true");
}
