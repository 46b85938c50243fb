// Lines of a log, each known by its key, in their order: what a newer page says takes the place of what stood there.

interface Line {
  key: string;
  order: number;
}

/** Where the lines of a newer page go among those that stand there: keys in their order. */
export function merged(standing: Line[], newer: Line[]): string[] {
  const lines = new Map(standing.map((line) => [line.key, line]));
  for (const line of newer) {
    const known = lines.get(line.key);
    // A day begins with its first message, wherever the page began.
    if (!known || line.order < known.order) lines.set(line.key, line);
  }
  return [...lines.values()].sort((a, b) => a.order - b.order).map((line) => line.key);
}

/** Brings a log up to date from a newer one. Returns the lines that are new. */
export function merge(log: HTMLElement, newer: HTMLElement): HTMLElement[] {
  const standing = linesOf(log);
  const fresh = linesOf(newer);
  const order = merged([...standing.values()].map(lineOf), [...fresh.values()].map(lineOf));
  const added: HTMLElement[] = [];
  let before: Element | null = null;
  for (const key of order) {
    const now = standing.get(key);
    const next = fresh.get(key);
    let line = now;
    if (next && (!now || now.innerHTML !== next.innerHTML)) {
      line = next;
      if (now) now.replaceWith(next);
      else added.push(next);
    }
    if (!line) continue;
    const place: Element | null = before ? before.nextElementSibling : log.firstElementChild;
    if (line !== place) log.insertBefore(line, place);
    before = line;
  }
  return added;
}

function linesOf(log: HTMLElement): Map<string, HTMLElement> {
  return new Map(
    [...log.querySelectorAll<HTMLElement>(":scope > li")].map((li) => [li.dataset.key ?? "", li]),
  );
}

function lineOf(line: HTMLElement): Line {
  return { key: line.dataset.key ?? "", order: Number(line.dataset.order) };
}
