// Going on after the reserved end: each side may say so, and sees whether the other has, with the price.
import { maybe, part, show, write } from "../dom.ts";
import type { GoOnWishes, Meter } from "../protocol.ts";
import { Refusal } from "../socket.ts";
import { grouped, word } from "../words.ts";
import type { Warning } from "./meter.ts";

/** Tells the server. Answers with the meter as it is then. */
export type AgreeToGoOn = (agree: boolean) => Promise<Meter>;

export class GoOn {
  readonly #panel: HTMLElement;
  readonly #button: HTMLButtonElement;
  #wishes: GoOnWishes | null = null;
  #spoken = "";

  constructor(
    private readonly root: HTMLElement,
    private readonly agree: AgreeToGoOn,
    private readonly announce: (text: string) => void,
  ) {
    this.#panel = part(root, "go-on");
    this.#button = part<HTMLButtonElement>(root, "go-on-button");
    this.#button.addEventListener("click", () => void this.#press());
  }

  /** Asked from the first warning on, or as soon as one of the two has said so. */
  draw(meter: Meter, warning: Warning | null): void {
    this.#wishes = meter.go_on;
    const wishes = meter.go_on;
    const asked = wishes !== null && (warning !== null || wishes.mine || wishes.other);
    show(this.#panel, asked);
    if (!wishes || !asked) return;
    const rate = grouped(meter.rate);
    const text = this.#text(wishes, rate);
    write(part(this.root, "go-on-text"), text);
    write(this.#button, word(wishes.mine ? "go_on_stop" : "go_on", { rate }));
    this.#button.classList.toggle("primary", !wishes.mine);
    if (wishes.mine) this.#problem("", false);
    if (text !== this.#spoken && wishes.other) this.announce(text);
    this.#spoken = text;
  }

  #text({ mine, other }: GoOnWishes, rate: string): string {
    const name = this.root.dataset.name ?? "";
    if (mine && other) return word("go_on_both", { rate });
    if (mine) return word("go_on_waiting", { name });
    return other ? word("go_on_asked", { name }) : "";
  }

  async #press(): Promise<void> {
    this.#button.disabled = true;
    this.#problem("", false);
    try {
      await this.agree(!this.#wishes?.mine);
    } catch (error) {
      const refusal = error instanceof Refusal ? error : null;
      this.#problem(refusal?.message || word("no_answer"), refusal?.code === "points_short");
    }
    this.#button.disabled = false;
  }

  #problem(text: string, short: boolean): void {
    const problem = part(this.root, "go-on-problem");
    write(problem, text);
    show(problem, text !== "");
    show(maybe(this.root, "go-on-top-up"), short);
  }
}
