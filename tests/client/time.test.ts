// The page's clock goes on while the machine sleeps, and whoever comes back is told anew.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { moment, onReturn, origin } from "../../web/client/time";

interface Clocks {
  /** The machine is awake for so many ms. */
  live(ms: number): void;
  /** It sleeps: the clock on the wall goes on, and the page's own stands still. */
  sleep(ms: number): void;
}

function clocks({ mock }: TestContext): Clocks {
  let [awake, wall] = [performance.now(), Date.now()];
  mock.method(performance, "now", () => awake);
  mock.method(Date, "now", () => wall);
  const sleep = (ms: number) => {
    wall += ms;
  };
  return {
    sleep,
    live: (ms) => {
      awake += ms;
      sleep(ms);
    },
  };
}

test("time that was slept has passed", (context) => {
  const { live, sleep } = clocks(context);
  const before = moment();
  live(1500);
  sleep(600_000);
  live(500);
  assert.equal(Math.round(moment() - before), 602_000);
  sleep(30_000);
  assert.equal(Math.round(moment() - before), 632_000);
});

test("a clock that is set back takes nothing away, and one that runs a little apart adds nothing", (context) => {
  const { live, sleep } = clocks(context);
  const before = moment();
  sleep(-3_600_000);
  live(1000);
  assert.equal(Math.round(moment() - before), 1000);
  for (let minute = 0; minute < 60; minute += 1) {
    sleep(100);
    live(60_000);
    moment();
  }
  assert.equal(Math.round(moment() - before), 3_601_000);
});

test("the browser's own timestamps are read by the same clock after a sleep", (context) => {
  const { live, sleep } = clocks(context);
  live(1000);
  sleep(40_000);
  const stamp = performance.timeOrigin + performance.now();
  assert.equal(Math.abs(origin() + moment() - stamp) < 0.01, true);
});

test("a return is told of when the page is seen again, shown again, or goes on after a freeze", () => {
  const handlers = new Map<string, () => void>();
  const page = { hidden: true };
  Object.assign(globalThis, {
    addEventListener: (name: string, handler: () => void) => handlers.set(name, handler),
    document: page,
  });
  let returns = 0;
  onReturn(() => {
    returns += 1;
  });
  handlers.get("visibilitychange")?.();
  assert.equal(returns, 0);
  page.hidden = false;
  for (const name of ["visibilitychange", "pageshow", "resume"]) handlers.get(name)?.();
  assert.equal(returns, 3);
});
