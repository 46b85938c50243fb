// What the statistics say is told as it is: no older, no newer, and each kind by itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Entry, Figures } from "../../web/client/wire/figures";

const ORIGIN = 1_000_000;

function inbound(kind: string, values: Entry): Entry {
  return { type: "inbound-rtp", kind, ssrc: kind, ...values };
}

function report(values: Entry): Entry {
  return { type: "remote-inbound-rtp", kind: "video", ssrc: 7, fractionLost: 0, ...values };
}

test("sound counts in bytes, the picture in frames that were decoded", () => {
  const figures = new Figures().read(
    [
      inbound("audio", { bytesReceived: 100, packetsReceived: 2, packetsLost: 1 }),
      inbound("video", { bytesReceived: 900, framesDecoded: 3, packetsReceived: 4 }),
      { type: "outbound-rtp", kind: "video", bytesSent: 70 },
      { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.0123 },
    ],
    5000,
    ORIGIN,
  );
  const { audio, video, bytes, packets, lost, rtt } = figures;
  assert.deepEqual([audio.received, video.received, video.sent], [100, 3, 70]);
  assert.deepEqual([bytes, packets, lost, rtt], [1000, 6, 1, 12]);
  assert.deepEqual([audio.receivedAt, audio.reportedAt], [5000, null]);
});

test("how long the way is says the pair of addresses, and where it doesn't the newest report", () => {
  const figures = new Figures();
  figures.read([report({ roundTripTime: 0.0271 })], 1000, ORIGIN);
  assert.equal(figures.rtt, 27);
  const pair = { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.012 };
  figures.read([pair, report({ roundTripTime: 0.031 })], 2000, ORIGIN);
  assert.equal(figures.rtt, 12);
});

test("what came while the page was held up is not told as new", () => {
  const figures = new Figures();
  figures.read([inbound("audio", { bytesReceived: 1 })], 1000, ORIGIN);
  const late = { bytesReceived: 9, lastPacketReceivedTimestamp: ORIGIN + 2000 };
  figures.read([inbound("audio", late)], 15_000, ORIGIN);
  assert.equal(figures.audio.receivedAt, 2000);
});

test("a timestamp of another clock is not believed", () => {
  for (const lastPacketReceivedTimestamp of [ORIGIN + 90_000, 12, "soon"]) {
    const entry = inbound("audio", { bytesReceived: 5, lastPacketReceivedTimestamp });
    const figures = new Figures().read([entry], 80_000, ORIGIN);
    assert.equal(figures.audio.receivedAt, 80_000);
  }
});

test("nothing new is no arrival", () => {
  const figures = new Figures();
  figures.read([inbound("video", { framesDecoded: 5 })], 1000, ORIGIN);
  figures.read([inbound("video", { framesDecoded: 5, bytesReceived: 99 })], 9000, ORIGIN);
  assert.equal(figures.video.receivedAt, 1000);
});

test("a report is new when one of its figures or its time changed", () => {
  const figures = new Figures();
  const moments = [
    [report({ timestamp: ORIGIN + 1000 }), 1200, 1000],
    // The last report, shown again and again while the connection still says `connected`.
    [report({ timestamp: ORIGIN + 1000 }), 9000, 1000],
    [report({ timestamp: ORIGIN + 8500 }), 9000, 8500],
    // Without a time of its own a change of its figures tells.
    [report({ jitter: 0.2 }), 9500, 9500],
    [report({ jitter: 0.2 }), 12_000, 9500],
    [report({ jitter: 0.2, packetsReceived: 4 }), 13_000, 13_000],
  ] as const;
  for (const [entry, now, expected] of moments) {
    figures.read([entry], now, ORIGIN);
    assert.equal(figures.video.reportedAt, expected);
  }
  assert.equal(figures.audio.reportedAt, null);
});
