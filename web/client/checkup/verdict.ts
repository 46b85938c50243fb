// Whether one can talk with this browser: what it can do decides, what it says it is words the answer.
import table from "../browsers.json";
import type { Agent, Version } from "./agents.ts";

/** `fits`: in the table. `works`: not in it, but it can all that is needed. */
export type Verdict = "fits" | "works" | "old" | "lacks";

export function judge(able: boolean, agent: Agent): Verdict {
  const since = sinceOf(agent);
  const current = since !== null && !before(agent.version, since);
  if (able) return current && agent.app === null ? "fits" : "works";
  return since !== null && !current ? "old" : "lacks";
}

/** From which version on an agent works; null for one that isn't in the table. */
function sinceOf({ name, system }: Agent): Version | null {
  const row = table.find(
    ({ browsers, systems }) =>
      name !== null && system !== null && browsers.includes(name) && systems.includes(system),
  );
  if (!row) return null;
  const [major = 0, minor = 0] = row.since.split(".").map(Number);
  return [major, minor];
}

function before(version: Version, since: Version): boolean {
  return version[0] < since[0] || (version[0] === since[0] && version[1] < since[1]);
}

/** What the talk and the look of the pages stand on. */
export function isAble(): boolean {
  return (
    typeof RTCPeerConnection === "function" &&
    typeof AudioContext === "function" &&
    typeof WebSocket === "function" &&
    "popover" in HTMLElement.prototype &&
    CSS.supports("color", "light-dark(black, white)") &&
    // Without HTTPS every browser hides it, and that is said by itself.
    (navigator.mediaDevices !== undefined || !isSecureContext)
  );
}
