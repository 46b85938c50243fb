// What a passkey says travels as base64url: nothing of it may be lost on the way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, text } from "../../web/client/parts/base64url";

test("every byte comes back, whatever the length", () => {
  for (let length = 0; length < 70; length++) {
    const all = Uint8Array.from({ length }, (_, place) => (place * 37 + 250) % 256);
    const encoded = text(all.buffer);
    assert.match(encoded, /^[A-Za-z0-9_-]*$/);
    assert.deepEqual(bytes(encoded), all);
  }
});

test("it is written as the site writes it", () => {
  assert.equal(text(Uint8Array.of(251, 255, 254).buffer), "-__-");
  assert.deepEqual(bytes("-__-"), Uint8Array.of(251, 255, 254));
});
