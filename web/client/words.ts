// The words of a page come with its HTML, in its language. Here they are only filled in.

import { isolated } from "./names.ts";

let words: Record<string, string> | undefined;

/** The text `key` of the page's `#words`, with `{name}` replaced. An unknown key shows itself, so that it is noticed. */
export function word(key: string, values: Record<string, string | number> = {}): string {
  words ??= JSON.parse(document.getElementById("words")?.textContent ?? "{}");
  const text = words?.[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    isolated(String(values[name] ?? whole)),
  );
}

/** 1234567 → 1,234,567 */
export function grouped(points: number): string {
  return points.toLocaleString("en-US");
}
