// The bars above a page: words, who, what is left of the time, and one press that leads there.

import { maybe, part, show, write } from "../dom.ts";
import { moment } from "../time.ts";
import type { Bar } from "./rings.ts";

export interface BarActs {
  /** Somebody follows where it leads. */
  answered(bar: Bar): void;
  closed(bar: Bar): void;
  sound(): void;
}

const SOUND_ASKED = "ring-sound";

export class Bars {
  readonly #shown = new Map<string, HTMLElement>();
  #bars: Bar[] = [];
  #at = 0;

  constructor(
    private readonly section: HTMLElement,
    private readonly acts: BarActs,
  ) {
    const offer = part(section, "ring-sound");
    part(offer, "sound-on").addEventListener("click", () => {
      sessionStorage.setItem(SOUND_ASKED, "1");
      show(offer, false);
      acts.sound();
    });
    setInterval(() => this.#count(), 1000);
  }

  /** Draws these bars, whose seconds were counted at `at`; those that stay are only written anew. `quiet` ones move no more. */
  draw(bars: Bar[], at: number, quiet: ReadonlySet<string>): void {
    this.#bars = bars;
    this.#at = at;
    for (const [key, element] of this.#shown)
      if (!bars.some((bar) => bar.key === key)) {
        element.remove();
        this.#shown.delete(key);
      }
    let after: Element = part(this.section, "ring-list");
    for (const bar of bars) {
      const element = this.#shown.get(bar.key) ?? this.#make(bar);
      write(part(element, "ring-text"), this.text(bar));
      element.dataset.quiet = quiet.has(bar.key) ? "1" : "0";
      if (after.nextElementSibling !== element) after.after(element);
      after = element;
    }
    this.#count();
  }

  text(bar: Bar): string {
    const words = this.section.dataset;
    const many = Number(bar.values.n) > 1 ? words[`${bar.kind}Many`] : undefined;
    const text = many ?? words[bar.kind] ?? "";
    const until = new Date(String(bar.values.until ?? "")).getTime();
    const values = Number.isNaN(until) ? bar.values : { ...bar.values, until: this.#when(until) };
    return fill(text, values);
  }

  /** Once in a tab, and only where something can be missed by it. */
  offerSound(wanted: boolean): void {
    show(part(this.section, "ring-sound"), wanted && !sessionStorage.getItem(SOUND_ASKED));
  }

  #make(bar: Bar): HTMLElement {
    const template = part<HTMLTemplateElement>(this.section, `ring-${bar.kind}`);
    const element = template.content.firstElementChild?.cloneNode(true) as HTMLElement;
    const way = maybe<HTMLAnchorElement>(element, "ring-way");
    if (way) {
      way.href = bar.href;
      way.addEventListener("click", () => this.acts.answered(bar));
      show(way, !bar.here);
    }
    maybe(element, "ring-close")?.addEventListener("click", () => this.acts.closed(bar));
    this.#shown.set(bar.key, element);
    return element;
  }

  #count(): void {
    for (const bar of this.#bars) {
      const count = maybe(this.#shown.get(bar.key) ?? this.section, "ring-count");
      if (!count || bar.seconds === null) continue;
      const left = Math.max(0, Math.ceil(bar.seconds - (moment() - this.#at) / 1000));
      const n = count.dataset.unit === "minutes" ? Math.max(1, Math.ceil(left / 60)) : left;
      write(count, fill(count.dataset.text ?? "", { n }));
    }
  }

  /** The hour for today, else the day too. */
  #when(at: number): string {
    const { zone } = this.section.dataset;
    const { lang } = document.documentElement;
    const here = zone === undefined ? {} : { timeZone: zone };
    const day = { month: "numeric", day: "numeric", ...here } as const;
    const today = new Date().toLocaleDateString(lang, day);
    return new Date(at).toLocaleString(lang, {
      ...(new Date(at).toLocaleDateString(lang, day) === today ? here : day),
      hour: "numeric",
      hourCycle: "h23",
      minute: "2-digit",
    });
  }
}

function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
