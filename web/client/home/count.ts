// How many characters a note has, of how many it may have: what is too long is said, and kept.
import { lengthOf, told } from "../parts/count.ts";

export function watchCount(root: ParentNode): void {
  for (const text of root.querySelectorAll<HTMLTextAreaElement>("textarea[data-most]")) {
    const count = root.querySelector<HTMLElement>(`[data-count-of="${text.id}"]`);
    if (!count) continue;
    const most = Number(text.dataset.most);
    const draw = () => {
      const used = lengthOf(text.value, true);
      count.textContent = told(used, most, { over: count.dataset.over ?? "" });
      count.classList.toggle("over", used > most);
      text.setCustomValidity(used > most ? count.textContent : "");
    };
    text.addEventListener("input", draw);
    draw();
  }
}
