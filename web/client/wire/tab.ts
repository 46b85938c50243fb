// Which tab this is. A reload keeps the name; a duplicated tab must get another.

const KEY = "tab";

/** The name lives in memory while the page does, so that a copy of the tab finds nothing to copy. */
function claim(): string {
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  return kept ?? crypto.randomUUID();
}

export const tab = claim();

addEventListener("pagehide", () => sessionStorage.setItem(KEY, tab));
addEventListener("pageshow", (event) => event.persisted && sessionStorage.removeItem(KEY));
