// The page that one looks at, as it is now.

/** Null where it can't be had, or is somebody else's by now: the next page that one opens shows that. */
export async function page(path: string): Promise<Document | null> {
  const response = await fetch(path, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!response?.ok || response.redirected) return null;
  const now = new DOMParser().parseFromString(await response.text(), "text/html");
  if (meta(now, "viewer") !== meta(document, "viewer")) return null;
  // The token of forms differs each time; what differs in nothing else is left as it stands.
  for (const token of now.querySelectorAll("input[name=csrf]"))
    token.setAttribute("value", meta(document, "csrf"));
  return now;
}

function meta(of: Document, name: string): string {
  return of.querySelector<HTMLMetaElement>(`meta[name=${name}]`)?.content ?? "";
}

/** Several changes within a moment are one look. */
const SOON_MS = 100;
/** In case that the news of a change got lost on its way. */
const LOOK_MS = 60_000;

/** Calls `look` soon after it is asked to, after a return to the page, and every so often. Returns how one asks. */
export function looking(look: () => Promise<void>): () => void {
  let timer: number | undefined;
  let [busy, again] = [false, false];
  // One look after the other: an answer that was long on its way never replaces a newer one.
  const run = async () => {
    again = busy;
    if (busy) return;
    busy = true;
    try {
      do {
        again = false;
        await look();
      } while (again);
    } finally {
      busy = false;
    }
  };
  const soon = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void run(), SOON_MS);
  };
  document.addEventListener("visibilitychange", () => document.hidden || soon());
  window.setInterval(() => document.hidden || soon(), LOOK_MS);
  return soon;
}
