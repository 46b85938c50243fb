// What a room on stand-by needs must work, and what doesn't is said once, in words.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { DeviceState, Kind } from "../../web/client/devices/capture";
import type { Media } from "../../web/client/devices/media";
import { StandbyDevices } from "../../web/client/devices/standby";

const page = { hidden: false, getElementById: () => null };

let states: Record<Kind, DeviceState>;

beforeEach(() => {
  page.hidden = false;
  states = { audio: "on", video: "on" };
  Object.assign(globalThis, { document: page });
});

function devices(...needed: Kind[]): StandbyDevices {
  const media = { state: (kind: Kind) => states[kind], unanswered: false };
  return new StandbyDevices(media as unknown as Media, () => needed);
}

test("a room of voices needs no camera", () => {
  states.video = "lost";
  assert.equal(devices("audio").usable, true);
  assert.equal(devices("audio", "video").usable, false);
});

test("what goes wrong is news once, and stays wrong until it works", () => {
  const both = devices("audio", "video");
  assert.equal(both.news(), "");
  states = { audio: "held", video: "lost" };
  assert.equal(both.news(), "audio_held video_lost");
  assert.equal(both.news(), "");
  assert.equal(both.wrong(), "audio_held video_lost");
  states = { audio: "on", video: "on" };
  assert.deepEqual([both.news(), both.wrong(), both.usable], ["", "", true]);
});

test("a phone holds the camera of a page that nobody looks at, and gives it back", () => {
  const both = devices("audio", "video");
  both.news();
  page.hidden = true;
  states.video = "held";
  assert.deepEqual([both.news(), both.usable], ["", true]);
  // Held still while somebody looks, it is as good as lost; a microphone is so at once.
  page.hidden = false;
  assert.deepEqual([both.news(), both.usable], ["video_held", false]);
  page.hidden = true;
  states = { audio: "held", video: "on" };
  assert.deepEqual([both.news(), both.usable], ["audio_held", false]);
});
