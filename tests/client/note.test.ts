// What a side tells of its devices is understood by pages of before and after.
import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, parseNote } from "../../web/client/wire/note";

test("a note arrives as it was sent", () => {
  for (const note of [
    { mic: "on", camera: "held", weak: false },
    { mic: "lost", camera: "off", weak: false },
    { mic: "on", camera: "weak", weak: true },
    { mic: "on", camera: "on", weak: true },
  ] as const)
    assert.deepEqual(parseNote(encode(note)), note);
});

test("a page of before reads on and off of it, and its own notes are read", () => {
  const { mic, camera } = JSON.parse(encode({ mic: "on", camera: "held", weak: false }));
  assert.deepEqual([mic, camera], [true, false]);
  const before = parseNote('{"mic":true,"camera":false}');
  assert.deepEqual(before, { mic: "on", camera: "off", weak: false });
  // One that knows of no weak line shows no black in its place.
  assert.equal(JSON.parse(encode({ mic: "on", camera: "weak", weak: true })).camera, false);
});

test("what is no note is none, and a state that nobody knows is off", () => {
  for (const data of ["", "null", "{", undefined]) assert.equal(parseNote(data), null);
  const told = '{"mic":"yes","mic_state":"<b>","camera_state":"held","weak":"<b>"}';
  assert.deepEqual(parseNote(told), { mic: "off", camera: "held", weak: false });
  assert.equal(parseNote('{"mic_state":"weak","mic":true}')?.mic, "on");
});
