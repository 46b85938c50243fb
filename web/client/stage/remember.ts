// What one had turned off stays off after a reload of the tab: nobody's camera comes on by surprise.
import type { Media } from "../devices/media.ts";

const CAMERA = "camera-off";
const MIC = "mic-off";

export function remember(media: Media): void {
  // A camera that was lost was not turned off.
  sessionStorage.setItem(CAMERA, media.state("video") === "off" ? "1" : "");
  sessionStorage.setItem(MIC, media.muted ? "1" : "");
}

export function cameraWasOff(): boolean {
  return sessionStorage.getItem(CAMERA) === "1";
}

export function micWasOff(): boolean {
  return sessionStorage.getItem(MIC) === "1";
}
