// How much picture the own uplink bears: down at once, up again slowly. The voice always keeps its
// share. Pure: no clock, no connection.
import type { Uplink } from "./outgoing.ts";

/** What is sent of the picture: at most so many kbit/s, so many times smaller than it was taken, or none. */
export interface Step {
  kbit: number;
  smaller: number;
  picture: boolean;
}

export const STEPS: readonly Step[] = [
  { kbit: 1000, smaller: 1, picture: true },
  { kbit: 500, smaller: 1, picture: true },
  { kbit: 250, smaller: 1.5, picture: true },
  { kbit: 120, smaller: 2, picture: true },
  // Black takes next to nothing, and keeps the other side's reports coming.
  { kbit: 120, smaller: 2, picture: false },
];
/** A talk begins in the middle: what the line bears is not known yet. */
export const FIRST = 1;
/** From here down a person sees it. */
const SEEN = 2;
const LEAST = STEPS.length - 2;
const DARK = STEPS.length - 1;

/** The voice with its headers; it is never made less. */
export const VOICE_KBIT = 55;

/** Share of packets lost from which the picture gives way, and from which the voice alone is sent. */
const LOSSY = 0.1;
const BROKEN = 0.16;
/** Below this the picture may grow. Speech stays whole by its own spare at 5 %. */
const WHOLE = 0.07;
/** ms later than ever seen on this connection: packets wait in a queue. */
const QUEUED_MS = 600;
const STUCK_MS = 1500;
const PROMPT_MS = 300;
/** One that sends up to this share of the room knows its limit; less of it says only what was tried.
 * Where the browser itself says that it holds back, less is enough; alone its word says too little. */
const FULL = 0.8;
const HELD_BACK = 0.6;
const TIGHT = 0.9;
/** A guess that has grown by so much in so short a time is still on its way up. */
const GROWN = 1.05;
const GROWTH_MS = 3500;
const AMPLE = 1.3;

/** Two reports in a row say it: one may be a coincidence. */
const BAD_REPORTS = 2;
/** After any change the line needs so long to show what it does with it. */
const SETTLE_MS = 5000;
/** How long all must be well before the next step up; twice as long after each that failed. */
const CALM_MS = 8000;
const MOST_CALM_MS = 64_000;
/** A step up has held after this. */
const HELD_MS = 30_000;
/** The line is called good again after this, so that no try in vain is told. */
const SURE_MS = 10_000;
/** Reports further apart tell nothing of the time between them. */
const GAP_MS = 10_000;

/** `weak`: the picture has been made less for the line; `voice`: only the voice is sent. */
export type Line = "good" | "weak" | "voice";

export class Ladder {
  #at = FIRST;
  #changedAt: number | null = null;
  #climbedAt: number | null = null;
  #heardAt: number | null = null;
  #bad = 0;
  #calm = 0;
  #wait = CALM_MS;
  #leastRtt = Number.POSITIVE_INFINITY;
  #weak = false;
  #guesses: { at: number; room: number }[] = [];

