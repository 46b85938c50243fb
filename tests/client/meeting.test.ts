// Whoever joined long ago makes the new pair's connection with servers that are good now.
import assert from "node:assert/strict";
import { test } from "node:test";
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
