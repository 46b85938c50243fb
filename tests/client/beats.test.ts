// A beat that the site has no room for is no end: the next one carries its figures too.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Beat } from "../../web/client/protocol";
import { Refusal } from "../../web/client/socket";
import { Beats } from "../../web/client/wire/beats";

Object.assign(globalThis, { document: { hidden: false } });

for (const code of ["too_busy", "timeout", "offline"])
  test(`after ${code} the next beat tells all`, async () => {
    const told: Beat[] = [];
    const answers = [code, ""];
    const beats = new Beats(
      () => Promise.resolve(),
      async (beat) => {
        told.push(beat);
        const refusal = answers.shift();
        if (refusal) throw new Refusal(refusal, "");
      },
    );
    beats.renew(1);
    beats.count({ packets: 10, bytes: 1000, lost: 1, frames: 0, rtt: 5 });
    await beats.now();
    beats.count({ packets: 15, bytes: 1500, lost: 2, frames: 0, rtt: 5 });
    await beats.now();
    await beats.now();
    assert.deepEqual(
      told.map(({ packets, bytes, lost, media }) => [packets, bytes, lost, media]),
      [
        [10, 1000, 1, true],
        [15, 1500, 2, true],
        [0, 0, 0, false],
      ],
    );
    beats.stop();
  });