  get step(): Step {
    return STEPS[this.#at] as Step;
  }

  get line(): Line {
    if (this.#at === DARK) return "voice";
    return this.#weak ? "weak" : "good";
  }

  /** Another connection: the step stands, and nothing is known yet of the way that it takes. */
  renew(): void {
    this.#changedAt = null;
    this.#heardAt = null;
    this.#bad = 0;
    this.#calm = 0;
    this.#leastRtt = Number.POSITIVE_INFINITY;
    this.#guesses = [];
  }

  /** Takes a look in; whether the step or the line changed by it. The same look twice changes nothing. */
  see(look: Uplink | null): boolean {
    if (!look || look.at === this.#heardAt) return false;
    const [step, line] = [this.#at, this.line];
    const passed = look.at - (this.#heardAt ?? look.at);
    this.#heardAt = look.at;
    this.#changedAt ??= look.at;
    if (look.rtt !== null) this.#leastRtt = Math.min(this.#leastRtt, look.rtt);
    this.#remember(look);
    if (!this.#falls(look)) this.#climbs(look, passed);
    return step !== this.#at || line !== this.line;
  }

  /** What a step up was worth shows only after a while. */
  #remember({ at: now, room }: Uplink): void {
    this.#guesses = this.#guesses.filter(({ at }) => now - at < GROWTH_MS);
    if (room !== null) this.#guesses.push({ at: now, room });
    if (this.#climbedAt !== null && now - this.#climbedAt > HELD_MS) {
      this.#climbedAt = null;
      this.#wait = CALM_MS;
    }
    if (this.#at < SEEN && now - (this.#changedAt ?? now) > SURE_MS) this.#weak = false;
  }

  #falls(look: Uplink): boolean {
    const goal = this.#goal(look);
    this.#bad = goal > this.#at ? this.#bad + 1 : 0;
    if (this.#bad < BAD_REPORTS) return false;
    // Tried in vain: the next try comes later.
    if (this.#climbedAt !== null) this.#wait = Math.min(this.#wait * 2, MOST_CALM_MS);
    this.#climbedAt = null;
    this.#stand(goal, look.at);
    return true;
  }

  /** Where the picture ought to stand by this look; where it stands, or above, is no reason to fall. */
  #goal(look: Uplink): number {
    const { loss } = look;
    const late = this.#late(look);
    if (loss >= BROKEN || late >= STUCK_MS) return DARK;
    if (look.at - (this.#changedAt ?? look.at) < SETTLE_MS) return this.#at;
    const lower = Math.min(this.#at + 1, Math.max(this.#at, LEAST));
    return Math.max(this.#fit(look), loss >= LOSSY || late >= QUEUED_MS ? lower : this.#at);
  }

  /** The largest picture for which there is room, where the browser knows that there is too little. */
  #fit(look: Uplink): number {
    const { room } = look;
    if (room === null || room >= need(this.step) * TIGHT) return this.#at;
    if (isIdle(look) || this.#grows(room)) return this.#at;
    const fits = STEPS.findIndex((step) => step.picture && need(step) <= room);
    if (fits >= 0) return fits;
    return room >= need(STEPS[LEAST] as Step) * TIGHT ? LEAST : DARK;
  }

  /** A browser feels its way up: what it has reached so far is no limit. */
  #grows(room: number): boolean {
    const [oldest] = this.#guesses;
    return oldest !== undefined && room >= oldest.room * GROWN;
  }

  #climbs(look: Uplink, passed: number): void {
    const above = STEPS[this.#at - 1];
    this.#calm = above && this.#isCalm(look) && passed <= GAP_MS ? this.#calm + passed : 0;
    if (!above) return;
    const ample = look.room !== null && look.room >= need(above) * AMPLE;
    if (this.#calm < (ample ? CALM_MS : this.#wait)) return;
    this.#climbedAt = look.at;
    this.#stand(this.#at - 1, look.at);
  }

  #isCalm(look: Uplink): boolean {
    const roomy = look.room === null || look.room >= need(this.step) || isIdle(look);
    return roomy && look.loss < WHOLE && this.#late(look) < PROMPT_MS;
  }

  #late({ rtt }: Uplink): number {
    return rtt === null ? 0 : rtt - this.#leastRtt;
  }

  #stand(step: number, now: number): void {
    this.#at = step;
    this.#weak ||= step >= SEEN;
    this.#changedAt = now;
    this.#bad = 0;
    this.#calm = 0;
  }
}

/** Who sends little knows little of what the line can carry: the browser's guess is then no limit. */
function isIdle({ room, sent, limited }: Uplink): boolean {
  return room === null || sent === null || sent < room * (limited ? HELD_BACK : FULL);
}

/** bit/s that a step needs, the voice included. */
function need({ kbit, picture }: Step): number {
  return (VOICE_KBIT + (picture ? kbit : 0)) * 1000;
}
