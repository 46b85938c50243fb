// Handing on the link of a room: to whatever the device shares with, else into the clipboard.
// Neither is there on a page that came without TLS.
const device: Partial<Pick<Navigator, "share" | "clipboard">> = navigator;
const button = document.querySelector<HTMLButtonElement>("[data-share]");

async function hand(from: HTMLButtonElement, url: string): Promise<void> {
  if (device.share) {
    await navigator.share({ title: document.title, url });
    return;
  }
  await navigator.clipboard.writeText(url);
  const words = from.querySelector("span");
  if (words) words.textContent = from.dataset.copiedWord ?? "";
}

if (button && (device.share || device.clipboard)) {
  button.hidden = false;
  button.addEventListener("click", () => {
    // Who closes the device's sheet has changed their mind: no error.
    void hand(button, button.dataset.share ?? location.href).catch(() => undefined);
  });
}
