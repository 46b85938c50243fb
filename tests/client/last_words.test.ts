// A message over the picture is short, whatever was written, and stays as long as it takes to read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST_CHARACTERS, readingMs, shortened } from "../../web/client/stage/last_words";

test("a short message is shown as it is, in one line", () => {
  assert.equal(shortened("  こんにちは\n\n<b>はるか</b>  です "), "こんにちは <b>はるか</b> です");
});

test("a long one is cut between two characters as people count them", () => {
  const family = "👨‍👩‍👧‍👦";
  const text = shortened(family.repeat(1000));
  const parts = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  assert.equal(parts.length, MOST_CHARACTERS);
  assert.deepEqual(new Set(parts), new Set([family, "…"]));
  // As many as fit are no more than fit, however long each is.
  assert.equal(shortened(family.repeat(MOST_CHARACTERS)), family.repeat(MOST_CHARACTERS));
});

test("one character that never ends is cut as well", () => {
  assert.ok(shortened(`a${"\u0301".repeat(8000)}`).length < 8000);
});

test("it is gone in time", () => {
  assert.ok(readingMs("") >= 5000);
  assert.ok(readingMs("あ".repeat(MOST_CHARACTERS)) <= 12_000);
  assert.ok(readingMs("長い文ほど長く") > readingMs("短い"));
});
