// What a side tells of its devices is understood by pages of before and after.
import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, parseNote } from "../../web/client/wire/note";

test("a note arrives as it was sent", () => {
  for (const note of [
    { mic: "on", camera: "held" },
    { mic: "lost", camera: "off" },
  ] as const)
    assert.deepEqual(parseNote(encode(note)), note);
});

test("a page of before reads on and off of it, and its own notes are read", () => {
  const { mic, camera } = JSON.parse(encode({ mic: "on", camera: "held" }));
  assert.deepEqual([mic, camera], [true, false]);
  assert.deepEqual(parseNote('{"mic":true,"camera":false}'), { mic: "on", camera: "off" });
});

test("what is no note is none, and a state that nobody knows is off", () => {
  for (const data of ["", "null", "{", undefined]) assert.equal(parseNote(data), null);
  const told = '{"mic":"yes","mic_state":"<b>","camera_state":"held"}';
  assert.deepEqual(parseNote(told), { mic: "off", camera: "held" });
});
