// What a phone has stopped goes on by itself, or asks for a touch.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Playing } from "../../web/client/stage/playing";

class FakeVideo extends EventTarget {
  srcObject: unknown = { active: true };
  paused = true;
  plays = 0;
  refusal: string | null = null;
  async play(): Promise<void> {
    this.plays += 1;
    if (this.refusal) throw Object.assign(new Error(""), { name: this.refusal });
    this.paused = false;
  }
  stop(): void {
    this.paused = true;
    this.dispatchEvent(new Event("pause"));
  }
}

let page: EventTarget;

beforeEach(() => {
  page = new EventTarget();
  Object.assign(globalThis, {
    document: { hidden: false },
    addEventListener: page.addEventListener.bind(page),
  });
});

function playing(): [FakeVideo, Playing, boolean[]] {
  const video = new FakeVideo();
  const blocked: boolean[] = [];
  const made = new Playing(video as unknown as HTMLVideoElement, (now) => blocked.push(now));
  return [video, made, blocked];
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

test("a browser that wants a touch is told of, and goes on with one", async () => {
  const [video, made, blocked] = playing();
  video.refusal = "NotAllowedError";
  await made.play();
  assert.deepEqual(blocked, [true]);
  video.refusal = null;
  await made.play();
  assert.deepEqual(blocked, [true, false]);
});

test("a stream that was replaced meanwhile asks for no touch", async () => {
  const [video, made, blocked] = playing();
  video.refusal = "AbortError";
  await made.play();
  assert.deepEqual(blocked, []);
});

test("what the system has stopped goes on; stopped again at once, it asks for a touch", async () => {
  mock.method(performance, "now", () => 5000);
  const [video, made, blocked] = playing();
  await made.play();
  video.stop();
  await settle();
  assert.deepEqual([video.paused, video.plays], [false, 2]);
  video.stop();
  await settle();
  assert.deepEqual([video.paused, video.plays, blocked.at(-1)], [true, 2, true]);
  mock.restoreAll();
});

test("what stopped in the background goes on with the return", async () => {
  const [video, made] = playing();
  await made.play();
  Object.assign(globalThis, { document: { hidden: true } });
  video.stop();
  await settle();
  assert.equal(video.paused, true);
  Object.assign(globalThis, { document: { hidden: false } });
  page.dispatchEvent(new Event("visibilitychange"));
  await settle();
  assert.equal(video.paused, false);
});

test("an ended stream, and an ended talk, are left alone", async () => {
  const [video, made] = playing();
  await made.play();
  video.srcObject = { active: false };
  video.stop();
  video.srcObject = { active: true };
  made.close();
  video.stop();
  page.dispatchEvent(new Event("pageshow"));
  await settle();
  assert.equal(video.plays, 1);
});
