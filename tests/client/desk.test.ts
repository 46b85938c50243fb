import assert from "node:assert/strict";
import { test } from "node:test";
import { secondsLeft } from "../../web/client/desk/left";

test("a begun second counts, and none is less than nothing", () => {
  assert.equal(secondsLeft(10_000, 0), 10);
  assert.equal(secondsLeft(10_000, 1), 10);
  assert.equal(secondsLeft(10_000, 9_001), 1);
  assert.equal(secondsLeft(10_000, 10_000), 0);
  assert.equal(secondsLeft(500, 99_000), 0);
});
