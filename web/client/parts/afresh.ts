// Parts of a page that follow what happens: they are fetched anew, and nothing beside them is touched.
import type { Socket } from "../socket.ts";
import { onReturn } from "../time.ts";

/** Several changes within a moment are one question. */
const SOON_MS = 200;

/** Replaces every part marked data-afresh by what the site shows now; `replaced` hears of each. */
export function watchAfresh(
  socket: Socket,
  replaced: (old: HTMLElement, fresh: HTMLElement) => void,
): () => void {
  let timer: number | undefined;
  let known = socket.connected;
  const soon = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void refresh(replaced), SOON_MS);
  };
  socket.on("ring:again", soon);
  socket.on("connect", () => {
    // The page is as new as its first connection; news may have passed before a later one.
    if (known) soon();
    known = true;
  });
  onReturn(soon);
  return soon;
}

async function refresh(replaced: (old: HTMLElement, fresh: HTMLElement) => void): Promise<void> {
  const places = new Map<string, HTMLElement[]>();
  for (const part of document.querySelectorAll<HTMLElement>("[data-afresh]")) {
    const from = part.dataset.from ?? location.href;
    places.set(from, [...(places.get(from) ?? []), part]);
  }
  for (const [from, parts] of places) {
    const page = await fetched(from);
    for (const old of page ? parts : []) {
      const fresh = page?.querySelector<HTMLElement>(`[data-afresh="${old.dataset.afresh}"]`);
      if (!fresh || inUse(old)) continue;
      old.replaceWith(fresh);
      replaced(old, fresh);
    }
  }
}

async function fetched(from: string): Promise<Document | null> {
  try {
    const response = await fetch(from, { headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) return null;
    return new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    // The next news, or the next connection, asks again.
    return null;
  }
}

/** Nothing is taken from under somebody's hands. */
export function inUse(part: HTMLElement): boolean {
  return part.contains(document.activeElement) || part.querySelector("details[open]") !== null;
}
