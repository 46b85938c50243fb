// The picture gives way to the voice: down at once, up again slowly, and never to and fro.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FIRST, Ladder, type Line, STEPS, VOICE_KBIT } from "../../web/client/wire/ladder";
import type { Uplink } from "../../web/client/wire/outgoing";

const REPORT_MS = 1000;

interface Weather {
  loss?: number;
  rtt?: number;
  /** kbit/s that the line carries; null: a browser that has no guess. */
  room?: number | null;
}

/** A sender on a line whose weather is told for so many seconds. */
class Sender {
  readonly ladder = new Ladder();
  readonly steps: number[] = [];
  readonly lines: Line[] = [];
  now = 0;

  get at(): number {
    return STEPS.indexOf(this.ladder.step);
  }

  /** kbit/s that go out: as much as the step allows and the line carries. */
  sent(room: number | null): number {
    const wanted = VOICE_KBIT + (this.ladder.step.picture ? this.ladder.step.kbit : 0);
    return Math.min(wanted, room ?? wanted);
  }

  live(seconds: number, { loss = 0, rtt = 40, room = null }: Weather): this {
    for (let i = 0; i < (seconds * 1000) / REPORT_MS; i += 1) {
      this.now += REPORT_MS;
      const sent = this.sent(room);
      const wanted = VOICE_KBIT + (this.ladder.step.picture ? this.ladder.step.kbit : 0);
      const look: Uplink = {
        at: this.now,
        loss,
        rtt,
        room: room === null ? null : room * 1000,
        sent: sent * 1000,
        limited: wanted > sent,
      };
      const [at, line] = [this.at, this.ladder.line];
      const changed = this.ladder.see(look);
      assert.equal(changed, at !== this.at || line !== this.ladder.line);
      if (at !== this.at) this.steps.push(this.at);
      if (line !== this.ladder.line) this.lines.push(this.ladder.line);
    }
    return this;
  }
}

/** A second or two later than the first moment at which it could have happened. */
const QUICK = 10;

test("a good line carries the whole picture, and nothing is said", () => {
  const sender = new Sender().live(60, { room: 4000 });
  assert.deepEqual([sender.steps, sender.at, sender.lines], [[0], 0, []]);
});

test("a browser without a guess gets there as well", () => {
  assert.equal(new Sender().live(60, {}).at, 0);
});

test("5 % loss keeps the picture", () => {
  const sender = new Sender().live(120, { loss: 0.05 });
  assert.deepEqual([sender.at, sender.lines], [0, []]);
});

test("20 % loss sends the voice alone, sooner than a picture counts as frozen", () => {
  const sender = new Sender().live(30, {});
  sender.live(2, { loss: 0.2 });
  assert.deepEqual([sender.ladder.step.picture, sender.lines], [false, ["voice"]]);
  // And it stays so: no picture is tried into it.
  sender.live(300, { loss: 0.2 });
  assert.deepEqual(sender.lines, ["voice"]);
});

test("one bad report is a coincidence", () => {
  const sender = new Sender().live(30, {});
  for (let i = 0; i < 20; i += 1) sender.live(1, { loss: 0.5, rtt: 3000 }).live(2, {});
  assert.deepEqual(sender.lines, []);
});

test("12 % loss makes the picture less, but leaves one", () => {
  const sender = new Sender().live(30, {}).live(300, { loss: 0.12 });
  assert.deepEqual([sender.at, sender.lines], [STEPS.length - 2, ["weak"]]);
  assert.ok(sender.ladder.step.picture);
});

test("on 256 kbit/s the smallest picture is left, the voice whole, and the word stands still", () => {
  const sender = new Sender().live(QUICK, { room: 256 });
  assert.equal(sender.at, STEPS.length - 2);
  assert.ok(VOICE_KBIT + sender.ladder.step.kbit < 256);
  sender.steps.length = 0;
  const minutes = 30;
  let least = 0;
  for (let second = 0; second < minutes * 60; second += 1) {
    sender.live(1, { room: 256 });
    if (sender.at === STEPS.length - 2) least += 1;
  }
  assert.ok(least / (minutes * 60) > 0.85, `${least} s`);
  // A try and its end, once a minute at most.
  assert.ok(sender.steps.length <= 2 * minutes, `${sender.steps.length} changes`);
  assert.ok(Math.min(...sender.steps) >= STEPS.length - 3);
  assert.deepEqual(sender.lines, ["weak"]);
});

