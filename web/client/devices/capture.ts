// What the browser is asked for, and what it may answer: kinds of devices, wishes and problems.

export type Kind = "audio" | "video";
/** `off`: switched off by its owner. `held`: by the system, as in a phone call. `lost`: there is none that works. */
export type DeviceState = "on" | "off" | "held" | "lost";
/** Also the keys of the words that explain them. */
export type Problem =
  | "media_denied"
  | "media_missing"
  | "media_in_use"
  | "media_insecure"
  | "media_failed";

export const KINDS = ["audio", "video"] as const;

const PROBLEMS: Record<string, Problem> = {
  NotAllowedError: "media_denied",
  SecurityError: "media_denied",
  NotFoundError: "media_missing",
  OverconstrainedError: "media_missing",
  NotReadableError: "media_in_use",
  AbortError: "media_in_use",
  TypeError: "media_insecure",
};

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE = {
  width: { ideal: 640 },
  height: { ideal: 480 },
  frameRate: { ideal: 30, max: 30 },
};

/** What was chosen last is asked for first, on every page. */
export function wanted(kind: Kind): MediaTrackConstraints {
  const base = kind === "audio" ? SOUND : PICTURE;
  const deviceId = storedDevice(kind);
  return deviceId ? { ...base, deviceId: { ideal: deviceId } } : base;
}

export function exactly(kind: Kind, deviceId: string): MediaTrackConstraints {
  return { ...(kind === "audio" ? SOUND : PICTURE), deviceId: { exact: deviceId } };
}

export function storedDevice(kind: Kind): string | null {
  return localStorage.getItem(`device-${kind}`);
}

export function storeDevice(kind: Kind, deviceId: string): void {
  localStorage.setItem(`device-${kind}`, deviceId);
}

export function problemOf(error: unknown): Problem {
  return (error instanceof Error && PROBLEMS[error.name]) || "media_failed";
}

export async function request(constraints: MediaStreamConstraints): Promise<MediaStream> {
  // Without HTTPS (loopback apart) browsers hide the whole interface.
  if (!navigator.mediaDevices) throw new TypeError("insecure context");
  const sharp = insisting(constraints);
  try {
    return await navigator.mediaDevices.getUserMedia(sharp ?? constraints);
  } catch (error) {
    // What was chosen last is not there any more: any other will do.
    if (!sharp || (error as Error).name !== "OverconstrainedError") throw error;
    return navigator.mediaDevices.getUserMedia(constraints);
  }
}

/**
 * The same, with the device that was wished for as the only one that will do; null where none was.
 * Chromium takes no notice of a microphone that is only wished for.
 */
function insisting(constraints: MediaStreamConstraints): MediaStreamConstraints | null {
  const sharp = { ...constraints };
  let wished = false;
  for (const kind of KINDS) {
    const asked = constraints[kind];
    if (typeof asked !== "object" || typeof asked.deviceId !== "object") continue;
    const { ideal } = asked.deviceId as ConstrainDOMStringParameters;
    if (ideal === undefined) continue;
    sharp[kind] = { ...asked, deviceId: { exact: ideal } };
    wished = true;
  }
  return wished ? sharp : null;
}

/** Whether asking now opens no question of the browser's; true where it doesn't say. */
export async function isGranted(kind: Kind): Promise<boolean> {
  return ((await permission(kind))?.state ?? "granted") === "granted";
}

/** The browser's permission for a kind; null where it doesn't say. */
export async function permission(kind: Kind): Promise<PermissionStatus | null> {
  try {
    const name = kind === "audio" ? "microphone" : "camera";
    return await navigator.permissions.query({ name } as PermissionDescriptor);
  } catch {
    return null;
  }
}
