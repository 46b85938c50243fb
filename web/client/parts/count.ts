// How long a text is to the server, which counts characters after taking away outer spaces.

/** Characters as Python counts them: a sign outside the basic plane is one. */
export function lengthOf(text: string, lines: boolean): number {
  const kept = lines ? text.replace(/\r\n?/g, "\n") : text.replace(/\s+/g, " ");
  return [...kept.trim()].length;
}

/** What stands beside the field: how much of it is used, and how much is too much. */
export function told(used: number, most: number, words: { over: string }): string {
  const count = `${used.toLocaleString("en")} / ${most.toLocaleString("en")}`;
  return used <= most
    ? count
    : `${count} · ${words.over.replace("{n}", (used - most).toLocaleString("en"))}`;
}
