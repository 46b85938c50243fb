// Of all tabs one has the voice; it rings until it is answered, for a minute at most, or once.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { trySound } from "../../web/client/devices/chime";
import { Voice } from "../../web/client/ring/sound";

const EVERY_MS = 4000;
const TONES = 3;

let tones = 0;
let shakes = 0;
let touched = true;
let now = 0;
let held: { name: string }[];
let waiting: (() => unknown)[];

class Node {
  readonly gain = { setValueAtTime() {}, exponentialRampToValueAtTime() {} };
  connect(next: unknown): unknown {
    return next;
  }
  start(): void {
    tones += 1;
  }
  stop(): void {}
}

class FakeContext {
  state = "running";
  currentTime = 0;
  destination = {};
  addEventListener(): void {}
  resume(): Promise<void> {
    return Promise.resolve();
  }
}

beforeEach(() => {
  tones = 0;
  shakes = 0;
  touched = true;
  now = 0;
  held = [];
  waiting = [];
  mock.timers.reset();
  mock.timers.enable({ apis: ["setInterval"] });
  const locks = {
    request: (name: string, then: () => unknown) => {
      const grant = () => {
        held.push({ name });
        return then();
      };
      if (held.length === 0) grant();
      else waiting.push(grant);
      return new Promise(() => undefined);
    },
    query: async () => ({ held }),
  };
  Object.assign(globalThis, {
    AudioContext: FakeContext,
    GainNode: Node,
    OscillatorNode: Node,
    addEventListener: () => undefined,
    window: globalThis,
  });
  Object.defineProperty(globalThis, "performance", {
    configurable: true,
    value: { now: () => now },
  });
  Object.defineProperty(globalThis, "navigator", {
    configurable: true,
    value: {
      locks,
      userActivation: {
        get hasBeenActive() {
          return touched;
        },
      },
      vibrate: () => {
        shakes += 1;
      },
    },
  });
});

/** A tab that may sound. */
function voice(): Voice {
  const made = new Voice("1");
  made.prepare(() => undefined);
  trySound();
  return made;
}

function pass(ms: number): void {
  for (let gone = 0; gone < ms; gone += EVERY_MS) {
    now += EVERY_MS;
    mock.timers.tick(EVERY_MS);
  }
}

test("what calls one rings again and again until it is answered", () => {
  const only = voice();
  only.ring(["turn:7:1"], []);
  pass(2 * EVERY_MS);
  assert.equal(tones, 3 * TONES);
  only.ring([], []);
  pass(2 * EVERY_MS);
  assert.equal(tones, 3 * TONES);
});

test("a phone shakes with each ring, once it has been touched", () => {
  const only = voice();
  only.ring(["turn:7:1"], []);
  pass(EVERY_MS);
  assert.equal(shakes, 2);
  touched = false;
  pass(EVERY_MS);
  assert.equal(shakes, 2);
});

test("nobody is rung for longer than a minute", () => {
  voice().ring(["turn:7:1"], []);
  pass(300_000);
  assert.equal(tones, 15 * TONES);
});

test("drawn anew, it is no other ring; another key is", () => {
  const only = voice();
  only.ring([], ["request:9"]);
  only.ring([], ["request:9"]);
  assert.equal(tones, TONES);
  only.ring([], ["request:9", "pause:3"]);
  assert.equal(tones, 2 * TONES);
  pass(3 * EVERY_MS);
  assert.equal(tones, 2 * TONES);
});

test("a tab without the voice is silent, and knows that another is heard", async () => {
  held = [{ name: "ring-voice-1" }];
  const silent = voice();
  silent.ring(["turn:7:1"], []);
  assert.equal(tones, 0);
  assert.equal(waiting.length, 1);
  assert.equal(await silent.heard(), true);
  held = [];
  assert.equal(await silent.heard(), false);
});
