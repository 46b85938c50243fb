// What a page says of a recording, at every moment: red while anything is or may be written, and never else.
import assert from "node:assert/strict";
import { test } from "node:test";

import type { Recording } from "../../web/client/protocol.ts";
import { faceOf, newsOf, overWord } from "../../web/client/stage/recording_face.ts";

const NONE: Recording = {
  talk_id: 1,
  allowed: true,
  recording_id: null,
  state: "none",
  by: null,
  left_ms: null,
  elapsed_ms: 0,
  ended_by: null,
  end_reason: null,
};
const ASKED: Recording = { ...NONE, recording_id: 5, state: "asked", by: "other", left_ms: 60_000 };
const AGREED: Recording = { ...ASKED, state: "agreed", left_ms: null };
const RUNNING: Recording = { ...AGREED, state: "running", elapsed_ms: 1500 };
const HALTED: Recording = { ...RUNNING, state: "halted" };
const ENDED: Recording = { ...RUNNING, state: "ended", end_reason: "stopped", ended_by: "mine" };

test("the mark is red while something is or may be written, and only then", () => {
  const tones = [NONE, ASKED, AGREED, RUNNING, HALTED, ENDED].map(
    (told) => faceOf(told, 0, 0)?.tone ?? null,
  );
  assert.deepEqual(tones, [null, "quiet", "on", "on", "still", "quiet"]);
});

test("whoever is recorded can stop it, and whoever is asked reads first", () => {
  assert.deepEqual(
    [ASKED, { ...ASKED, by: "mine" as const }, AGREED, RUNNING, HALTED].map((told) => {
      const face = faceOf(told, 0, 0);
      return [face?.act, face?.actWord];
    }),
    [
      ["read", "record_read"],
      ["stop", "record_take_back"],
      ["stop", "record_stop"],
      ["stop", "record_stop"],
      ["stop", "record_not_now"],
    ],
  );
});

test("the time goes on by the page's own clock while it runs, and stands while it does not", () => {
  assert.equal(faceOf(RUNNING, 0, 0)?.recorded, 1);
  assert.equal(faceOf(RUNNING, 3600, 3600)?.recorded, 5);
  assert.equal(faceOf(HALTED, 3600, 3600)?.recorded, null);
});

test("a question that is over by the page's clock asks no more", () => {
  assert.equal(faceOf(ASKED, 59_000, 59_000)?.left, 1);
  assert.equal(faceOf(ASKED, 60_000, 60_000), null);
});

test("why it is over is said for a while", () => {
  assert.equal(faceOf(ENDED, 7_999, 7_999)?.word, "record_stopped");
  // Told again, it has not become so again.
  assert.equal(faceOf(ENDED, 0, 8_000), null);
  assert.equal(overWord({ ...ENDED, ended_by: "other" }), "record_stopped_other");
  for (const reason of ["full", "failed", "no_way"] as const)
    assert.equal(
      overWord({ ...ENDED, ended_by: null, end_reason: reason }),
      reason === "no_way" ? "record_no_way" : `record_${reason}`,
    );
  assert.equal(overWord({ ...ENDED, ended_by: null, end_reason: "talk_over" }), "");
});

test("a change is read out once, and what was over when the page opened is no news", () => {
  assert.equal(newsOf(AGREED, RUNNING), "record_began");
  assert.equal(newsOf(RUNNING, RUNNING), "");
  assert.equal(newsOf(RUNNING, HALTED), "record_halted");
  assert.equal(newsOf(HALTED, RUNNING), "record_again");
  assert.equal(newsOf(undefined, ENDED), "");
  // A reload while it runs says so.
  assert.equal(newsOf(undefined, RUNNING), "record_on");
  assert.equal(newsOf(NONE, { ...ASKED, state: "lapsed" }), "");
  assert.equal(newsOf(ASKED, { ...ASKED, state: "lapsed" }), "record_lapsed");
});
