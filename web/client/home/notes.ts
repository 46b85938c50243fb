// A cast's note of a caller: kept while it is written, and by its button.
import { part, write } from "../dom.ts";

const AFTER_MS = 1200;
const PATIENCE_MS = 10_000;

export function watchNote(form: HTMLFormElement): void {
  const text = form.elements.namedItem("note") as HTMLTextAreaElement;
  const said = part(form, "note-said");
  let timer: number | undefined;
  let sending: Promise<void> = Promise.resolve();

  const save = () => {
    window.clearTimeout(timer);
    // One after the other: the last one written is the one that stays.
    sending = sending.then(() => send());
  };

  async function send(): Promise<void> {
    // What is too long stands beside its count, which says so; nothing of it is cut off.
    if (text.validity.customError) return write(said, "");
    const body = new URLSearchParams(
      [...new FormData(form)].map(([name, value]) => [name, String(value)]),
    );
    const wanted = text.value;
    write(said, said.dataset.saving ?? "");
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
        // The talk may end, and the page go, while it is on its way.
        keepalive: true,
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (!answer.ok) throw new Error(`${answer.status}`);
      // From here on leaving the page loses nothing.
      if (text.value === wanted) {
        text.defaultValue = wanted;
        write(said, said.dataset.saved ?? "");
      }
    } catch {
      write(said, said.dataset.failed ?? "");
    }
  }

  text.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(save, AFTER_MS);
  });
  text.addEventListener("change", save);
  addEventListener("pagehide", () => {
    if (text.value !== text.defaultValue) void send();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });
}
