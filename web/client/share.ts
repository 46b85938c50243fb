// Handing on the link of a room: into the clipboard, or to whatever the device shares with.
// Neither is there on a page that came without TLS: then the address is there to be marked.
import { part, show } from "./dom.ts";

const device: Partial<Pick<Navigator, "share" | "clipboard">> = navigator;
// Who closes the device's sheet has changed their mind: no error.
const nothing = () => undefined;

async function copy(button: HTMLElement, url: string): Promise<void> {
  await navigator.clipboard.writeText(url);
  const words = button.querySelector("span");
  if (words) words.textContent = button.dataset.copiedWord ?? "";
}

for (const panel of document.querySelectorAll<HTMLElement>("[data-share]")) {
  const url = panel.dataset.share ?? location.href;
  const [copies, shares] = [part(panel, "copy"), part(panel, "device")];
  show(copies, Boolean(device.clipboard));
  show(shares, Boolean(device.share));
  copies.addEventListener("click", () => void copy(copies, url).catch(nothing));
  shares.addEventListener(
    "click",
    () => void navigator.share({ title: document.title, url }).catch(nothing),
  );
  const field = panel.querySelector("input");
  field?.addEventListener("focus", () => field.select());
}