test("100 kbit/s carry the voice alone", () => {
  const sender = new Sender().live(QUICK, { room: 100 });
  assert.deepEqual([sender.ladder.step.picture, sender.lines], [false, ["voice"]]);
});

test("packets that wait in a queue make the picture less, and those that wait long end it", () => {
  const sender = new Sender().live(30, { rtt: 300 });
  sender.live(3, { rtt: 1000 });
  assert.equal(sender.at, 1);
  sender.live(QUICK, { rtt: 1000 });
  assert.equal(sender.ladder.line, "weak");
  sender.live(2, { rtt: 2000 });
  assert.equal(sender.ladder.line, "voice");
});

test("a line that is long, and not full, is a good one", () => {
  const sender = new Sender().live(60, { rtt: 700 });
  assert.deepEqual([sender.at, sender.lines], [0, []]);
});

for (const [bad, weather] of [
  ["loss", { loss: 0.3 }],
  ["a narrow band", { room: 90 }],
  ["a queue", { rtt: 5000 }],
] as const)
  test(`after ${bad} the picture is whole again within two minutes`, () => {
    const sender = new Sender().live(30, {});
    for (let times = 0; times < 3; times += 1) {
      sender.live(120, weather);
      assert.equal(sender.ladder.line, "voice");
      sender.live(120, { room: 4000 });
      assert.deepEqual([sender.at, sender.ladder.line], [0, "good"]);
    }
  });

test("up goes slower than down", () => {
  const sender = new Sender().live(60, {}).live(30, { loss: 0.3 });
  sender.live(7, {});
  assert.equal(sender.at, STEPS.length - 1);
  sender.live(2, {});
  assert.equal(sender.at, STEPS.length - 2);
  // Not by leaps: each step has to hold.
  sender.live(6, {});
  assert.equal(sender.at, STEPS.length - 2);
});

test("a look that says nothing new changes nothing, however often it is taken", () => {
  const bad: Uplink = { at: 100, loss: 0.5, rtt: 9000, room: 10_000, sent: 9000, limited: true };
  const ladder = new Ladder();
  for (let i = 0; i < 100; i += 1) assert.equal(ladder.see(bad), false);
  assert.equal(ladder.see(null), false);
  assert.equal(ladder.step, STEPS[FIRST]);
});

test("time of which nothing was told is no good time", () => {
  const sender = new Sender().live(30, {}).live(10, { loss: 0.3 }).live(4, {});
  sender.now += 600_000;
  sender.live(1, {});
  assert.equal(sender.ladder.line, "voice");
});

for (const limited of [false, true])
  test(`who sends little is not taken for who can send little, ${limited ? "also" : "not"} held back`, () => {
    const ladder = new Ladder();
    const still = { loss: 0, rtt: 40, room: 150_000, sent: 80_000, limited };
    for (let second = 1; second < 60; second += 1) ladder.see({ ...still, at: second * 1000 });
    assert.equal(ladder.line, "good");
  });

test("a browser that feels its way up is not at its limit", () => {
  const sender = new Sender();
  for (let room = 100; room < 4000; room *= 1.08) sender.live(1, { room });
  sender.live(20, { room: 4000 });
  assert.deepEqual([sender.at, sender.lines], [0, []]);
});

test("one that feels its way to and fro has found it", () => {
  const sender = new Sender();
  for (let second = 0, room = 100; second < 60; second += 1) {
    sender.live(1, { room });
    room = room * 1.08 > 256 ? 200 : room * 1.08;
  }
  assert.deepEqual([sender.lines, sender.ladder.step.picture], [["weak"], true]);
  assert.ok(sender.at >= STEPS.length - 3);
});

test("one that is held back, and says so, has found the limit", () => {
  const lines = [false, true].map((limited) => {
    const ladder = new Ladder();
    const pressed = { loss: 0, rtt: 40, room: 250_000, sent: 175_000, limited };
    for (let second = 1; second < 9; second += 1) ladder.see({ ...pressed, at: second * 1000 });
    return ladder.line;
  });
  assert.deepEqual(lines, ["good", "weak"]);
});

test("over a new connection the step stands, and its first seconds say nothing of the room", () => {
  const sender = new Sender().live(20, { room: 256 });
  const at = sender.at;
  sender.ladder.renew();
  assert.equal(sender.at, at);
  sender.live(4, { room: 90 });
  assert.equal(sender.at, at);
  sender.live(4, { room: 90 });
  assert.equal(sender.ladder.line, "voice");
});
