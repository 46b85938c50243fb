// A letter and its answer: how long it is, what in it to think about once more, and a draft kept while one writes.
// What the other does appears by itself.
import { maybe, write } from "./dom.ts";
import { takeWords } from "./parts/carrying.ts";
import { Composer } from "./parts/composer.ts";
import { looking, page } from "./parts/newer.ts";
import { takeOver } from "./parts/taking_over.ts";
import { connect } from "./socket.ts";

/** Who writes on is not kept after every letter. */
const QUIET_MS = 3000;

const letter = maybe(document, "letter");
let composer: Composer | null = null;

/** Keeps the text on the server whenever its writer pauses. */
function keepDrafts(composer: Composer, kept: HTMLElement): void {
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
    write(kept, kept.dataset[response?.ok ? "done" : "failed"] ?? "");
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

function start(): void {
  const form = maybe<HTMLFormElement>(document, "composer");
  composer = form && new Composer(form);
  const kept = form && maybe(form, "kept");
  if (composer && kept) keepDrafts(composer, kept);
  // The form of a new letter, not that of an answer.
  if (form?.action.endsWith("/letter")) takeWords(form);
}

async function look(): Promise<void> {
  const now = await page(location.pathname);
  if (!now || !maybe(now, "letter")) return;
  takePart(now, "head");
  takePart(now, "foot");
  const newer = maybe<HTMLFormElement>(now, "composer");
  const begun = composer !== null && composer.text !== begunWith();
  // What was typed stays, also where it can't be sent any more.
  if (composer && begun) composer.hold(newer?.action !== composer.form.action);
  else if (takePart(now, "latest")) start();
}

/** The text with which the form came. */
function begunWith(): string {
  return composer?.form.querySelector("textarea")?.defaultValue ?? "";
}

function takePart(now: Document, name: string): boolean {
  const [here, there] = [maybe(document, name), maybe(now, name)];
  if (!here || !there || here.innerHTML === there.innerHTML) return false;
  takeOver(here, there);
  return true;
}

start();
if (letter) {
  const soon = looking(look);
  const socket = connect();
  socket.on("letter:changed", ({ letter_id }: { letter_id: number }) => {
    if (Number(letter.dataset.letter) === letter_id) soon();
  });
  // What ends by the clock, or by a block, is told as a notice.
  for (const kind of ["inbox:changed", "connect"]) socket.on(kind, soon);
}
