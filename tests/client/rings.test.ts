// What a page makes of what rings: which bars, which sound, and what is read from other tabs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { barsOf, NOTHING, type Place, type Rings, ringsOf } from "../../web/client/ring/rings";

const ENTERED = { key: "entered:5", talk_id: 5, name: "けんじ", seconds: 40 };
const ASKED = {
  key: "request:9",
  request_id: 9,
  name: "ゆき",
  count: 1,
  lapses_at: "2026-03-01T11:00:00+00:00",
};

function place(more: Partial<Place> = {}): Place {
  return {
    room_id: 3,
    name: "さくら",
    place: 1,
    waiting: 2,
    seconds: null,
    key: null,
    pause: null,
    ...more,
  };
}

function rings(more: Partial<Rings>): Rings {
  return { ...NOTHING, live: true, ...more };
}

test("the most urgent stands first, and each leads to where it is answered", () => {
  const turn = place({ seconds: 30, key: "turn:7:1" });
  const bars = barsOf(
    rings({ asked: ASKED, places: [place({ room_id: 4 }), turn], entered: ENTERED }),
    "/guide",
  );
  assert.deepEqual(
    bars.map(({ kind, href, sound }) => [kind, href, sound]),
    [
      ["entered", "/talks/5", "until"],
      ["turn", "/rooms/3/enter", "until"],
      ["waiting", "/rooms/4", "none"],
      ["asked", "/requests/9", "once"],
    ],
  );
});

test("in a talk nothing disturbs", () => {
  assert.deepEqual(barsOf(rings({ talking: true, asked: ASKED, places: [place()] }), "/"), []);
});

test("the first in line hears of a pause, the others read of it", () => {
  const paused = (number: number) =>
    barsOf(rings({ places: [place({ place: number, pause: 500 })] }), "/")[0];
  assert.deepEqual([paused(1)?.kind, paused(1)?.sound], ["pause", "once"]);
  assert.deepEqual([paused(2)?.kind, paused(2)?.sound], ["pause", "none"]);
});

test("a second turn is another ring than the first", () => {
  const key = (name: string) =>
    barsOf(rings({ places: [place({ seconds: 60, key: name })] }), "/")[0]?.key;
  assert.notEqual(key("turn:7:1"), key("turn:7:99"));
});

test("a page that is the answer still counts a turn down, and repeats nothing else", () => {
  const turn = rings({ places: [place({ seconds: 30, key: "turn:7:1" })] });
  assert.deepEqual(
    barsOf(turn, "/rooms/3/enter").map(({ kind, here }) => [kind, here]),
    [["turn", true]],
  );
  assert.deepEqual(barsOf(rings({ places: [place()] }), "/rooms/3"), []);
  assert.deepEqual(barsOf(rings({ asked: ASKED }), "/requests/9"), []);
});

test("many requests lead to their list", () => {
  const [bar] = barsOf(rings({ asked: { ...ASKED, count: 3 } }), "/");
  assert.equal(bar?.href, "/reservations?side=cast");
});

const APPLIED = {
  key: "applied:8",
  name: "けん",
  count: 1,
  wait_until: "2026-03-01T11:00:00+00:00",
};
const OWN = {
  key: "own:8:open",
  application_id: 8,
  room_id: 3,
  name: "さくら",
  seconds: null,
  wait_until: "2026-03-01T11:00:00+00:00",
  asked_again: false,
};

test("who is rung is called like one whose turn it is, and led to the way in", () => {
  const bars = (more: Partial<typeof OWN> & { seconds?: number | null }) =>
    barsOf(rings({ application: { ...OWN, ...more } }), "/").map(({ kind, href, sound }) => [
      kind,
      href,
      sound,
    ]);
  assert.deepEqual(bars({ key: "rung:8:1", seconds: 80 }), [["rung", "/rooms/3/enter", "until"]]);
  assert.deepEqual(bars({}), [["applying", "/applications/8", "none"]]);
  assert.deepEqual(bars({ asked_again: true }), [["invited", "/applications/8", "once"]]);
  const here = barsOf(rings({ application: { ...OWN, seconds: 80 } }), "/rooms/3/enter");
  assert.equal(here[0]?.here, true);
  assert.deepEqual(barsOf(rings({ application: OWN }), "/applications/8"), []);
});

test("a cast hears of each application once, and of an entry before it", () => {
  const bars = barsOf(rings({ applied: APPLIED, asked: ASKED, entered: ENTERED }), "/");
  assert.deepEqual(
    bars.map(({ kind, sound }) => [kind, sound]),
    [
      ["entered", "until"],
      ["applied", "once"],
      ["asked", "once"],
    ],
  );
});

test("what is none of ours is not read", () => {
  for (const value of [
    null,
    undefined,
    1,
    "x",
    [],
    {},
    { live: "yes", places: [] },
    { live: true },
  ])
    assert.equal(ringsOf(value), null);
  assert.deepEqual(ringsOf({ live: true, places: [] }), { ...NOTHING, live: true });
});
