// A page that is turned away says why, stays away as long as it is told, and never hammers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Hold } from "../../web/client/hold";

const FULL = { message: "満員です", wait_ms: 20_000 };

test("a page waits at least as long as it is told, and not all as long as each other", () => {
  const [early, late] = [new Hold(), new Hold()];
  early.turnedAway(FULL, 1000, 0);
  late.turnedAway(FULL, 1000, 0.9);
  assert.equal(early.left(1000), 20_000);
  assert.equal(early.left(11_000), 10_000);
  assert.equal(late.left(1000), 38_000);
  assert.equal(early.words, "満員です");
});

test("each time again it waits longer, up to a bound", () => {
  const hold = new Hold();
  const waits = [0, 1, 2, 3].map(() => {
    hold.turnedAway(FULL, 0, 0);
    return hold.left(0);
  });
  assert.deepEqual(waits, [20_000, 40_000, 60_000, 60_000]);
});

test("a moment's trouble has no words, and keeps nobody from a talk for long", () => {
  const hold = new Hold();
  for (let time = 0; time < 20; time++) hold.turnedAway({ message: "", wait_ms: 2000 }, 0, 0.99);
  assert.equal(hold.words, "");
  assert.ok(hold.left(0) < 4000);
});

test("whatever the server says, the wait is a bounded one", () => {
  for (const wait_ms of [-1, Number.NaN, "soon", null, undefined]) {
    const hold = new Hold();
    hold.turnedAway({ message: 5, wait_ms }, 0, 0);
    assert.equal(hold.left(0), 2000);
    assert.equal(hold.words, "");
  }
  const hold = new Hold();
  hold.turnedAway({ message: "x", wait_ms: Number.POSITIVE_INFINITY }, 0, 0.99);
  assert.ok(hold.left(0) <= 120_000);
});

test("once connected there is nothing to wait for, and nothing to say", () => {
  const hold = new Hold();
  hold.turnedAway(FULL, 0, 0.5);
  hold.turnedAway(FULL, 0, 0.5);
  hold.connected();
  assert.equal(hold.left(0), 0);
  assert.equal(hold.words, "");
  hold.turnedAway(FULL, 0, 0);
  assert.equal(hold.left(0), 20_000);
});

const WINDOWS = { code: "too_many_windows", message: "画面が多すぎます", wait_ms: 20_000 };

test("the page before may still be letting go: the first time too many is asked again soon", () => {
  const hold = new Hold();
  hold.turnedAway(WINDOWS, 0, 0);
  assert.equal(hold.words, "");
  assert.equal(hold.left(0), 2000);
  hold.turnedAway(WINDOWS, 2000, 0);
  assert.equal(hold.words, "画面が多すぎます");
  assert.equal(hold.left(2000), 40_000);
});

test("who gave way says so at once, and stays away, also after coming back", () => {
  const hold = new Hold();
  for (let time = 0; time < 3; time++) {
    hold.gaveWay(WINDOWS, 0, 0);
    assert.equal(hold.words, "画面が多すぎます");
    assert.equal(hold.left(0), 20_000);
    hold.connected();
  }
});
