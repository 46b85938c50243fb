// Looks at a page that changes follow each other: none overtakes another, and none is lost.
import assert from "node:assert/strict";
import test from "node:test";

const timers: (() => void)[] = [];
Object.assign(globalThis, {
  document: { addEventListener: () => {}, hidden: false },
  window: {
    setTimeout: (run: () => void) => timers.push(run),
    clearTimeout: () => {},
    setInterval: () => 0,
  },
});

test("a change during a look is looked at after it, once", async () => {
  const { looking } = await import("../../web/client/parts/newer.ts");
  const answers: (() => void)[] = [];
  let going = 0;
  let most = 0;
  const soon = looking(async () => {
    going += 1;
    most = Math.max(most, going);
    await new Promise<void>((answer) => answers.push(answer));
    going -= 1;
  });
  const ask = () => {
    soon();
    timers.pop()?.();
  };
  ask();
  ask();
  ask();
  assert.equal(answers.length, 1);
  answers.pop()?.();
  await new Promise((turn) => setImmediate(turn));
  assert.equal(answers.length, 1);
  answers.pop()?.();
  await new Promise((turn) => setImmediate(turn));
  assert.equal(answers.length, 0);
  assert.equal(most, 1);
});
