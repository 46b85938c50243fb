// The site's settings: what is typed and picked shows in the examples at once.

const shades = document.querySelector<HTMLLinkElement>('link[data-part="shades"]');
const colour = document.querySelector<HTMLInputElement>('input[type="color"]');
/** A picker tells every step of the way; the server is asked once it rests. */
const REST_MS = 150;
let resting: ReturnType<typeof setTimeout> | undefined;

function showWords(field: HTMLInputElement): void {
  const first = field.dataset["first"] ?? "";
  for (const place of document.querySelectorAll(`[data-shown="${field.dataset["shows"]}"]`)) {
    place.textContent = field.value.trim() || first;
  }
}

for (const field of document.querySelectorAll<HTMLInputElement>("input[data-shows]")) {
  const place = document.querySelector(`[data-shown="${field.dataset["shows"]}"]`);
  field.dataset["first"] = field.placeholder || (place?.textContent ?? "");
  field.addEventListener("input", () => showWords(field));
}

document.querySelector('[data-part="try"]')?.remove();
colour?.addEventListener("input", () => {
  clearTimeout(resting);
  resting = setTimeout(() => {
    if (shades) shades.href = `/staff/site/preview.css?colour=${encodeURIComponent(colour.value)}`;
  }, REST_MS);
});
