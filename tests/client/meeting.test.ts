// Whoever joined long ago makes the new pair's connection with servers that are good now.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { Sent } from "../../web/client/devices/sent";
import type { Joined } from "../../web/client/protocol";
import { Meeting, type MeetingEvents } from "../../web/client/wire/meeting";

class FakeConnection {
  static configs: RTCConfiguration[] = [];
  constructor(config: RTCConfiguration) {
    FakeConnection.configs.push(config);
  }
  addTransceiver(): void {}
  createDataChannel(): object {
    return { close() {} };
  }
  getTransceivers(): never[] {
    return [];
  }
  getReceivers(): never[] {
    return [];
  }
  getSenders(): never[] {
    return [];
  }
  async getStats(): Promise<Map<string, unknown>> {
    return new Map();
  }
  close(): void {}
}

const servers = (username: string): RTCIceServer[] => [{ urls: ["turn:turn.example"], username }];
const joined = {
  side: "caller",
  polite: false,
  pair: 1,
  peer: false,
  video: false,
  ice_servers: servers("of the join"),
  ice_transport_policy: "relay",
} as Joined;

function meeting(): Meeting {
  FakeConnection.configs = [];
  Object.assign(globalThis, { RTCPeerConnection: FakeConnection });
  const sent = { track: () => null } as unknown as Sent;
  const on = new Proxy({}, { get: () => () => {} }) as MeetingEvents;
  return new Meeting(sent, on);
}

function shown(): (string | undefined)[] {
  return FakeConnection.configs.map((config) => config.iceServers?.[0]?.username);
}

test("the servers that come with the news are used, and the policy stays", () => {
  const meets = meeting();
  meets.seated(joined);
  meets.hear({ pair: 2, present: true, ice_servers: servers("of the news") });
  assert.deepEqual(shown(), ["of the news"]);
  assert.equal(FakeConnection.configs[0]?.iceTransportPolicy, "relay");
  meets.close();
});

test("news without servers leaves those of the join", () => {
  const meets = meeting();
  meets.seated(joined);
  meets.hear({ pair: 2, present: true });
  assert.deepEqual(shown(), ["of the join"]);
  meets.close();
});

test("an answer to one's own join is newer than the news before it", () => {
  const meets = meeting();
  meets.seated(joined);
  meets.hear({ pair: 2, present: true, ice_servers: servers("of the news") });
  meets.seated({ ...joined, pair: 3, peer: true, ice_servers: servers("of the later join") });
  assert.deepEqual(shown(), ["of the news", "of the later join"]);
  meets.close();
});

test("through the relay both offer, and who hides may use all ways to it", () => {
  const meets = meeting();
  const made = mock.method(FakeConnection.prototype, "createDataChannel");
  meets.seated({ ...joined, polite: true, peer: true, path: "relay", ice_transport_policy: "all" });
  assert.equal(FakeConnection.configs[0]?.iceTransportPolicy, "all");
  assert.equal(made.mock.callCount(), 1);
  meets.close();
});

test("a running talk moves by the news alone, to the relay and back into hiding", () => {
  const meets = meeting();
  meets.seated({ ...joined, peer: true });
  const news = { present: true, ice_servers: servers("of the news") };
  meets.hear({ ...news, pair: 2, path: "relay", ice_transport_policy: "all" });
  meets.hear({ ...news, pair: 3, path: "p2p", ice_transport_policy: "relay" });
  const policies = FakeConnection.configs.map((config) => config.iceTransportPolicy);
  assert.deepEqual(policies, ["relay", "all", "relay"]);
  meets.close();
});

test("an offer for a pair that nobody else told of makes no open connection", () => {
  const meets = meeting();
  meets.seated({ ...joined, peer: true, path: "relay", ice_transport_policy: "all" });
  meets.signal({ pair: 2, description: { type: "offer", sdp: "v=0" } });
  assert.equal(FakeConnection.configs.length, 1);
  meets.hear({
    pair: 2,
    present: true,
    path: "p2p",
    ice_servers: servers("of the news"),
    ice_transport_policy: "relay",
  });
  assert.equal(FakeConnection.configs[1]?.iceTransportPolicy, "relay");
  meets.close();
});
