// How many characters a text has, of how many it may have.

export function watchCount(root: ParentNode): void {
  for (const text of root.querySelectorAll<HTMLTextAreaElement>("textarea[data-count]")) {
    const count = root.querySelector<HTMLElement>(`[data-count-of="${text.id}"]`);
    if (!count) continue;
    const draw = () => {
      // As the site counts: characters, not the halves of which some are made.
      const most = text.maxLength.toLocaleString("en");
      count.textContent = `${[...text.value].length.toLocaleString("en")} / ${most}`;
    };
    text.addEventListener("input", draw);
    draw();
  }
}
