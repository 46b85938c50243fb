// What the meter on the page shows: the server's figures, moved on by the time that has gone by.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  face,
  nextBoundary,
  position,
  type Reading,
  warningAt,
} from "../../web/client/stage/meter";
import { clock } from "../../web/client/time";

const METER = {
  state: "talking",
  connected_ms: 30_000,
  running: true,
  free_ms: 60_000,
  minute_ms: 60_000,
  rate: 100,
  charged_minutes: 0,
  cost: 0,
  earned: null,
  minute_earned: null,
  points_left: 500,
  paid_until_ms: 60_000,
  ends_ms: 360_000,
  ends_by: "points",
  return_ms: null,
  cap_minutes: null,
  end_reason: null,
  reserved: false,
  prepaid: 0,
  reserved_left_ms: null,
  go_on: null,
} as const;

function reading(change: object = {}): Reading {
  return { meter: { ...METER, ...change }, at: 1000 };
}

test("a running meter moves with the clock, a standing one does not", () => {
  assert.equal(position(reading(), 6000), 35_000);
  assert.equal(position(reading({ running: false }), 6000), 30_000);
});

test("it never runs past the end that the server announced, nor backwards", () => {
  assert.equal(position(reading(), 1_000_000), 360_000);
  assert.equal(position(reading(), 0), 30_000);
});

test("the next boundary is the end of the free time, then of each paid minute", () => {
  assert.equal(nextBoundary(reading(), 1000), 60_000);
  const paid = { connected_ms: 61_000, charged_minutes: 1, paid_until_ms: 120_000 };
  assert.equal(nextBoundary(reading(paid), 1000), 120_000);
  assert.equal(nextBoundary(reading({ running: false }), 1000), null);
});

test("both are warned at five, three and one minutes", () => {
  assert.equal(warningAt(300_001, 60_000), null);
  assert.equal(warningAt(300_000, 60_000), 5);
  assert.equal(warningAt(180_000, 60_000), 3);
  assert.equal(warningAt(60_000, 60_000), 1);
  assert.equal(warningAt(null, 60_000), null);
});

test("a talk without an end in sight warns of none", () => {
  const endless = reading({ ends_ms: null, ends_by: null });
  const { warning, countdown, clock: shown } = face(endless, 1_000_000);
  assert.deepEqual([warning, countdown, shown], [null, null, "17:09"]);
});

test("the last minute counts down", () => {
  const last = face(reading({ connected_ms: 330_000 }), 1000);
  assert.equal(last.countdown, 30);
  assert.equal(last.warning, 1);
  assert.equal(face(reading(), 1000).countdown, null);
});

test("the free time that is left is told until it is over", () => {
  assert.equal(face(reading(), 1000).freeSeconds, 30);
  assert.equal(face(reading({ connected_ms: 60_000 }), 1000).freeSeconds, null);
});

test("while interrupted the seconds to come back are told", () => {
  const away = reading({ state: "interrupted", running: false, return_ms: 80_000 });
  assert.equal(face(away, 11_000).returnSeconds, 70);
  assert.equal(face(away, 999_000).returnSeconds, 0);
});

test("times are written as clocks write them", () => {
  assert.equal(clock(5_000), "0:05");
  assert.equal(clock(65_999), "1:05");
  assert.equal(clock(3_723_000), "1:02:03");
});

const RESERVED = {
  reserved: true,
  prepaid: 3000,
  reserved_left_ms: 60_000,
  free_ms: 1_800_000,
  ends_ms: 90_000,
  ends_by: "reservation",
  go_on: { mine: false, other: false },
};

test("a reserved talk has no free time to tell, but the time to its end", () => {
  const shown = face(reading(RESERVED), 11_000);
  assert.equal(shown.freeSeconds, null);
  assert.equal(shown.reservedMs, 50_000);
  assert.equal(shown.warning, 1);
  assert.equal(face(reading(), 11_000).reservedMs, null);
});

test("a reservation ends by the clock on the wall, also while the meter stands", () => {
  const standing = reading({ ...RESERVED, running: false, state: "interrupted" });
  assert.equal(position(standing, 21_000), 30_000);
  assert.equal(face(standing, 21_000).leftMs, 40_000);
  assert.equal(face(standing, 999_000).leftMs, 0);
});

test("once both want to go on, the time to the reserved end is told beside the later one", () => {
  const agreed = { ...RESERVED, ends_ms: 900_000, ends_by: "points" };
  const shown = face(reading(agreed), 11_000);
  assert.equal(shown.reservedMs, 50_000);
  assert.equal(shown.warning, null);
});

test("a talk before the next reservation is bounded by it, without being reserved itself", () => {
  const bounded = face(
    reading({ ...RESERVED, reserved: false, reserved_left_ms: null, go_on: null }),
    1000,
  );
  assert.equal(bounded.reservedMs, null);
  assert.equal(bounded.leftMs, 60_000);
});

test("the cast sees which minute earns nothing, and only while it is by the minute", () => {
  assert.equal(face(reading({ minute_earned: 0 }), 1000).unearned, true);
  assert.equal(face(reading({ minute_earned: 70 }), 1000).unearned, false);
  assert.equal(face(reading({ minute_earned: 0, reserved: true }), 1000).unearned, false);
  assert.equal(face(reading(), 1000).unearned, false);
});
