// The caller's spend cap, in the settings of a talk. The cast's stage has no such field.
import { maybe, part, show, write } from "../dom.ts";
import type { Meter } from "../protocol.ts";
import { Refusal } from "../socket.ts";
import { grouped, word } from "../words.ts";

/** Tells the server; null lifts the cap. Answers with the meter as it is then. */
export type SetCap = (minutes: number | null) => Promise<Meter>;

export class Cap {
  readonly #select: HTMLSelectElement | null;
  #meter: Meter | undefined;
  #asking = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly set: SetCap,
  ) {
    this.#select = maybe<HTMLSelectElement>(root, "cap");
    this.#select?.addEventListener("change", () => void this.#choose());
  }

  draw(meter: Meter): void {
    this.#meter = meter;
    const select = this.#select;
    if (!select || this.#asking) return;
    const value = String(meter.cap_minutes ?? "");
    if (!choices(select).some((choice) => choice.value === value)) select.append(choice(meter));
    if (select.value !== value) select.value = value;
    // A cap can't lie before what has been charged already.
    for (const each of choices(select))
      each.disabled = each.value !== "" && Number(each.value) < meter.charged_minutes;
  }

  async #choose(): Promise<void> {
    const minutes = this.#select?.value;
    this.#asking = true;
    this.#problem("");
    try {
      this.#meter = await this.set(minutes ? Number(minutes) : null);
    } catch (error) {
      this.#problem((error instanceof Refusal && error.message) || word("no_answer"));
    }
    this.#asking = false;
    if (this.#meter) this.draw(this.#meter);
  }

  #problem(text: string): void {
    const problem = part(this.root, "cap-problem");
    write(problem, text);
    show(problem, text !== "");
  }
}

function choices(select: HTMLSelectElement): HTMLOptionElement[] {
  return Array.from(select.options);
}

/** For a cap that the list doesn't offer. */
function choice({ cap_minutes, rate }: Meter): HTMLOptionElement {
  const minutes = cap_minutes ?? 0;
  const text = word("cap_choice", { points: grouped(minutes * rate), n: minutes });
  return new Option(text, String(minutes));
}
