// A candidate that the browser can't read stops none of the others, and no answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Signal } from "../../web/client/protocol";
import { Peer } from "../../web/client/wire/peer";

class FakeConnection {
  static config: RTCConfiguration | undefined;
  static added: string[] = [];
  remoteDescription: unknown = null;
  localDescription: unknown = null;
  signalingState = "stable";
  constructor(config: RTCConfiguration) {
    FakeConnection.config = config;
    FakeConnection.added = [];
  }
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

function peerThatSends(sent: object[], policy: RTCIceTransportPolicy = "all"): Peer {
  Object.assign(globalThis, { RTCPeerConnection: FakeConnection });
  const ways = { iceServers: [], iceTransportPolicy: policy };
  return new Peer(1, "polite", { audio: null, video: null }, ["audio"], ways, {
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
