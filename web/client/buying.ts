// The pages of a purchase, outside a talk: what has been settled is shown by the next page.
import "./parts/card.ts";
import "./parts/wait.ts";

document.addEventListener("settled", (event) => {
  const next = (event as CustomEvent<string | null>).detail;
  if (next) location.assign(next);
  else location.reload();
});
