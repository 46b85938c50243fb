// A form is sent once, however often its button is pressed; and can be sent again where nothing came of it.
import { maybe, show } from "../dom.ts";

/** An answer that has not begun by then is not coming: the navigation was stopped, or became a file. */
const STOPPED_MS = 20_000;
/** How long the link to a file that was made here stays good. */
const LINK_MS = 60_000;

export function isSent(form: HTMLFormElement): boolean {
  return form.dataset.sent !== undefined;
}

export function markSent(form: HTMLFormElement): void {
  form.dataset.sent = "";
  const timer = window.setTimeout(() => release(form), STOPPED_MS);
  window.addEventListener("pagehide", () => window.clearTimeout(timer), { once: true });
}

function release(form: HTMLFormElement): void {
  form.removeAttribute("data-sent");
}

function releaseAll(): void {
  document.querySelectorAll<HTMLFormElement>("form[data-sent]").forEach(release);
}

export function watchStops(): void {
  // The browser's "back" may show a page as it was left.
  window.addEventListener("pageshow", releaseAll);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") releaseAll();
  });
  const navigation = (window as { navigation?: EventTarget }).navigation;
  navigation?.addEventListener("navigate", (event) => {
    (event as Event & { signal?: AbortSignal }).signal?.addEventListener("abort", releaseAll);
  });
}

/** Takes a file that answers a form. A page that comes instead is shown in this one's place. */
export async function takeFile(form: HTMLFormElement): Promise<void> {
  form.dataset.sent = "";
  const body = new URLSearchParams([...new FormData(form)].map(([k, v]) => [k, String(v)]));
  try {
    const response = await fetch(form.action, { method: "POST", body });
    const name = fileName(response.headers.get("Content-Disposition"));
    if (name) save(name, await response.blob(), form);
    else if (response.redirected) location.assign(response.url);
    else showInstead(await response.text());
    release(form);
  } catch {
    // The browser says itself that there is no network.
    release(form);
    form.dataset.plain = "";
    form.requestSubmit();
  }
}

function showInstead(html: string): void {
  const main = new DOMParser().parseFromString(html, "text/html").querySelector("main");
  if (!main) throw new Error("no page");
  document.querySelector("main")?.replaceWith(main);
  (main.querySelector<HTMLElement>("[aria-invalid='true']") ?? main).focus();
}

/** The name of a file that is to be saved, as an answer's header has it; null for what is to be shown. */
export function fileName(disposition: string | null): string | null {
  return disposition?.match(/^attachment; filename="([\w.-]+)"$/)?.[1] ?? null;
}

function save(name: string, file: Blob, form: HTMLFormElement): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), LINK_MS);
  show(maybe(form, "received"), true);
}
