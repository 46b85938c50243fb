// A candidate that the browser can't read stops none of the others, and no answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Signal } from "../../web/client/protocol";
import { type Part, Peer } from "../../web/client/wire/peer";

class FakeConnection {
  static config: RTCConfiguration | undefined;
  static added: string[] = [];
  remoteDescription: unknown = null;
  localDescription: unknown = null;
  signalingState = "stable";
  static last: FakeConnection;
  constructor(config: RTCConfiguration) {
    FakeConnection.last = this;
    FakeConnection.config = config;
    FakeConnection.added = [];
  }
  onicecandidate: ((event: { candidate: object }) => void) | undefined;
  addTransceiver(): void {}
  createDataChannel(): object {
    return {};
  }
  getTransceivers(): never[] {
    return [];
  }
  async setRemoteDescription(description: unknown): Promise<void> {
    this.remoteDescription = description;
  }
  async setLocalDescription(): Promise<void> {
    this.localDescription = { type: "answer", sdp: "v=0" };
  }
  async addIceCandidate({ candidate }: RTCIceCandidateInit): Promise<void> {
    if (candidate === "bad") throw new TypeError("no candidate");
    FakeConnection.added.push(candidate ?? "");
  }
}

const OFFER: Signal = { pair: 1, description: { type: "offer", sdp: "v=0" } };
const candidate = (text: string): Signal => ({ pair: 1, candidate: { candidate: text } });

function peerThatSends(
  sent: object[],
  policy: RTCIceTransportPolicy = "all",
  part: Part = "polite",
): Peer {
  Object.assign(globalThis, { RTCPeerConnection: FakeConnection });
  const ways = { iceServers: [], iceTransportPolicy: policy };
  return new Peer(1, part, { audio: null, video: null }, ["audio"], ways, {
    send: (signal) => sent.push(signal),
    track: () => {},
    step: () => {},
    note: () => {},
  });
}

for (const [when, order] of [
  ["before the offer", [candidate("one"), candidate("bad"), candidate("two"), OFFER]],
  ["after the offer", [OFFER, candidate("one"), candidate("bad"), candidate("two")]],
] as const)
  test(`one bad candidate ${when} stops nothing`, async (t) => {
    t.mock.method(console, "warn", () => {});
    const sent: object[] = [];
    const peer = peerThatSends(sent);
    for (const signal of order) peer.signal(signal);
    await new Promise((done) => setImmediate(done));
    assert.deepEqual(FakeConnection.added, ["one", "two"]);
    assert.deepEqual(sent, [{ pair: 1, description: { type: "answer", sdp: "v=0" } }]);
  });

test("who hides speaks through the relay alone", () => {
  peerThatSends([], "relay");
  assert.equal(FakeConnection.config?.iceTransportPolicy, "relay");
});

for (const [part, shown] of [
  ["offering", 1],
  ["relayed", 0],
] as const)
  test(`${part}: candidates go out ${shown} times`, () => {
    const sent: object[] = [];
    peerThatSends(sent, "all", part);
    const one = { candidate: "candidate:1", toJSON: () => ({ candidate: "candidate:1" }) };
    FakeConnection.last.onicecandidate?.({ candidate: one });
    assert.equal(sent.length, shown);
  });

test("through the relay no offer of the other side is answered", async () => {
  const sent: object[] = [];
  const peer = peerThatSends(sent, "all", "relayed");
  peer.signal(OFFER);
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(sent, []);
  assert.equal(FakeConnection.last.remoteDescription, null);
});
