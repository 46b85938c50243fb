// A connection that is made in advance serves one pair, and only where it is what that pair needs.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { Signal } from "../../web/client/protocol";
import { Peer } from "../../web/client/wire/peer";
import { kindsOf, prepare, take } from "../../web/client/wire/ready";

class FakeConnection {
  static made: FakeConnection[] = [];
  static unsettable = false;
  lines: string[] = [];
  attached: unknown[] = [];
  described = false;
  localDescription: object | null = null;
  iceGatheringState = "complete";
  connectionState = "new";
  signalingState = "stable";
  onnegotiationneeded: (() => void) | undefined;
  closed = false;
  constructor(public config: RTCConfiguration) {
    FakeConnection.made.push(this);
  }
  addTransceiver(kind: string): void {
    this.lines.push(kind);
  }
  createDataChannel(): object {
    return {};
  }
  getTransceivers(): object[] {
    return this.lines.map((kind) => ({
      receiver: { track: { kind } },
      sender: { track: null, replaceTrack: async (track: unknown) => this.attached.push(track) },
    }));
  }
  async setLocalDescription(): Promise<void> {
    this.described = true;
    this.localDescription = { type: "offer", sdp: SDP };
  }
  async createOffer(): Promise<void> {}
  getConfiguration(): RTCConfiguration {
    return this.config;
  }
  setConfiguration(config: RTCConfiguration): void {
    if (FakeConnection.unsettable) throw new Error("not in this browser");
    this.config = config;
  }
  close(): void {
    this.closed = true;
  }
}

const SDP = "v=0\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n";
const BOTH = kindsOf(true);
const STUN: RTCIceServer[] = [{ urls: ["stun:stun.example"] }];
const TURN: RTCIceServer[] = [{ urls: ["turn:turn.example"], username: "one", credential: "x" }];
const all = (iceServers: RTCIceServer[]): RTCConfiguration => ({
  iceServers,
  iceTransportPolicy: "all",
});

beforeEach(() => {
  Object.assign(globalThis, { RTCPeerConnection: FakeConnection });
  take([], {});
  Object.assign(FakeConnection, { made: [], unsettable: false });
});

const first = () => FakeConnection.made[0] as FakeConnection;

test("with the servers known it has its offer and its lines before it is taken, once", () => {
  prepare(BOTH, STUN);
  const ready = take(BOTH, all(STUN));
  assert.equal(ready.pc as unknown, first());
  assert.ok(ready.notes);
  assert.deepEqual([first().described, first().lines], [true, ["audio", "video"]]);
  assert.notEqual(take(BOTH, all(STUN)).pc as unknown, first());
});

test("without them it asks nobody for its addresses, and learns of the servers when it is taken", () => {
  prepare(BOTH);
  assert.equal(first().described, false);
  assert.equal(take(BOTH, { ...all(TURN), iceTransportPolicy: "relay" }).pc as unknown, first());
  assert.deepEqual(first().config.iceServers, TURN);
  assert.equal(first().config.iceTransportPolicy, "relay");
});

for (const [what, kinds, ways] of [
  ["other servers", BOTH, all(TURN)],
  ["hiding", BOTH, { ...all(STUN), iceTransportPolicy: "relay" as const }],
  ["a talk of voices", kindsOf(false), all(STUN)],
  ["the side that answers", [], all(STUN)],
] as const)
  test(`what has told its addresses does not serve ${what}`, () => {
    prepare(BOTH, STUN);
    const { pc, notes } = take([...kinds], ways);
    assert.notEqual(pc as unknown, first());
    assert.deepEqual([first().closed, notes], [true, undefined]);
  });

test("one that is old is not used", (t) => {
  t.mock.timers.enable({ apis: ["Date"] });
  let now = 0;
  t.mock.method(performance, "now", () => now);
  prepare(BOTH, STUN);
  now = 11 * 60 * 1000;
  t.mock.timers.setTime(now);
  assert.notEqual(take(BOTH, all(STUN)).pc as unknown, first());
  assert.ok(first().closed);
});

test("a browser that can't set servers later gets a new one", () => {
  prepare();
  FakeConnection.unsettable = true;
  assert.notEqual(take([], all(TURN)).pc as unknown, first());
});

test("a browser that can't make one goes on without", () => {
  Object.assign(globalThis, {
    RTCPeerConnection: class {
      constructor() {
        throw new Error("none");
      }
    },
  });
  prepare(BOTH, STUN);
  Object.assign(globalThis, { RTCPeerConnection: FakeConnection });
  assert.equal(take(BOTH, all(STUN)).notes, undefined);
});

test("the ready offer goes out with the pair at once, and one's own tracks under it", async () => {
  prepare(BOTH, STUN);
  const sent: Signal[] = [];
  const tracks = { audio: "voice", video: null } as unknown as Record<"audio", MediaStreamTrack> & {
    video: null;
  };
  const peer = new Peer(7, false, tracks, BOTH, all(STUN), {
    send: (signal) => sent.push(signal),
    track: () => {},
    step: () => {},
    note: () => {},
  });
  assert.deepEqual(sent, [{ pair: 7, description: { type: "offer", sdp: SDP } }]);
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(first().attached, ["voice"]);
  assert.equal(FakeConnection.made.length, 1);
  // All its addresses were found before it listened: that is no connection without any.
  assert.equal(peer.failed, false);
});

test("an offer that had to wait for its servers is made with the pair", async () => {
  prepare(BOTH);
  const sent: Signal[] = [];
  const tracks = { audio: null, video: null };
  new Peer(3, false, tracks, BOTH, all(TURN), {
    send: (signal) => sent.push(signal),
    track: () => {},
    step: () => {},
    note: () => {},
  });
  assert.deepEqual(sent, []);
  // The browser may say so as well; it is one offer all the same.
  first().onnegotiationneeded?.();
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(sent, [{ pair: 3, description: { type: "offer", sdp: SDP } }]);
});
