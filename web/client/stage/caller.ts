// For a cast: who the caller is to them, and their own note, kept while they talk.

import { maybe, part, show, write } from "../dom.ts";
import { watchCount } from "../home/count.ts";
import { watchNote } from "../home/notes.ts";

const PATIENCE_MS = 10_000;

export async function showCaller(stage: HTMLElement, talkId: number): Promise<void> {
  const open = part(stage, "note-open");
  const sheet = part<HTMLDialogElement>(stage, "note-sheet");
  open.addEventListener("click", () => sheet.showModal());
  part(sheet, "note-close").addEventListener("click", () => sheet.close());
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(`/console/talks/${talkId}`, { signal });
    if (!answer.ok) return;
    const made = new DOMParser().parseFromString(await answer.text(), "text/html");
    const known = made.querySelector<HTMLElement>(".known");
    if (!known) return;
    part(sheet, "caller").replaceChildren(document.adoptNode(known));
    write(part(stage, "who-known"), maybe(sheet, "known-line")?.textContent ?? "");
    for (const form of sheet.querySelectorAll<HTMLFormElement>("form[data-note]")) watchNote(form);
    watchCount(sheet);
    show(open, true);
  } catch {
    // The talk itself needs nothing of this; its account has it.
  }
}
