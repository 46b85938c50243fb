// Announcements that somebody has closed stay closed in this browser.

type Store = Pick<Storage, "getItem" | "setItem">;

const KEY = "told";
/** More than stand at once; the oldest are over by then. */
const MOST = 40;

/** Returns which announcements were closed here. */
export function closed(store: Store): string[] {
  try {
    const kept: unknown = JSON.parse(store.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

/** Notes that one was closed. */
export function close(store: Store, id: string): void {
  const kept = [...closed(store).filter((other) => other !== id), id].slice(-MOST);
  try {
    store.setItem(KEY, JSON.stringify(kept));
  } catch {
    // A full or forbidden store shows it again, no more.
  }
}

/** Hides those that were closed, and lets the others be. */
export function watchTold(store: Store): void {
  const before = new Set(closed(store));
  for (const bar of document.querySelectorAll<HTMLElement>("[data-told]")) {
    const id = bar.dataset["told"] ?? "";
    if (before.has(id)) bar.hidden = true;
    const button = bar.querySelector<HTMLButtonElement>('[data-part="told-close"]');
    if (!button) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      close(store, id);
      bar.hidden = true;
    });
  }
}
