// What the meter shows. Pure: no clock, no page. Money is only repeated from the server's figures.
import type { Meter } from "../protocol";
import { clock } from "../time.ts";

/** Minutes before the end at which both sides are told. */
export const WARNING_MINUTES = [1, 3, 5] as const;
export type Warning = (typeof WARNING_MINUTES)[number];

/** A meter as it came, with the local time (ms, monotonic) at which it came. */
export interface Reading {
  meter: Meter;
  at: number;
}

export interface Face {
  /** Connected time in ms. */
  position: number;
  clock: string;
  cost: number;
  earned: number | null;
  /** Whether the minute that runs was paid by given points, of which the cast earns nothing. */
  unearned: boolean;
  pointsLeft: number | null;
  /** Time to the reserved end by the clock on the wall, null where there is none. */
  reservedMs: number | null;
  /** Seconds of free time left, null once it is over. */
  freeSeconds: number | null;
  warning: Warning | null;
  /** Meter time to the end, null while none is in sight. */
  leftMs: number | null;
  /** Seconds to the end, only in the last minute. */
  countdown: number | null;
  /** Seconds left to come back, only while interrupted. */
  returnSeconds: number | null;
}

/** Where the meter stands now. It never runs past the end that the server announced. */
export function position({ meter, at }: Reading, now: number): number {
  if (!meter.running) return meter.connected_ms;
  const reached = meter.connected_ms + Math.max(0, now - at);
  return meter.ends_ms === null
    ? reached
    : Math.min(reached, Math.max(meter.ends_ms, meter.connected_ms));
}

/** The next position at which a minute falls due, so that a beat can bring its evidence at once. */
export function nextBoundary(reading: Reading, now: number): number | null {
  const { meter } = reading;
  if (!meter.running) return null;
  const here = position(reading, now);
  const ahead = [meter.free_ms, meter.paid_until_ms].filter((boundary) => boundary > here);
  return ahead.length > 0 ? Math.min(...ahead) : null;
}

/** The tightest warning that holds at `left` ms before the end. */
export function warningAt(left: number | null, minuteMs: number): Warning | null {
  if (left === null) return null;
  return WARNING_MINUTES.find((minutes) => left <= minutes * minuteMs) ?? null;
}

export function face(reading: Reading, now: number): Face {
  const { meter } = reading;
  const here = position(reading, now);
  const left = leftOf(reading, now);
  const warning = warningAt(left, meter.minute_ms);
  return {
    position: here,
    clock: clock(here),
    cost: meter.cost,
    earned: meter.earned,
    unearned: meter.minute_earned === 0 && !meter.reserved,
    pointsLeft: meter.points_left,
    reservedMs: reservedMs(reading, now),
    freeSeconds:
      !meter.reserved && here < meter.free_ms ? Math.ceil((meter.free_ms - here) / 1000) : null,
    warning,
    leftMs: left,
    countdown: warning === 1 && left !== null ? Math.ceil(left / 1000) : null,
    returnSeconds: returnSeconds(reading, now),
  };
}

function reservedMs({ meter, at }: Reading, now: number): number | null {
  if (meter.reserved_left_ms === null) return null;
  return Math.max(0, meter.reserved_left_ms - Math.max(0, now - at));
}

/** A reservation ends by the clock on the wall, also while the meter stands. */
function leftOf(reading: Reading, now: number): number | null {
  const { meter, at } = reading;
  if (meter.ends_ms === null) return null;
  const here =
    meter.ends_by === "reservation"
      ? meter.connected_ms + Math.max(0, now - at)
      : position(reading, now);
  return Math.max(0, meter.ends_ms - here);
}

function returnSeconds({ meter, at }: Reading, now: number): number | null {
  if (meter.state !== "interrupted" || meter.return_ms === null) return null;
  return Math.max(0, Math.ceil((meter.return_ms - (now - at)) / 1000));
}
