// A beat says what is known, and says that nothing is known where that is so.
import assert from "node:assert/strict";
import { beforeEach, type TestContext, test } from "node:test";
import type { Beat } from "../../web/client/protocol";
import { moment, origin } from "../../web/client/time";
import { Beats } from "../../web/client/wire/beats";
import { Figures } from "../../web/client/wire/figures";

const NEVER = { received: 0, received_ago_ms: null, sent: 0, reported_ago_ms: null, on: true };

beforeEach(() => {
  Object.assign(globalThis, { document: { hidden: false } });
});

interface Desk {
  beats: Beats;
  told: Beat[];
  fail(times: number): void;
  at(ms: number): void;
  /** The machine sleeps: the page's own clock stands still. */
  sleep(ms: number): void;
}

/** Beats at a desk where time stands until it is told to pass. */
function desk({ mock }: TestContext, video: boolean | null = true): Desk {
  let now = 0;
  let slept = 0;
  let failures = 0;
  mock.method(performance, "now", () => now);
  mock.method(Date, "now", () => performance.timeOrigin + now + slept);
  const told: Beat[] = [];
  const deliver = async (beat: Beat) => {
    told.push(beat);
    if (failures-- > 0) throw new Error("no answer");
  };
  const beats = new Beats(
    () => undefined,
    deliver,
    () => ({ audio: true, video }),
  );
  return {
    beats,
    told,
    fail: (times) => {
      failures = times;
    },
    at: (ms) => {
      now = ms;
    },
    sleep: (ms) => {
      slept += ms;
    },
  };
}

function sound(bytesReceived: number, now: number, figures = new Figures()): Figures {
  const entries = [
    { type: "inbound-rtp", kind: "audio", bytesReceived },
    { type: "outbound-rtp", kind: "audio", bytesSent: bytesReceived * 2 },
  ];
  return figures.read(entries, now, 0);
}

test("without a connection a beat of the newest pair says zeros", async (context) => {
  const { beats, told } = desk(context);
  beats.renew(7);
  await beats.now();
  assert.deepEqual([told[0]?.pair, told[0]?.audio, told[0]?.video], [7, NEVER, NEVER]);
});

test("a new connection is told at once", async (context) => {
  const { beats, told } = desk(context, null);
  beats.renew(2);
  beats.count(new Figures());
  await beats.now();
  assert.deepEqual([told[0]?.pair, told[0]?.audio, told[0]?.video], [2, NEVER, null]);
});

test("figures count as told once they are acknowledged", async (context) => {
  const { beats, told, fail, at } = desk(context, null);
  beats.renew(1);
  const figures = sound(100, 0);
  beats.count(figures);
  await beats.now();
  fail(1);
  at(5000);
  sound(150, 5000, figures);
  await beats.now();
  at(6000);
  sound(180, 6000, figures);
  await beats.now();
  const received = told.map((beat) => [beat.audio?.received, beat.audio?.sent]);
  assert.deepEqual(received.slice(-2), [
    [50, 100],
    [80, 160],
  ]);
});

test("ages are told as of the beat", async (context) => {
  const { beats, told, at } = desk(context, null);
  beats.renew(1);
  beats.count(sound(100, 0));
  at(900);
  await beats.now();
  await beats.now();
  assert.equal(told.at(-1)?.audio?.received_ago_ms, 900);
});

test("a page that could not look says nothing of either kind", async (context) => {
  const { beats, told, at } = desk(context);
  beats.renew(1);
  beats.count(sound(100, 0));
  at(14_000);
  await beats.now();
  await beats.now();
  assert.deepEqual([told.at(-1)?.audio, told.at(-1)?.video], [null, null]);
});

test("nor does one that never came to look at its new connection", async (context) => {
  const { beats, told, at } = desk(context);
  beats.renew(1);
  beats.count(new Figures());
  at(14_000);
  await beats.now();
  await beats.now();
  assert.deepEqual([told.at(-1)?.audio, told.at(-1)?.video], [null, null]);
});

test("what came before a sleep is told to be as old as it is", async (context) => {
  const { beats, told, at, sleep } = desk(context, null);
  beats.renew(3);
  const figures = new Figures();
  beats.count(figures);
  at(1000);
  sound(500, moment(), figures);
  await beats.now();
  sleep(20_000);
  at(1200);
  const entries = [{ type: "inbound-rtp", kind: "audio", bytesReceived: 500 }];
  figures.read(entries, moment(), origin());
  await beats.now();
  const { received, received_ago_ms: ago } = told.at(-1)?.audio ?? {};
  assert.deepEqual([received, ago], [0, 20_200]);
});

test("of a new pair is told at once, however long its first figures take", async (context) => {
  const told: Beat[] = [];
  context.mock.method(performance, "now", () => 0);
  const beats = new Beats(
    () => new Promise(() => {}),
    async (beat) => {
      told.push(beat);
    },
    () => ({ audio: true, video: true }),
  );
  beats.renew(3);
  beats.count(new Figures());
  await new Promise((done) => setImmediate(done));
  assert.deepEqual([told[0]?.pair, told[0]?.audio, told[0]?.video], [3, NEVER, NEVER]);
});
