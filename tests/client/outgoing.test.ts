// What is sent is judged by what the other side reports of it, and by nothing else.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Entry } from "../../web/client/wire/figures";
import { Outgoing } from "../../web/client/wire/outgoing";

interface Told {
  /** Seconds since the beginning. */
  at: number;
  audio?: number;
  video?: number;
  pair?: Entry;
  reason?: string;
}

/** Two lines of fifty packets a second each; `audio` and `video` are the share lost of a new report. */
class Browser {
  readonly outgoing = new Outgoing();
  #reports: Record<string, Entry> = {};

  look({ at, pair = {}, reason = "none", ...lost }: Told) {
    for (const kind of ["audio", "video"] as const) {
      const fractionLost = lost[kind];
      if (fractionLost !== undefined)
        this.#reports[kind] = {
          type: "remote-inbound-rtp",
          kind,
          ssrc: kind,
          timestamp: at,
          fractionLost,
          roundTripTime: 0.05,
        };
    }
    const sent = { packetsSent: at * 50, bytesSent: at * 5000, headerBytesSent: at * 1250 };
    const entries: Entry[] = [
      { type: "outbound-rtp", kind: "audio", ...sent },
      { type: "outbound-rtp", kind: "video", ...sent, qualityLimitationReason: reason },
      { type: "candidate-pair", nominated: true, ...pair },
      ...Object.values(this.#reports),
    ];
    this.outgoing.read(entries, at * 1000);
    return this.outgoing.uplink;
  }
}

test("without a report nothing is known", () => {
  const browser = new Browser();
  for (let at = 1; at < 10; at += 1) assert.equal(browser.look({ at }), null);
});

test("loss is told over both kinds, by how much of each was sent", () => {
  const browser = new Browser();
  browser.look({ at: 1, audio: 0, video: 0 });
  const look = browser.look({ at: 3, audio: 0.1, video: 0.3 });
  // 50 + 50 packets without loss, then 100 with a tenth, and 100 with three tenths of it.
  assert.equal(look?.loss.toFixed(3), (40 / 300).toFixed(3));
  assert.deepEqual([look?.at, look?.rtt, look?.limited], [3000, 50, false]);
});

test("the last report, shown again and again, is the same look", () => {
  const browser = new Browser();
  const look = browser.look({ at: 2, audio: 0.2, video: 0.2 });
  for (let at = 3; at < 60; at += 1) assert.equal(browser.look({ at }), look);
});

test("what is long ago counts no more", () => {
  const browser = new Browser();
  browser.look({ at: 2, audio: 0.5, video: 0.5 });
  const look = browser.look({ at: 8, audio: 0, video: 0 });
  assert.equal(look?.loss, 0);
});

test("a handful of packets says nothing", () => {
  assert.equal(new Browser().look({ at: 0.2, audio: 0, video: 1 }), null);
});

test("the room is what the browser says, and what is sent is counted", () => {
  const browser = new Browser();
  browser.look({ at: 2, audio: 0 });
  const pair = { availableOutgoingBitrate: 256_000, currentRoundTripTime: 0.2 };
  const look = browser.look({ at: 4, audio: 0, pair, reason: "bandwidth" });
  assert.deepEqual([look?.room, look?.sent, look?.limited], [256_000, 100_000, true]);
});

test("a browser that tells little is believed in what it tells", () => {
  const outgoing = new Outgoing();
  const reports = [1, 2].map((timestamp): Entry[] => [
    { type: "outbound-rtp", kind: "audio", packetsSent: timestamp * 100 },
    { type: "remote-inbound-rtp", kind: "audio", timestamp, fractionLost: "much" },
  ]);
  for (const [i, entries] of reports.entries()) outgoing.read(entries, i * 1000);
  const { room, rtt, loss } = outgoing.uplink ?? {};
  assert.deepEqual([room, rtt, loss], [null, null, 0]);
});
