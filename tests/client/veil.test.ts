import assert from "node:assert/strict";
import { test } from "node:test";
import { NOTHING_YET, type Scene, veilOf } from "../../web/client/stage/veil.ts";

const TALK: Scene = { ...NOTHING_YET, state: "talking", present: true };
const over = (change: Partial<Scene>) => veilOf({ ...TALK, ...change });

test("nothing lies over a talk that is proved", () => {
  assert.equal(over({}), null);
});

test("darkness is never without words", () => {
  assert.equal(over({ unproved: true }), "unproved");
  assert.equal(over({ unproved: true, stalled: true }), "stalled");
  assert.equal(over({ unproved: true, stalled: true, present: false }), "away");
  assert.equal(over({ unproved: true, offline: true }), "offline");
});

test("an end is told before all else, a refusal before that", () => {
  assert.equal(over({ state: "ended", unproved: true, offline: true, leaving: true }), "ended");
  assert.equal(over({ state: "ended", refused: "no" }), "refused");
});

test("while the meter stands, whose side it is for", () => {
  const stands = { state: "interrupted", why: "no_media" } as const;
  assert.equal(over({ ...stands, whose: "other" }), "unheard");
  assert.equal(over({ ...stands, whose: "mine" }), "stalled");
  assert.equal(over({ ...stands, why: "silent", whose: "other" }), "away");
  assert.equal(over({ ...stands, why: "reconnecting", whose: null }), "interrupted");
});
