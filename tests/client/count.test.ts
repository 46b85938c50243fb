// A text's length is the one that the server counts, and what is too much is said in figures.
import assert from "node:assert/strict";
import { test } from "node:test";
import { lengthOf, told } from "../../web/client/parts/count";

test("characters are counted as the server counts them", () => {
  const counted: [string, boolean, number][] = [
    ["お茶の時間", false, 5],
    ["𠮷野家😀", false, 4],
    ["  a  b  ", false, 3],
    ["  a  b  ", true, 4],
    ["一行目\r\n二行目\n", true, 7],
    ["", true, 0],
  ];
  for (const [text, lines, length] of counted) assert.equal(lengthOf(text, lines), length);
});

test("what is too long is said, by how much", () => {
  const words = { over: "{n}文字多すぎます" };
  assert.equal(told(40, 40, words), "40 / 40");
  assert.equal(told(2041, 2000, words), "2,041 / 2,000 · 41文字多すぎます");
});
