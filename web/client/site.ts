// Every page carries this, so it stays tiny: pages work without it.
import "./parts/due.ts";
import { maybe, show } from "./dom.ts";
import { actionOf, fillIn, keptForms, typedAround } from "./parts/fields.ts";
import { arrive, forget, forgetDrafts, keep } from "./parts/kept.ts";
import { isSent, markSent, takeFile, watchStops } from "./parts/sending.ts";
import { watchTold } from "./parts/told.ts";

const SIGN_OUT = "/sign-out";
const viewer = document.querySelector<HTMLMetaElement>("meta[name=viewer]")?.content ?? "";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return;
  // The form of a dialog only closes it, as often as it is opened.
  if (form.method === "dialog") return;
  if (isSent(form)) event.preventDefault();
  else send(form, event);
});

function send(form: HTMLFormElement, event: Event): void {
  if (form.dataset.file !== undefined && form.dataset.plain === undefined) {
    event.preventDefault();
    void takeFile(form);
    return;
  }
  markSent(form);
  if (actionOf(form) === SIGN_OUT) {
    forget(sessionStorage);
    forgetDrafts(sessionStorage);
  } else if (form.method === "post" && form.dataset.unkept === undefined)
    keep(sessionStorage, viewer, typedAround(form));
}

/** What was typed before a press that did nothing goes back into its form. */
function putBack(): void {
  const [navigation] = performance.getEntriesByType("navigation");
  const typed = arrive(sessionStorage, {
    who: viewer,
    actions: keptForms().map(actionOf),
    undone: document.querySelector("[data-undone]") !== null,
    back: (navigation as PerformanceNavigationTiming | undefined)?.type === "back_forward",
  });
  const filled = typed.filter(fillIn).some((form) => form.sent);
  const words = document.querySelector<HTMLElement>(".undone");
  if (!words) return;
  show(maybe(words, "restored"), filled);
  const address = new URL(location.href);
  address.searchParams.delete("undone");
  history.replaceState(history.state, "", address);
}

watchStops();
watchTold(localStorage);
putBack();

// Whoever comes back often has the page that says that there is no line.
if (viewer && "serviceWorker" in navigator)
  window.addEventListener("load", () => {
    const options = { scope: "/", updateViaCache: "none" } as const;
    void navigator.serviceWorker.register("/worker.js", options).catch(() => undefined);
  });

// The way through signing in, which a browser without scripts goes by a press.
const onward = document.querySelector<HTMLAnchorElement>("a[data-onward]");
if (onward) location.replace(onward.href);

// After a refused form, the first field in error is where one goes on.
document.querySelector<HTMLElement>("[aria-invalid='true']")?.focus();

// The chosen topic may lie beyond the edge of a phone.
document.querySelector(".topics [aria-current]")?.scrollIntoView({
  block: "nearest",
  inline: "center",
});

for (const button of document.querySelectorAll<HTMLElement>("[data-copy]"))
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.copy ?? "");
    if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return;
    field.select();
    void navigator.clipboard?.writeText(field.value).then(() => {
      button.dataset.copied = "";
    });
  });

for (const button of document.querySelectorAll<HTMLElement>("[data-own-zone]")) {
  const list = document.getElementById(button.dataset.ownZone ?? "");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!(list instanceof HTMLSelectElement)) continue;
  const offered = Array.from(list.options).some((option) => option.value === zone);
  button.hidden = !offered || list.value === zone;
  button.addEventListener("click", () => {
    list.value = zone;
    button.hidden = true;
  });
}

document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
