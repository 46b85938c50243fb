// Every page carries this, so it stays tiny: pages work without it.
import "./parts/due.ts";

// A form is sent once, also when its button is pressed twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return;
  // The form of a dialog only closes it, as often as it is opened.
  if (form.method === "dialog") return;
  if (form.dataset.sent !== undefined) event.preventDefault();
  else form.dataset.sent = "";
});

// The browser's "back" may show a page as it was left: its forms can be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]"))
    form.removeAttribute("data-sent");
});

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
