// The cast's next reservation, which ends this talk: shown until then, and told once.
import { part, show, write } from "../dom.ts";
import type { ReservedSoon } from "../protocol.ts";
import { word } from "../words.ts";

/** Shows it on the stage; returns the words that tell it. */
export function reservedSoon(root: HTMLElement, { minutes, starts_at }: ReservedSoon): string {
  const time = new Date(starts_at).toLocaleTimeString(document.documentElement.lang, {
    hour: "numeric",
    minute: "2-digit",
  });
  const text = word("reserved_soon", { at: time });
  write(part(root, "next-text"), text);
  show(part(root, "chip-next"), true);
  return `${text} ${word("warning_next", { n: minutes })}`;
}
