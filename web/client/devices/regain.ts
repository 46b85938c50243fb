// What was lost is asked for again by itself: whenever devices change, somebody comes back to the
// page, or the browser's permission is given after all.
import { onReturn } from "../time.ts";
import { KINDS, permission } from "./capture.ts";
import type { Media } from "./media.ts";

export function regain(media: Media): void {
  const again = () => {
    for (const kind of KINDS) void media.again(kind, "itself").catch(() => {});
  };
  navigator.mediaDevices?.addEventListener("devicechange", again);
  onReturn(again);
  // What has been interrupted, as by a phone call, flows again only when told to.
  onReturn(() => media.wake());
  // Another program that held the device may have been closed in the meantime.
  addEventListener("focus", again);
  for (const kind of KINDS)
    void permission(kind).then((given) => given?.addEventListener("change", again));
}
