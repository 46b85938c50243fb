// What becomes of a device is told once, and only what is news.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Troubles } from "../../web/client/devices/trouble";

test("a microphone that is lost, held and back is told each time, once", () => {
  const troubles = new Troubles();
  assert.deepEqual(troubles.see({ audio: "on" }), []);
  assert.deepEqual(troubles.see({ audio: "lost" }), [{ kind: "audio", became: "lost" }]);
  assert.deepEqual(troubles.see({ audio: "lost" }), []);
  assert.deepEqual(troubles.see({ audio: "on" }), [{ kind: "audio", became: "back" }]);
  assert.deepEqual(troubles.see({ audio: "held" }), [{ kind: "audio", became: "held" }]);
  assert.deepEqual(troubles.see({ audio: "off" }), [{ kind: "audio", became: "back" }]);
});

test("what its owner does is no news, and what was so from the beginning neither", () => {
  const troubles = new Troubles();
  assert.deepEqual(troubles.see({ audio: "lost", video: "off" }), []);
  assert.deepEqual(troubles.see({ audio: "lost", video: "on" }), []);
  assert.deepEqual(troubles.see({ audio: "lost", video: "off" }), []);
});

test("a camera that could not be turned on has told so already; a muted microphone that is lost has not", () => {
  const troubles = new Troubles();
  troubles.see({ audio: "off", video: "off" });
  const news = troubles.see({ audio: "lost", video: "lost" });
  assert.deepEqual(news, [{ kind: "audio", became: "lost" }]);
});

test("a device that isn't needed any more is forgotten", () => {
  const troubles = new Troubles();
  troubles.see({ audio: "on", video: "on" });
  troubles.see({ audio: "on" });
  assert.deepEqual(troubles.see({ audio: "on", video: "lost" }), []);
});
