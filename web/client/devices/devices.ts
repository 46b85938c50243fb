// The lists of cameras, microphones and loudspeakers, wherever a page offers them.

import { maybe, show } from "../dom.ts";
import { word } from "../words.ts";
import { type Kind, problemOf } from "./capture.ts";
import type { Media } from "./media.ts";
import {
  canChoose,
  chooseSpeaker,
  chosenSpeaker,
  hasChooser,
  openChooser,
  speakers,
  tryOut,
} from "./speaker.ts";

/** Fills every `select[data-devices]` under `root`, keeps them current, and switches on change. */
export function offerDevices(
  root: ParentNode,
  media: Media,
  switched: (kind: Kind) => void,
  failed: (text: string) => void,
): () => Promise<void> {
  const selects = Array.from(root.querySelectorAll<HTMLSelectElement>("select[data-devices]"));
  const offerSpeakers = speakerField(root, failed);
  const fill = async () => {
    for (const select of selects) await fillOne(select, media);
    await offerSpeakers();
  };
  for (const select of selects) {
    select.addEventListener("change", async () => {
      const kind = select.dataset.devices as Kind;
      if (select.value === "") return;
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
  media.addEventListener("change", () => void fill());
  return fill;
}

async function fillOne(select: HTMLSelectElement, media: Media): Promise<void> {
  const kind = select.dataset.devices as Kind;
  const devices = await inputs(kind);
  const lost = media.state(kind) === "lost";
  const current = lost ? "" : (media.deviceId(kind) ?? "");
  const options = optionsOf(devices, current);
  // Of those that are there none is in use: choosing must be possible where there is only one, too.
  if (lost && devices.length > 0)
    options.unshift(new Option(word("device_choose"), "", false, true));
  if (devices.length === 0) options.push(new Option(word("device_none"), ""));
  replace(select, options);
  select.disabled = devices.length === 0;
}

async function inputs(kind: Kind): Promise<MediaDeviceInfo[]> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return all.filter((device) => device.kind === `${kind}input` && device.deviceId !== "");
}

function optionsOf(devices: MediaDeviceInfo[], current: string): HTMLOptionElement[] {
  return devices.map(({ label, deviceId }, index) => {
    const name = label || word("device_unnamed", { n: index + 1 });
    return new Option(name, deviceId, false, deviceId === current);
  });
}

/** An open list isn't shut under somebody's hand for nothing. */
function replace(select: HTMLSelectElement, options: HTMLOptionElement[]): void {
  const told = (list: Iterable<HTMLOptionElement>) =>
    JSON.stringify(Array.from(list, ({ value, text, selected }) => [value, text, selected]));
  if (told(select.options) !== told(options)) select.replaceChildren(...options);
}

/** The choice of loudspeaker, where the browser has one, and a sound to try it, which all have. */
function speakerField(root: ParentNode, failed: (text: string) => void): () => Promise<void> {
  maybe(root, "speaker-try")?.addEventListener("click", () =>
    tryOut().then(
      () => failed(""),
      () => failed(word("speaker_failed")),
    ),
  );
  const field = maybe(root, "speaker-field");
  const select = field?.querySelector("select");
  if (!field || !select || !canChoose()) return async () => {};
  const chooser = maybe(field, "speaker-choose");
  const fill = async () => {
    const found = await speakers();
    const chosen = chosenSpeaker();
    const own = found.some(({ deviceId }) => deviceId === "default");
    const options = optionsOf(found, chosen || "default");
    // Without a name for the system's own one, "" stands for it.
    if (!own) options.unshift(new Option(word("speaker_default"), "", false, chosen === ""));
    replace(select, options);
    show(field, found.length > 0 || hasChooser());
    show(chooser, hasChooser());
  };
  select.addEventListener("change", () => chooseSpeaker(select.value));
  chooser?.addEventListener("click", () => void openChooser().then(fill, () => {}));
  return fill;
}
