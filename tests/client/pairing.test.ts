// Two who sit down at the same moment must find each other, in whatever order the news arrives.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Pairing } from "../../web/client/wire/pairing";

function seen(pairing: Pairing): [number, boolean] {
  return [pairing.pair, pairing.present];
}

test("news of a newer pair may overtake the answer to one's own join", () => {
  const pairing = new Pairing();
  pairing.asking();
  pairing.hear({ pair: 2, present: true });
  pairing.answered({ pair: 1, peer: false });
  assert.deepEqual(seen(pairing), [2, true]);
});

test("news of the same pair may overtake the answer too", () => {
  const pairing = new Pairing();
  pairing.asking();
  pairing.hear({ pair: 1, present: true });
  pairing.answered({ pair: 1, peer: false });
  assert.deepEqual(seen(pairing), [1, true]);
});

test("without news the answer counts", () => {
  const pairing = new Pairing();
  pairing.hear({ pair: 1, present: true });
  pairing.asking();
  pairing.answered({ pair: 1, peer: false });
  assert.deepEqual(seen(pairing), [1, false]);
});

test("an older pair changes nothing", () => {
  const pairing = new Pairing();
  pairing.answered({ pair: 3, peer: false });
  pairing.hear({ pair: 2, present: true });
  assert.deepEqual(seen(pairing), [3, false]);
  pairing.answered({ pair: 2, peer: true });
  assert.equal(pairing.pair, 3);
});

test("whoever goes is gone, and the pair stays", () => {
  const pairing = new Pairing();
  pairing.answered({ pair: 3, peer: true });
  pairing.hear({ pair: 0, present: false });
  assert.deepEqual(seen(pairing), [3, false]);
});

test("early signals wait for their pair", () => {
  const pairing = new Pairing();
  pairing.keep({ pair: 1 });
  pairing.keep({ pair: 2 });
  pairing.hear({ pair: 2, present: true });
  assert.deepEqual(pairing.kept(), [{ pair: 2 }]);
  assert.deepEqual(pairing.kept(), []);
});

test("a signal of a newer pair tells that the other side is there, also when that news was lost", () => {
  const pairing = new Pairing();
  pairing.answered({ pair: 3, peer: false });
  pairing.keep({ pair: 4 });
  assert.deepEqual(seen(pairing), [4, true]);
  pairing.keep({ pair: 2 });
  assert.deepEqual(seen(pairing), [4, true]);
});
