// The lists of cameras and microphones, wherever a page offers them.

import { word } from "../words.ts";
import type { Kind, Media } from "./media.ts";
import { problemOf } from "./media.ts";

/** Fills every `select[data-devices]` under `root`, keeps them current, and switches on change. */
export function offerDevices(
  root: ParentNode,
  media: Media,
  switched: (kind: Kind) => void,
  failed: (text: string) => void,
): () => Promise<void> {
  const selects = Array.from(root.querySelectorAll<HTMLSelectElement>("select[data-devices]"));
  const fill = async () => {
    for (const select of selects) await fillOne(select, media);
  };
  for (const select of selects) {
    select.addEventListener("change", async () => {
      const kind = select.dataset.devices as Kind;
      try {
        await media.switchTo(kind, select.value);
        failed("");
        switched(kind);
      } catch (error) {
        failed(word(problemOf(error)));
        await fill();
      }
    });
  }
  navigator.mediaDevices?.addEventListener("devicechange", () => void fill());
  return fill;
}

async function fillOne(select: HTMLSelectElement, media: Media): Promise<void> {
  const kind = select.dataset.devices as Kind;
  const devices = await media.devices(kind);
  const current = media.deviceId(kind);
  select.replaceChildren(
    ...devices.map((device, index) => {
      const name = device.label || word("device_unnamed", { n: index + 1 });
      return new Option(name, device.deviceId, false, device.deviceId === current);
    }),
  );
  if (devices.length === 0) select.append(new Option(word("device_none"), ""));
  select.disabled = devices.length === 0;
}
