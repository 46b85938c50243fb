// A name keeps to itself in any script, and its first character is whole.
import assert from "node:assert/strict";
import { test } from "node:test";
import { initial, isolated } from "../../web/client/names";

test("a name that runs from right to left turns nothing around it", () => {
  assert.equal(isolated("שלום"), "\u2068שלום\u2069");
  assert.equal(isolated("\u2068שלום\u2069"), "\u2068שלום\u2069");
  for (const plain of ["みどり", "Yuki 2", "👨‍👩‍👧", "हिन्दी"]) assert.equal(isolated(plain), plain);
});

test("the first character is what people count as one", () => {
  const whole = [
    ["👨‍👩‍👧ゆき", "👨‍👩‍👧"],
    ["🇯🇵日本", "🇯🇵"],
    ["が", "が"],
    ["\u2068שלום\u2069", "ש"],
    ["", ""],
  ];
  for (const [name = "", first] of whole) assert.equal(initial(name), first);
});
