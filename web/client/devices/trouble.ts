// What became of a device since one last looked. Pure: no page, no sound.
import { type DeviceState, KINDS, type Kind } from "./capture.ts";

export interface Trouble {
  kind: Kind;
  became: "lost" | "held" | "back";
}

export class Troubles {
  readonly #known: Partial<Record<Kind, DeviceState>> = {};

  /** Tells what changed for better or worse; of what was so from the beginning there is no news. */
  see(states: Partial<Record<Kind, DeviceState>>): Trouble[] {
    const news: Trouble[] = [];
    for (const kind of KINDS) {
      const state = states[kind];
      const became = state && turn(kind, this.#known[kind], state);
      if (became) news.push({ kind, became });
      if (state) this.#known[kind] = state;
      else delete this.#known[kind];
    }
    return news;
  }
}

function turn(kind: Kind, before: DeviceState | undefined, now: DeviceState) {
  if (before === undefined || before === now) return null;
  // A camera that could not be turned on has told so already.
  if (now === "lost") return kind === "video" && before === "off" ? null : now;
  if (now === "held") return now;
  return isBroken(before) ? "back" : null;
}

export function isBroken(state: DeviceState): state is "lost" | "held" {
  return state === "lost" || state === "held";
}
