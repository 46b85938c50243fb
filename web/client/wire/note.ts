// What a side tells of its own devices, straight over the connection.
import type { DeviceState } from "../devices/capture.ts";

/** `weak`: on, but its picture is withheld for a weak line. */
export type CameraState = DeviceState | "weak";

export interface Note {
  mic: DeviceState;
  camera: CameraState;
  /** Whether the teller's uplink is weak, so that less of the picture comes, or none. */
  weak: boolean;
}

const STATES: readonly unknown[] = ["on", "off", "held", "lost"] satisfies DeviceState[];

/** `mic` and `camera` alone are what pages of before the states understand. */
export function encode({ mic, camera, weak }: Note): string {
  return JSON.stringify({
    mic: mic === "on",
    camera: camera === "on",
    mic_state: mic,
    camera_state: camera,
    weak,
  });
}

/** The note in a message, or null for what is none. It came from another's page: read with care. */
export function parseNote(data: unknown): Note | null {
  try {
    const told = JSON.parse(String(data));
    return {
      mic: state(told.mic_state, told.mic),
      camera: told.camera_state === "weak" ? "weak" : state(told.camera_state, told.camera),
      weak: told.weak === true,
    };
  } catch {
    return null;
  }
}

function state(told: unknown, on: unknown): DeviceState {
  if (STATES.includes(told)) return told as DeviceState;
  return on === true ? "on" : "off";
}
