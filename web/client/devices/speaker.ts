// Where the other side's voice is heard. Browsers that can't choose play it where the system does.
import { tune } from "./chime.ts";

const CHOSEN = "device-output";

/** What not every browser has. */
interface Choosing {
  selectAudioOutput?: (options?: { deviceId?: string }) => Promise<MediaDeviceInfo>;
}
type Sink = HTMLMediaElement & { setSinkId?: (id: string) => Promise<void> };

export function canChoose(): boolean {
  return "setSinkId" in HTMLMediaElement.prototype && navigator.mediaDevices !== undefined;
}

/** Firefox shows its loudspeakers in a box of its own, and only in a gesture. */
export function hasChooser(): boolean {
  return canChoose() && "selectAudioOutput" in navigator.mediaDevices;
}

/** "" is the system's own. */
export function chosenSpeaker(): string {
  return localStorage.getItem(CHOSEN) ?? "";
}

export function chooseSpeaker(id: string): void {
  localStorage.setItem(CHOSEN, id);
  dispatchEvent(new Event("speaker"));
}

export async function openChooser(): Promise<void> {
  const { deviceId } = (await (navigator.mediaDevices as Choosing).selectAudioOutput?.()) ?? {};
  if (deviceId !== undefined) chooseSpeaker(deviceId);
}

/** The loudspeakers by name; empty where the browser doesn't tell them. */
export async function speakers(): Promise<MediaDeviceInfo[]> {
  if (!canChoose()) return [];
  const all = await navigator.mediaDevices.enumerateDevices();
  return all.filter(({ kind, deviceId }) => kind === "audiooutput" && deviceId !== "");
}

/** Plays an element where it was chosen, now and after each choice. One that has gone is remembered, and left out. */
export function playThere(element: Sink): void {
  const follow = async () => {
    try {
      await element.setSinkId?.(chosenSpeaker());
    } catch {
      await element.setSinkId?.("").catch(() => {});
    }
  };
  void follow();
  addEventListener("speaker", () => void follow());
  navigator.mediaDevices?.addEventListener("devicechange", () => void follow());
}

/** A few tones, where the other's voice will be heard. */
export async function tryOut(): Promise<void> {
  const context = new AudioContext();
  const heard = context.createMediaStreamDestination();
  const element: Sink = new Audio();
  element.srcObject = heard.stream;
  await element.setSinkId?.(chosenSpeaker()).catch(() => {});
  await element.play();
  await tune(context, heard);
  await context.close();
}
