// The practice telephones are one page's at a time: who hasn't got them asks again, who wants them takes them.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { type About, PracticeSocket } from "../../web/client/practice/line";

class Socket extends EventTarget {
  static readonly OPEN = 1;
  readyState = Socket.OPEN;
  readonly sent: string[] = [];

  constructor(readonly url: string) {
    super();
    opened.push(this);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  hears(about: About): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(about) }));
  }

  closes(): void {
    this.dispatchEvent(new Event("close"));
  }
}

let opened: Socket[] = [];
let held: boolean[] = [];
let told: About[] = [];
Object.assign(globalThis, {
  WebSocket: Socket,
  location: { href: "https://talk.example/demo/telephones", protocol: "https:" },
});
mock.timers.enable({ apis: ["setTimeout"] });

beforeEach(() => {
  opened = [];
  held = [];
  told = [];
});

function line(): PracticeSocket {
  return new PracticeSocket({
    told: (about) => told.push(about),
    held: (now) => held.push(now),
  });
}

function last(): Socket {
  return opened.at(-1) as Socket;
}

test("a page has the telephones from the first word on", () => {
  line().open(false);
  assert.equal(String(last().url), "wss://talk.example/demo/telephones/line");
  assert.deepEqual(held, []);
  last().hears({ phone: "caller", state: "idle" });
  last().hears({ phone: "cast", state: "ringing" });
  assert.deepEqual(held, [true]);
  assert.deepEqual(told, [
    { phone: "caller", state: "idle" },
    { phone: "cast", state: "ringing" },
  ]);
});

test("one that hasn't got them asks again, soon at first", () => {
  line().open(false);
  for (const wait of [1500, 1500, 5000, 5000]) {
    const before = opened.length;
    last().closes();
    mock.timers.tick(wait - 1);
    assert.equal(opened.length, before);
    mock.timers.tick(1);
    assert.equal(opened.length, before + 1);
  }
  last().hears({ phone: "caller", state: "idle" });
  last().closes();
  mock.timers.tick(1500);
  assert.equal(opened.length, 6);
  assert.deepEqual(held.slice(-2), [true, false]);
});

test("who takes them is not asked for twice", () => {
  const page = line();
  page.open(false);
  last().closes();
  page.open(true);
  assert.equal(new URL(last().url).search, "?take=1");
  mock.timers.tick(10_000);
  assert.equal(opened.length, 2);
});

test("what is said without a connection is said to nobody", () => {
  const page = line();
  page.say("caller", "key", "1");
  page.open(false);
  page.say("caller", "key", "2");
  last().readyState = 3;
  page.say("caller", "key", "3");
  assert.deepEqual(
    last().sent.map((text) => JSON.parse(text)),
    [{ phone: "caller", do: "key", value: "2", offer: "" }],
  );
});
