// Parts of the page by their `data-part`. A missing part is a mistake of the template and fails loudly.

export function part<T extends HTMLElement = HTMLElement>(root: ParentNode, name: string): T {
  const found = root.querySelector<T>(`[data-part="${name}"]`);
  if (!found) throw new Error(`no part ${name}`);
  return found;
}

export function maybe<T extends HTMLElement = HTMLElement>(
  root: ParentNode,
  name: string,
): T | null {
  return root.querySelector<T>(`[data-part="${name}"]`);
}

/** Writes only what changed, so that nothing is laid out or read aloud for nothing. */
export function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element: HTMLElement | null, visible: boolean): void {
  if (element && element.hidden === visible) element.hidden = !visible;
}
