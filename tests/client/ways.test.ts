// Which way a pair's connection takes: the newest word counts, and nobody is led out of hiding.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Joined, PeerNews } from "../../web/client/protocol";
import { NewestWays } from "../../web/client/wire/ways";

const servers: RTCIceServer[] = [{ urls: ["turn:turn.example"] }];

function word(pair: number, path: "p2p" | "relay"): PeerNews & Joined {
  const policy = path === "relay" ? "all" : "relay";
  const told = { pair, path, present: true, ice_servers: servers, ice_transport_policy: policy };
  return told as PeerNews & Joined;
}

function seen(ways: NewestWays, pair: number): string[] {
  const found = ways.of(pair);
  return found ? [found.path, found.ice_transport_policy] : [];
}

test("before any word nothing is known", () => {
  assert.deepEqual(seen(new NewestWays(), 1), []);
});

test("a move to the relay brings its own policy, and a move away the old one", () => {
  const ways = new NewestWays();
  ways.learn(word(1, "p2p"));
  assert.deepEqual(seen(ways, 1), ["p2p", "relay"]);
  ways.learn(word(2, "relay"));
  assert.deepEqual(seen(ways, 2), ["relay", "all"]);
  ways.learn(word(3, "p2p"));
  assert.deepEqual(seen(ways, 3), ["p2p", "relay"]);
});

test("an answer that comes late does not undo newer news", () => {
  const ways = new NewestWays();
  ways.learn(word(3, "relay"));
  ways.learn(word(2, "p2p"));
  assert.deepEqual(seen(ways, 3), ["relay", "all"]);
});

test("of a pair that only a signal told of, the relay's freedom is not assumed", () => {
  const ways = new NewestWays();
  ways.learn(word(2, "relay"));
  assert.deepEqual(seen(ways, 3), []);
  ways.learn(word(3, "p2p"));
  assert.deepEqual(seen(ways, 4), ["p2p", "relay"]);
});

test("news that somebody has gone says nothing of ways", () => {
  const ways = new NewestWays();
  ways.learn(word(2, "p2p"));
  ways.learn({ pair: 3, present: false });
  assert.deepEqual(seen(ways, 2), ["p2p", "relay"]);
});

test("a site that says nothing of paths knows the direct one alone", () => {
  const ways = new NewestWays();
  ways.learn({ pair: 1, present: true, ice_servers: servers });
  assert.deepEqual(seen(ways, 1), ["p2p", "all"]);
});
