// A seat may be spoken to before its page has read that it has one: nothing of that is lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Socket } from "../../web/client/socket";
import { Early } from "../../web/client/wire/early";

type Any = (event: string, payload: unknown) => void;

class FakeSocket {
  any: Any[] = [];
  on: Record<string, ((payload: unknown) => void)[]> = {};
  onAny(listen: Any): void {
    this.any.push(listen);
  }
  offAny(listen: Any): void {
    this.any = this.any.filter((one) => one !== listen);
  }
  listeners(event: string): ((payload: unknown) => void)[] {
    return this.on[event] ?? [];
  }
  say(event: string, payload: unknown): void {
    for (const listen of this.any) listen(event, payload);
  }
}

function scene(): [FakeSocket, Early, unknown[]] {
  const socket = new FakeSocket();
  const heard: unknown[] = [];
  socket.on["talk:peer"] = [(news) => heard.push(news)];
  return [socket, new Early(socket as unknown as Socket), heard];
}

test("what was said since the press is repeated in its order, once", () => {
  const [socket, early, heard] = scene();
  socket.say("talk:peer", "before");
  early.begin();
  socket.say("talk:peer", 1);
  socket.say("waiting:place", 2);
  socket.say("talk:peer", 3);
  early.repeat();
  early.repeat();
  assert.deepEqual(heard, [1, 3]);
  assert.equal(socket.any.length, 0);
});

test("a second press forgets what was said after the first, and nothing is kept without end", () => {
  const [socket, early, heard] = scene();
  early.begin();
  socket.say("talk:peer", "old");
  early.begin();
  for (let n = 0; n < 1000; n += 1) socket.say("talk:peer", n);
  early.repeat();
  assert.deepEqual([heard[0], heard.length], [0, 128]);
});
