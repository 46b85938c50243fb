// A letter and its answer: how long it is, what in it to think about once more, and a draft kept while one writes.
import { maybe, write } from "./dom.ts";
import { Composer } from "./parts/composer.ts";

/** Who writes on is not kept after every letter. */
const QUIET_MS = 3000;

const form = maybe<HTMLFormElement>(document, "composer");
const kept = maybe(document, "kept");

/** Keeps the text on the server whenever its writer pauses. */
function keepDrafts(composer: Composer): void {
  let last = composer.text;
  let timer: number | undefined;
  const keep = async () => {
    const { text } = composer;
    if (text === last) return;
    const fields = new URLSearchParams({
      csrf: composer.field("csrf").value,
      keep: "1",
      text,
    });
    const asked = { method: "POST", headers: { Accept: "application/json" }, body: fields };
    const response = await fetch(composer.form.action, asked).catch(() => null);
    if (response?.ok) last = text;
    write(kept as HTMLElement, kept?.dataset[response?.ok ? "done" : "failed"] ?? "");
  };
  composer.form.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void keep(), QUIET_MS);
  });
  composer.form.addEventListener("submit", (event) => {
    // What is held back to be thought about goes on being kept.
    if (!event.defaultPrevented) window.clearTimeout(timer);
  });
}

if (form) {
  const composer = new Composer(form);
  if (kept) keepDrafts(composer);
}
