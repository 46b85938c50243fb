// The beats: what this side receives and what it holds of the other's reports, told every few seconds
// and exactly when a minute falls due.

import type { Beat, Flow } from "../protocol.ts";
import { moment } from "../time.ts";
import { after } from "./farewell.ts";
import type { Figures, KindFigures } from "./figures.ts";

/** No beat waits longer for the statistics. */
const LOOK_MS = 1000;
/** Older figures say nothing any more, neither that media arrive nor that none do. */
const STALE_MS = 1500;

/** Whether one's own microphone and camera are live, and not switched off; null: there is no picture. */
export interface Own {
  audio: boolean;
  video: boolean | null;
}

interface Told {
  packets: number;
  lost: number;
  audio: Amounts;
  video: Amounts;
}

type Amounts = Pick<KindFigures, "received" | "sent">;

const NONE: Amounts = { received: 0, sent: 0 };
const NOTHING: Told = { packets: 0, lost: 0, audio: NONE, video: NONE };

export class Beats {
  #pair = 0;
  #begunAt = 0;
  #figures: Figures | undefined;
  #told = NOTHING;
  #everyMs = 0;
  #every: ReturnType<typeof setInterval> | undefined;
  #boundary: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> | undefined;
  #again = false;

  /**
   * `look` reads what has arrived up to now. `deliver` resolves once the server has acknowledged;
   * only then the figures count as told.
   */
  constructor(
    private readonly look: () => Promise<void> | undefined,
    private readonly deliver: (beat: Beat) => Promise<void>,
    private readonly own: () => Own,
  ) {}

  /** From now on a beat every so many ms. */
  every(ms: number): void {
    if (ms === this.#everyMs) return;
    this.#everyMs = ms;
    clearInterval(this.#every);
    this.#every = setInterval(() => void this.now(), ms);
  }

  /** A new pair counts from zero, also while there is no connection to look at. */
  renew(pair: number): void {
    if (pair === this.#pair) return;
    this.#pair = pair;
    this.#figures = undefined;
    this.#told = NOTHING;
  }

  /** The pair's connection is made: from here on these are its figures. */
  count(figures: Figures): void {
    this.#figures = figures;
    this.#begunAt = moment();
    // There is nothing to look at yet, and the pair is dark until both have told of it.
    void this.now(false);
  }

  /** Plans the extra beat at the next meter boundary. Both are positions in ms; `here` is the present one. */
  due(boundary: number | null, here: number): void {
    clearTimeout(this.#timer);
    // The server's word may overtake the timer; the evidence is owed all the same.
    const overtaken = this.#boundary !== null && here >= this.#boundary;
    this.#boundary = boundary;
    if (overtaken) void this.now();
    if (boundary === null) return;
    // A timer may fire a millisecond early, and early evidence pays for nothing.
    this.#timer = setTimeout(() => this.#reach(), boundary - here + 5);
  }

  #reach(): void {
    this.#boundary = null;
    void this.now();
  }

  /** Never two at once: a second call while one is on its way sends one more after it. */
  now(look = true): Promise<void> {
    if (this.#sending) {
      this.#again = true;
      return this.#sending;
    }
    this.#sending = this.#send(look).finally(() => {
      this.#sending = undefined;
      if (!this.#again) return;
      this.#again = false;
      void this.now();
    });
    return this.#sending;
  }

  /** The last word on a pair, as far as it is known: at once, and not waited for. */
  last(): void {
    void this.deliver(this.#beat()).catch(() => {});
  }

  async #send(look: boolean): Promise<void> {
    try {
      if (look) await Promise.race([this.look(), after(LOOK_MS)]);
      const [pair, now] = [this.#pair, amounts(this.#figures)];
      await this.deliver(this.#beat());
      if (pair === this.#pair) this.#told = now;
    } catch {
      // Not acknowledged: the next beat carries these figures too.
    }
  }

  #beat(): Beat {
    const [now, told, own] = [amounts(this.#figures), this.#told, this.own()];
    return {
      pair: this.#pair,
      audio: this.#flow("audio", own.audio),
      video: own.video === null ? null : this.#flow("video", own.video),
      packets: Math.max(0, now.packets - told.packets),
      lost: Math.max(0, now.lost - told.lost),
      rtt_ms: this.#figures?.rtt ?? 0,
      hidden: document.hidden,
    };
  }

  /** What is to be told of one kind; null where nothing is known just now. */
  #flow(kind: "audio" | "video", on: boolean): Flow | null {
    const now = moment();
    const figures = this.#figures;
    const nothing = { received: 0, received_ago_ms: null, sent: 0, reported_ago_ms: null, on };
    if (!figures) return nothing;
    if (now - (figures.lookedAt ?? this.#begunAt) > STALE_MS) return null;
    if (figures.lookedAt === null) return nothing;
    const { received, receivedAt, sent, reportedAt } = figures[kind];
    const told = this.#told[kind];
    return {
      received: Math.max(0, received - told.received),
      received_ago_ms: age(now, receivedAt),
      sent: Math.max(0, sent - told.sent),
      reported_ago_ms: age(now, reportedAt),
      on,
    };
  }

  stop(): void {
    clearInterval(this.#every);
    clearTimeout(this.#timer);
    this.#everyMs = 0;
  }
}

/** The totals as they are at this moment; the figures themselves go on. */
function amounts(figures: Figures | undefined): Told {
  if (!figures) return NOTHING;
  const { packets, lost, audio, video } = figures;
  const of = ({ received, sent }: KindFigures) => ({ received, sent });
  return { packets, lost, audio: of(audio), video: of(video) };
}

function age(now: number, moment: number | null): number | null {
  return moment === null ? null : Math.max(0, Math.round(now - moment));
}
