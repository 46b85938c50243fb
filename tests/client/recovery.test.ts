// What a side does while nothing of the other arrives: never for long, and never against the other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { flows, move, type Sight } from "../../web/client/wire/recovery";

const NOW = 100_000;

/** Both are seated, and on this connection nothing has arrived yet. */
function sight(change: Partial<Sight>): Sight {
  return {
    now: NOW,
    polite: false,
    present: true,
    askedAt: NOW - 60_000,
    answerMs: 0,
    madeAt: NOW - 500,
    stepAt: NOW - 500,
    lastAt: null,
    failed: false,
    waits: false,
    ...change,
  };
}

test("while media flow there is nothing to do, also when the other's socket has gone", () => {
  assert.equal(move(sight({ lastAt: NOW - 200 })), "wait");
  assert.equal(move(sight({ lastAt: NOW - 200, present: false })), "wait");
  assert.equal(flows(NOW, NOW - 200), true);
});

test("the socket is proved before the pair is given up", () => {
  assert.equal(move(sight({ lastAt: NOW - 900 })), "prove");
  assert.equal(move(sight({ lastAt: NOW - 1600 })), "ask");
  assert.equal(flows(NOW, NOW - 1600), false);
});

test("the polite side asks later than the other", () => {
  const stuck = { stepAt: NOW - 2100, madeAt: NOW - 2100 };
  assert.equal(move(sight(stuck)), "ask");
  assert.equal(move(sight({ ...stuck, polite: true })), "wait");
  assert.equal(move(sight({ ...stuck, stepAt: NOW - 2800, polite: true })), "ask");
});

test("a connection that comes nearer step by step is let be, but not for ever", () => {
  assert.equal(move(sight({ madeAt: NOW - 7000, stepAt: NOW - 300 })), "wait");
  assert.equal(move(sight({ madeAt: NOW - 8100, stepAt: NOW - 300 })), "ask");
});

test("through the relay, the other side's way there is waited for, and not for ever", () => {
  const stands = { waits: true, madeAt: NOW - 3900, stepAt: NOW - 3900 };
  assert.equal(move(sight(stands)), "wait");
  assert.equal(move(sight({ ...stands, waits: false })), "ask");
  assert.equal(move(sight({ ...stands, stepAt: NOW - 4100, madeAt: NOW - 4100 })), "ask");
});

test("retries never become rarer", () => {
  // Each attempt in vain is a new connection; the hundredth waits no longer than the first.
  for (let attempt = 0; attempt < 100; attempt++)
    assert.equal(move(sight({ madeAt: NOW - 2100, stepAt: NOW - 2100 })), "ask");
});

test("two questions are never closer than a second", () => {
  const failed = { failed: true, madeAt: NOW - 100, stepAt: NOW - 100 };
  assert.equal(move(sight({ ...failed, askedAt: NOW - 900 })), "wait");
  assert.equal(move(sight({ ...failed, askedAt: NOW - 1100 })), "ask");
  assert.equal(move(sight({ ...failed, askedAt: NOW - 1100, polite: true })), "wait");
});

test("a connection that failed is given up although something arrived before", () => {
  assert.equal(move(sight({ failed: true, lastAt: NOW - 1000, askedAt: NOW - 2000 })), "ask");
});

test("nobody is asked for who isn't there, but now and then one looks", () => {
  const alone = { present: false, lastAt: NOW - 30_000, stepAt: NOW - 30_000 };
  assert.equal(move(sight({ ...alone, askedAt: NOW - 3000 })), "wait");
  assert.equal(move(sight({ ...alone, askedAt: NOW - 4100 })), "look");
});

test("a slow machine gets longer for each step, by what it showed lately", () => {
  const slow = { answerMs: 1000, madeAt: NOW - 3900, stepAt: NOW - 3900 };
  assert.equal(move(sight(slow)), "wait");
  assert.equal(move(sight({ ...slow, stepAt: NOW - 4100 })), "ask");
  assert.equal(move(sight({ answerMs: 60_000, madeAt: NOW - 6100, stepAt: NOW - 6100 })), "ask");
});
