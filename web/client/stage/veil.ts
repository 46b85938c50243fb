// What lies over the picture while there is no talk to see: connecting, interrupted, elsewhere, ended.
import { part, show, write } from "../dom.ts";
import type { TalkState } from "../protocol.ts";
import { word } from "../words.ts";

export interface Scene {
  state: TalkState;
  present: boolean;
  /** The own connection has been gone for long enough that the server has stopped the meter. */
  offline: boolean;
  /** Nothing of the other side has arrived for a moment; the server will see it a little later. */
  stalled: boolean;
  elsewhere: boolean;
  leaving: boolean;
  refused: string | null;
  returnSeconds: number | null;
}

export class Veil {
  #spoken = "";

  constructor(
    private readonly root: HTMLElement,
    private readonly announce: (text: string) => void,
  ) {}

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
    write(part(this.root, "veil-text"), hasText(kind) ? word(`veil_${kind}_text`) : "");
    const count = part(this.root, "veil-count");
    const counting = scene.returnSeconds !== null && (kind === "interrupted" || kind === "away");
    show(count, counting);
    if (counting) write(count, word("veil_count", { n: scene.returnSeconds ?? 0 }));
    show(part(this.root, "take-over"), kind === "elsewhere");
    show(part(this.root, "veil-home"), kind === "refused");
    if (this.#spoken !== title) this.announce(title);
    this.#spoken = title;
  }
}

function veilOf(scene: Scene): string | null {
  if (scene.refused !== null) return "refused";
  if (scene.state === "ended") return "ended";
  if (scene.leaving) return "leaving";
  if (scene.elsewhere) return "elsewhere";
  if (scene.offline) return "offline";
  if (scene.state === "talking" && scene.stalled) return scene.present ? "stalled" : "away";
  if (scene.state === "interrupted") return scene.present ? "interrupted" : "away";
  if (scene.state === "connecting") return scene.present ? "connecting" : "waiting";
  return null;
}

function hasText(kind: string): boolean {
  return kind !== "refused" && kind !== "leaving";
}
