// After a talk: the cast's note, and the pause that leads back to the stand-by.

import { maybe, part, write } from "./dom.ts";
import { watchCount } from "./home/count.ts";
import { watchNote } from "./home/notes.ts";
import { clock, moment } from "./time.ts";

/** The home opens a little before the end: it looks at the devices first. */
const AHEAD_SECONDS = 4;

function writing(): boolean {
  const fields = document.querySelectorAll<HTMLTextAreaElement>("textarea");
  return [...fields].some(
    (field) => field.value !== field.defaultValue || field === document.activeElement,
  );
}

function countDown(bar: HTMLElement): void {
  const ends = moment() + Number(bar.dataset.seconds) * 1000;
  const count = part(bar, "pause-left");
  const next = part(bar, "pause-next");
  const words = next.textContent ?? "";
  const timer = setInterval(() => {
    const left = Math.max(0, Math.ceil((ends - moment()) / 1000));
    write(count, (count.dataset.text ?? "").replace("{n}", clock(left * 1000)));
    if (left > AHEAD_SECONDS) return;
    write(next, writing() ? (next.dataset.writing ?? "") : words);
    if (writing()) return;
    clearInterval(timer);
    location.assign("/console");
  }, 500);
}

watchCount(document);
// The latest is what one wants to see of a chart that is wider than the screen.
for (const region of document.querySelectorAll(".chart .scroll"))
  region.scrollLeft = region.scrollWidth;
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-note]")) watchNote(form);
const bar = maybe(document, "pause-bar");
if (bar) countDown(bar);
