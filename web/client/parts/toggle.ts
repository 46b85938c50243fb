// Buttons that are on or off (a heart, a switch): the form is sent without leaving the page.

export function watchToggles(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-toggle]"))
    form.addEventListener("submit", (event) => {
      const button = event.submitter;
      if (!(button instanceof HTMLButtonElement) || form.dataset.plain !== undefined) return;
      event.preventDefault();
      void send(form, button);
    });
}

/** The page itself tells a refusal better: it is then sent as any other form. */
async function send(form: HTMLFormElement, button: HTMLButtonElement): Promise<void> {
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  const body = new URLSearchParams([...new FormData(form, button)].map(([k, v]) => [k, String(v)]));
  const headers = { Accept: "application/json" };
  const response = await fetch(form.action, { method: "POST", headers, body }).catch(() => null);
  button.ariaBusy = null;
  if (response?.ok) return flip(button);
  form.dataset.plain = "";
  form.requestSubmit(button);
}

function flip(button: HTMLButtonElement): void {
  const on = button.value === "1";
  const name = button.hasAttribute("aria-pressed") ? "aria-pressed" : "aria-checked";
  button.setAttribute(name, String(on));
  button.value = on ? "0" : "1";
}
