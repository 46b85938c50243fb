// Two sides on one line of time: which file covers a moment, and how a player comes into step.
import assert from "node:assert/strict";
import { test } from "node:test";

import { correction, lastBefore, type Piece, pieceAt } from "../../web/client/playback/timeline.ts";

const piece = (side: "caller" | "cast", at: number, seconds: number): Piece => ({
  side,
  at,
  seconds,
  src: `/${side}/${at}`,
  picture: true,
});
// The cast's begins later, stands still, and goes on in another part.
const PIECES = [piece("caller", 0, 20), piece("cast", 0.5, 6), piece("cast", 12, 8)];

test("each side has the file that covers the moment, and none in a gap", () => {
  const places = [0, 0.5, 6.4, 6.5, 11.9, 12, 19.9, 20];
  assert.deepEqual(
    places.map((at) => pieceAt(PIECES, "cast", at)?.at ?? null),
    [null, 0.5, 0.5, null, null, 12, 12, null],
  );
  assert.deepEqual(
    places.map((at) => pieceAt(PIECES, "caller", at)?.at ?? null),
    [0, 0, 0, 0, 0, 0, 0, null],
  );
});

test("where two files overlap the later one goes on", () => {
  const overlapping = [piece("cast", 0, 10.2), piece("cast", 10, 5)];
  assert.equal(pieceAt(overlapping, "cast", 10.1)?.at, 10);
});

test("whoever is far away jumps, and whoever is a little apart runs into step", () => {
  assert.deepEqual(correction(5, 5), { jump: false, pace: 1 });
  assert.deepEqual(correction(5.02, 5), { jump: false, pace: 1 });
  assert.equal(correction(5.2, 5).jump, false);
  assert.ok(correction(5.2, 5).pace < 1);
  assert.ok(correction(4.8, 5).pace > 1);
  assert.equal(correction(7, 5).jump, true);
  assert.equal(correction(0, 5).jump, true);
});

test("a pace brings a player into step, and never past the other side of it", () => {
  for (const apart of [0.3, -0.3, 0.05, -0.05]) {
    let actual = 10 + apart;
    let wanted = 10;
    for (let step = 0; step < 200; step += 1) {
      const { jump, pace } = correction(actual, wanted);
      assert.equal(jump, false);
      actual += 0.1 * pace;
      wanted += 0.1;
    }
    assert.ok(Math.abs(actual - wanted) < 0.04, `${apart}: ${actual - wanted}`);
  }
});

test("the line of the account is the last that has begun", () => {
  assert.deepEqual(
    [-1, 0, 3, 60, 99].map((at) => lastBefore([0, 60, 90], at)),
    [-1, 0, 0, 1, 2],
  );
});
