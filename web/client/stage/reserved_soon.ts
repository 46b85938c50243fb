// The cast's next reservation, which ends this talk: shown until then, and told once.
import { part, show, write } from "../dom.ts";
import type { ReservedSoon } from "../protocol.ts";
import { hourOf } from "../time.ts";
import { word } from "../words.ts";

/** Shows it on the stage; returns the words that tell it. */
export function reservedSoon(root: HTMLElement, { minutes, starts_at }: ReservedSoon): string {
  const text = word("reserved_soon", { at: hourOf(starts_at) });
  write(part(root, "next-text"), text);
  show(part(root, "chip-next"), true);
  return `${text} ${word("warning_next", { n: minutes })}`;
}
