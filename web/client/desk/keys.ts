// Keys of the staff's side: an element says by `data-key` which key presses it. Whoever types, or
// has turned the keys off, is left alone.

const OFF = "desk-keys-off";

/** Whether a key belongs to what is being typed, or to the browser. */
export function isForAnother(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  const at = event.target;
  if (!(at instanceof HTMLElement)) return false;
  return at.matches("textarea, select, input:not([type=radio], [type=checkbox])");
}

/** The element of this page that a key presses: the first that is there to be pressed. */
export function pressedBy(key: string, root: ParentNode): HTMLElement | null {
  for (const one of root.querySelectorAll<HTMLElement>("[data-key]"))
    if (one.dataset.key === key && one.checkVisibility() && !one.matches(":disabled")) return one;
  return null;
}

function press(event: KeyboardEvent): void {
  if (localStorage.getItem(OFF) || isForAnother(event)) return;
  const found = pressedBy(event.key, document);
  if (!found) return;
  event.preventDefault();
  found.focus();
  if (!found.matches("input:not([type=radio], [type=checkbox]), textarea")) found.click();
}

for (const one of document.querySelectorAll<HTMLInputElement>("[data-part=keys-on]")) {
  one.checked = !localStorage.getItem(OFF);
  one.addEventListener("change", () => {
    if (one.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });
}

document.addEventListener("keydown", press);
