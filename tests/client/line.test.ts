// A socket is opened again until it stands, and one that the server doesn't hear is given up.
import assert from "node:assert/strict";
import { beforeEach, type TestContext, test } from "node:test";
import type { Socket } from "../../web/client/socket";
import { Line } from "../../web/client/wire/line";

type Handler = () => void;

class Emitter {
  readonly handlers = new Map<string, Set<Handler>>();
  on(event: string, handler: Handler): void {
    const found = this.handlers.get(event) ?? new Set();
    this.handlers.set(event, found.add(handler));
  }
  off(event: string, handler: Handler): void {
    this.handlers.get(event)?.delete(handler);
  }
  fire(event: string): void {
    for (const handler of this.handlers.get(event) ?? []) handler();
  }
}

class FakeSocket extends Emitter {
  connected = true;
  dials = 0;
  readonly io = Object.assign(new Emitter(), { reconnection: () => {} });
  disconnect(): this {
    const was = this.connected;
    this.connected = false;
    if (was) this.fire("disconnect");
    return this;
  }
  connect(): this {
    this.dials += 1;
    return this;
  }
  stand(): void {
    this.connected = true;
    this.fire("connect");
  }
}

let page: Emitter;
let online: boolean;

beforeEach(() => {
  page = new Emitter();
  online = true;
  Object.assign(globalThis, {
    addEventListener: page.on.bind(page),
    removeEventListener: page.off.bind(page),
    document: { hidden: false },
  });
  Object.defineProperty(globalThis, "navigator", {
    configurable: true,
    value: {
      get onLine() {
        return online;
      },
    },
  });
});

/** A line on a fake socket, and time that passes when told to. */
function laid({ mock }: TestContext): [FakeSocket, Line, string[], (ms: number) => void] {
  mock.timers.enable({ apis: ["setTimeout"] });
  let now = 1000;
  mock.method(performance, "now", () => now);
  mock.method(Date, "now", () => performance.timeOrigin + now);
  mock.method(Math, "random", () => 0);
  const socket = new FakeSocket();
  const told: string[] = [];
  const line = new Line(socket as unknown as Socket, {
    up: () => told.push("up"),
    down: () => told.push("down"),
    poke: () => told.push("poke"),
  });
  return [
    socket,
    line,
    told,
    (ms) => {
      // In small steps, so that what a timer does sees its own time.
      for (let left = ms; left > 0; left -= 50) {
        now += 50;
        mock.timers.tick(50);
      }
    },
  ];
}

test("a socket that answers the doubt is kept", (context) => {
  const [socket, line, told, pass] = laid(context);
  line.prove();
  pass(500);
  socket.io.fire("packet");
  pass(2000);
  assert.deepEqual(told, ["poke"]);
  assert.equal(socket.dials, 0);
});

test("a half-open socket is given up within a second", (context) => {
  const [socket, line, told, pass] = laid(context);
  line.prove();
  pass(1000);
  assert.equal(socket.dials, 1);
  socket.stand();
  assert.deepEqual(told, ["poke", "down", "up"]);
});

test("an attempt without an answer is followed by the next, never by a longer pause", (context) => {
  const [socket, line, , pass] = laid(context);
  line.dial();
  pass(80_000);
  assert.ok(socket.dials >= 25, `${socket.dials}`);
  socket.stand();
  pass(10_000);
  const before = socket.dials;
  pass(60_000);
  assert.equal(socket.dials, before);
});

test("without a network nothing is tried, and at once when the browser tells of one", (context) => {
  const [socket, , , pass] = laid(context);
  online = false;
  socket.disconnect();
  for (let second = 0; second < 60; second++) {
    pass(1000);
    socket.fire("connect_error");
  }
  // A page whose sockets fail too often is held back by Chromium, just when the network is back.
  assert.ok(socket.dials < 12, `${socket.dials}`);
  online = true;
  const before = socket.dials;
  page.fire("online");
  assert.equal(socket.dials, before + 1);
});

test("hints of a changed network put the socket to the proof", (context) => {
  const [, , told] = laid(context);
  page.fire("online");
  assert.deepEqual(told, ["poke"]);
});
