// A newer page's lines among those that stand there: each once, in order, and nothing lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { lengthOf } from "../../web/client/parts/composer";
import { merged } from "../../web/client/parts/merging";

const line = (key: string, order = Number(key)) => ({ key, order });

test("what is new comes in its order, what stood there stays", () => {
  const standing = [line("day-a", 0.5), line("1"), line("2")];
  const newer = [line("day-b", 1.5), line("2"), line("day-c", 2.5), line("3")];
  assert.deepEqual(merged(standing, newer), ["day-a", "1", "day-b", "2", "day-c", "3"]);
});

test("an older page brings a day's beginning with it", () => {
  const standing = [line("day-a", 49.5), line("50"), line("51")];
  const older = [line("day-a", 9.5), line("10"), line("49")];
  assert.deepEqual(merged(standing, older), ["day-a", "10", "49", "50", "51"]);
});

test("the same page twice changes nothing", () => {
  const standing = [line("day-a", 0.5), line("1"), line("2")];
  assert.deepEqual(merged(standing, standing), ["day-a", "1", "2"]);
});

test("a message is as long as the site counts it", () => {
  assert.equal(lengthOf("あ\r\nい"), 3);
  assert.equal(lengthOf("  👍  "), 1);
  assert.equal(lengthOf("\n\n"), 0);
});
