// What lies over the picture while there is no talk to see: connecting, interrupted, elsewhere, ended.
import { part, show, write } from "../dom.ts";
import type { Meter, TalkState } from "../protocol.ts";
import { word } from "../words.ts";

export interface Scene {
  state: TalkState;
  present: boolean;
  /** The own connection has been gone for long enough that the server has stopped the meter. */
  offline: boolean;
  /** Nothing of the other side has arrived for a moment; the server will see it a little later. */
  stalled: boolean;
  /** Both send silence and black, since the site has had no proof of both for a while. */
  unproved: boolean;
  elsewhere: boolean;
  leaving: boolean;
  refused: string | null;
  returnSeconds: number | null;
  /** Why the meter stands, and whose side is meant. */
  why: Meter["why"];
  whose: Meter["whose"];
  /** Whether the question stands to go on by voice. */
  frozenAsk: boolean;
}

export const NOTHING_YET: Scene = {
  state: "connecting",
  present: false,
  offline: false,
  stalled: false,
  unproved: false,
  elsewhere: false,
  leaving: false,
  refused: null,
  returnSeconds: null,
  why: null,
  whose: null,
  frozenAsk: false,
};

export interface VeilEvents {
  announce(text: string): void;
  /** The answer to the question whether to go on by voice. */
  byVoice(agree: boolean): Promise<unknown>;
}

/** What of it is over when nobody comes back in time. */
const COUNTED = ["interrupted", "away", "stalled", "unheard", "disagree", "frozen", "frozen_other"];

export class Veil {
  #spoken = "";
  /** Whether this side wants to go on by voice; the other may not have answered. */
  #agreed = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly on: VeilEvents,
  ) {
    part(root, "by-voice").addEventListener("click", () => this.#answer(true));
    part(root, "wait-picture").addEventListener("click", () => this.#answer(false));
  }

  #answer(agree: boolean): void {
    this.#agreed = agree;
    // Not told: the question still stands on this page.
    void this.on.byVoice(agree).catch(() => {
      this.#agreed = false;
    });
  }

  draw(scene: Scene, name: string): void {
    const kind = veilOf(scene);
    const veil = part(this.root, "veil");
    show(veil, kind !== null);
    if (kind === null) {
      this.#spoken = "";
      return;
    }
    veil.dataset.kind = kind;
    const title = kind === "refused" ? (scene.refused ?? "") : word(`veil_${kind}`, { name });
    write(part(this.root, "veil-title"), title);
    const frozen = kind === "frozen" || kind === "frozen_other";
    if (!frozen) this.#agreed = false;
    const text = frozen ? this.#frozenText(scene) : `veil_${kind}_text`;
    write(part(this.root, "veil-text"), hasText(kind) ? word(text, { name }) : "");
    const count = part(this.root, "veil-count");
    const counting = scene.returnSeconds !== null && COUNTED.includes(kind);
    show(count, counting);
    if (counting) write(count, word("veil_count", { n: scene.returnSeconds ?? 0 }));
    show(part(this.root, "take-over"), kind === "elsewhere");
    show(part(this.root, "veil-home"), kind === "refused");
    const asked = scene.frozenAsk && frozen && !this.#agreed;
    show(part(this.root, "by-voice"), asked);
    show(part(this.root, "wait-picture"), asked);
    if (this.#spoken !== title) this.on.announce(title);
    this.#spoken = title;
  }

  #frozenText({ frozenAsk }: Scene): string {
    if (!frozenAsk) return "veil_frozen_text";
    return this.#agreed ? "veil_frozen_agreed_text" : "veil_frozen_asked_text";
  }
}

/** Which veil lies over a scene; null: none, the talk is to be seen. */
export function veilOf(scene: Scene): string | null {
  if (scene.refused !== null) return "refused";
  if (scene.state === "ended") return "ended";
  if (scene.leaving) return "leaving";
  if (scene.elsewhere) return "elsewhere";
  if (scene.offline) return "offline";
  if (scene.why === "disagree") return "disagree";
  if (scene.state === "talking") return unseen(scene);
  if (scene.state === "interrupted") return standstill(scene);
  return scene.present ? "connecting" : "waiting";
}

/** Why there is nothing to see although the meter is not known to stand. */
function unseen({ stalled, unproved, present }: Scene): string | null {
  if (stalled) return present ? "stalled" : "away";
  return unproved ? "unproved" : null;
}

/** Why the meter stands, as this side is to read it. */
function standstill({ why, whose, present }: Scene): string {
  if (why === "frozen") return whose === "other" ? "frozen_other" : "frozen";
  if (!present || (why === "silent" && whose === "other")) return "away";
  if (why !== "no_media") return "interrupted";
  return whose === "other" ? "unheard" : "stalled";
}

function hasText(kind: string): boolean {
  return kind !== "refused" && kind !== "leaving";
}
