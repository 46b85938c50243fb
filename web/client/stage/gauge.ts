// Draws the meter and says the few things about it that must be said.
import { part, show, write } from "../dom.ts";
import type { Meter } from "../protocol.ts";
import { clock } from "../time.ts";
import { grouped, word } from "../words.ts";
import { type Face, face, type Reading, type Warning } from "./meter.ts";

export class Gauge {
  #warned: Warning | null = null;
  #noticed = false;
  readonly #note: HTMLElement;
  readonly #text: HTMLElement;

  constructor(
    private readonly root: HTMLElement,
    private readonly announce: (text: string) => void,
  ) {
    this.#note = part(root, "note");
    this.#text = part(root, "note-text");
  }

  draw(reading: Reading, now: number): Face {
    const shown = face(reading, now);
    this.#reserved(reading.meter);
    this.root.toggleAttribute("data-on-tab", reading.meter.pays === "tab");
    this.#value("[data-meter-time]", Math.floor(shown.position), timeOf(shown));
    this.#value("[data-meter-cost]", shown.cost, grouped(shown.cost));
    if (shown.earned !== null)
      this.#value("[data-meter-earned]", shown.earned, grouped(shown.earned));
    if (shown.pointsLeft !== null)
      this.#value("[data-points-left]", shown.pointsLeft, grouped(shown.pointsLeft));
    this.#remark(reading.meter, shown);
    return shown;
  }

  /** Under a reservation there is nothing to count but its time. */
  #reserved(meter: Meter): void {
    this.root.toggleAttribute("data-reserved", meter.reserved);
    if (meter.reserved) this.#value("[data-prepaid]", meter.prepaid, grouped(meter.prepaid));
  }

  #value(selector: string, value: number, text: string): void {
    const element = this.root.querySelector<HTMLElement>(selector);
    if (!element) return;
    element.dataset.value = String(value);
    write(element, text);
  }

  /** One remark at a time: the nearest end, before what the minute costs or earns. */
  #remark(meter: Meter, shown: Face): void {
    const text = warningText(meter, shown) ?? freeText(meter, shown) ?? unearnedText(shown);
    show(this.#note, text !== null);
    if (text !== null) write(this.#text, text);
    this.#note.dataset.tone = shown.warning === 1 ? "last" : shown.warning ? "soon" : "free";
    show(
      this.root.querySelector('[data-part="top-up"]'),
      shown.warning !== null && meter.ends_by === "points" && meter.pays !== "tab",
    );
    this.#speak(meter, shown);
  }

  #speak(meter: Meter, shown: Face): void {
    if (shown.freeSeconds !== null && meter.running && !this.#noticed) {
      this.#noticed = true;
      this.announce(freeNotice(meter));
    }
    if (shown.warning !== null && shown.warning !== this.#warned)
      this.announce(warningSentence(meter, shown.warning));
    this.#warned = shown.warning;
  }
}

function timeOf(shown: Face): string {
  if (shown.reservedMs === null) return shown.clock;
  return clock(Math.ceil(shown.reservedMs / 1000) * 1000);
}

function warningText(meter: Meter, shown: Face): string | null {
  if (shown.countdown !== null) return word("countdown", { n: shown.countdown });
  return shown.warning === null ? null : warningSentence(meter, shown.warning);
}

function warningSentence(meter: Meter, minutes: Warning): string {
  if (meter.ends_by === "reservation")
    return word(meter.reserved ? "warning_reserved" : "warning_next", { n: minutes });
  // Only the caller learns whose limit it is.
  if (meter.points_left === null) return word("warning_cast", { n: minutes });
  if (meter.ends_by === "cap") return word("warning_cap", { n: minutes });
  return word(meter.pays === "tab" ? "warning_tab" : "warning_points", { n: minutes });
}

function freeText(meter: Meter, shown: Face): string | null {
  if (shown.freeSeconds === null) return null;
  const left = meter.running ? ` · ${word("free_left", { n: shown.freeSeconds })}` : "";
  return freeNotice(meter) + left;
}

function unearnedText(shown: Face): string | null {
  return shown.unearned ? word("unearned") : null;
}

function freeNotice(meter: Meter): string {
  const key = meter.points_left === null ? "free_notice_cast" : "free_notice";
  return word(key, {
    free: length(meter.free_ms),
    at: clock(meter.free_ms),
    rate: grouped(meter.rate),
  });
}

function length(ms: number): string {
  return ms % 60_000 === 0
    ? word("minutes", { n: ms / 60_000 })
    : word("seconds", { n: Math.round(ms / 1000) });
}
