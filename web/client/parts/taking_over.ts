// A part of the page becomes what a newer page says, and what somebody opened or holds in it stays.

/** Replaces what stands in a part, unless the newer page says the same. */
export function takeOver(here: HTMLElement, there: HTMLElement): void {
  keepOpen(here, there);
  if (here.innerHTML === there.innerHTML) return;
  const held = here.contains(document.activeElement) ? nameOf(document.activeElement) : null;
  here.replaceChildren(...there.childNodes);
  if (held) here.querySelector<HTMLElement>(held)?.focus({ preventScroll: true });
}

/** What unfolds is unfolded where it was: a page that is only newer closes nothing. */
function keepOpen(here: HTMLElement, there: HTMLElement): void {
  const newer = there.querySelectorAll("details");
  for (const [index, now] of [...here.querySelectorAll("details")].entries()) {
    const next = newer[index];
    if (next) next.open = now.open;
  }
}

function nameOf(element: Element | null): string {
  const href = element?.getAttribute("href");
  return href ? `a[href="${CSS.escape(href)}"]` : (element?.localName ?? "body");
}
