// Of a browser's tabs one listens for all; where it is closed the next does, and nobody where nothing rings.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { NOTHING, type Rings } from "../../web/client/ring/rings";
import { type Hearer, Tabs } from "../../web/client/ring/tabs";

type Listener = (event: { data: unknown }) => void;

class FakeChannel {
  static all: FakeChannel[] = [];
  readonly listeners: Listener[] = [];
  constructor(readonly name: string) {
    FakeChannel.all.push(this);
  }
  addEventListener(_: string, listener: Listener): void {
    this.listeners.push(listener);
  }
  postMessage(data: unknown): void {
    for (const other of FakeChannel.all)
      if (other !== this && other.name === this.name)
        for (const listener of other.listeners) listener({ data });
  }
  close(): void {}
}

interface Request {
  name: string;
  grant(): void;
}

/** Grants a lock at once where nobody has it, else when whoever has it lets it go. */
class FakeLocks {
  readonly held = new Set<string>();
  readonly line: Request[] = [];
  request(
    name: string,
    options: { signal: AbortSignal },
    then: () => Promise<void>,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const wanted: Request = {
        name,
        grant: () => {
          this.held.add(name);
          void then().then(() => {
            this.held.delete(name);
            this.#next();
            resolve();
          });
        },
      };
      options.signal.addEventListener("abort", () => {
        const at = this.line.indexOf(wanted);
        if (at < 0) return;
        this.line.splice(at, 1);
        reject(new Error("aborted"));
      });
      this.line.push(wanted);
      this.#next();
    });
  }
  #next(): void {
    const at = this.line.findIndex(({ name }) => !this.held.has(name));
    if (at >= 0) this.line.splice(at, 1)[0]?.grant();
  }
}

class Tab implements Hearer {
  readonly heard: string[] = [];
  readonly tabs: Tabs;
  constructor(user = "1") {
    this.tabs = new Tabs(user, this);
  }
  lead = () => this.heard.push("lead");
  quit = () => this.heard.push("quit");
  asked = () => this.heard.push("asked");
  rings = (rings: Rings) => {
    this.heard.push(`rings ${rings.live}`);
    if (!rings.live) this.tabs.quit();
  };
  news = ({ reason }: { reason: string }) => this.heard.push(reason);
  hush = (key: string) => this.heard.push(`hush ${key}`);
  seen = (key: string) => this.heard.push(`seen ${key}`);
}

let locks: FakeLocks;

beforeEach(() => {
  locks = new FakeLocks();
  FakeChannel.all = [];
  Object.assign(globalThis, { BroadcastChannel: FakeChannel });
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { locks } });
});

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("one of five tabs listens, and the next when it has gone", async () => {
  const tabs = Array.from({ length: 5 }, () => new Tab());
  for (const tab of tabs) tab.tabs.seek();
  assert.deepEqual(
    tabs.map((tab) => tab.tabs.leads),
    [true, false, false, false, false],
  );
  // As a browser does when a tab is closed.
  tabs[0]?.tabs.quit();
  await settled();
  assert.equal(tabs.filter((tab) => tab.tabs.leads).length, 1);
  assert.deepEqual(tabs[0]?.heard, ["lead", "quit"]);
});

test("a tab that was opened before listens too once another says that something may ring", () => {
  const [before, now] = [new Tab(), new Tab()];
  now.tabs.say({ kind: "concern" });
  assert.ok(before.tabs.leads);
});

test("where nothing rings any more nobody listens, and nobody stands in line", async () => {
  const tabs = [new Tab(), new Tab(), new Tab()];
  for (const tab of tabs) tab.tabs.seek();
  tabs[0]?.tabs.say({ kind: "rings", rings: NOTHING });
  tabs[0]?.tabs.quit();
  await settled();
  assert.ok(tabs.every((tab) => !tab.tabs.leads));
  assert.equal(locks.line.length, 0);
});

test("what was answered in one tab is answered in all, and asked of the one that listens", () => {
  const tabs = [new Tab(), new Tab(), new Tab()];
  for (const tab of tabs) tab.tabs.seek();
  tabs[1]?.tabs.say({ kind: "hush", key: "turn:7:1" });
  tabs[2]?.tabs.say({ kind: "asks" });
  assert.deepEqual(
    tabs.map((tab) => tab.heard),
    [["lead", "hush turn:7:1", "asked"], [], ["hush turn:7:1"]],
  );
});

test("two people who share a browser hear nothing of each other", () => {
  const [mine, theirs] = [new Tab("1"), new Tab("2")];
  mine.tabs.seek();
  mine.tabs.say({ kind: "hush", key: "turn:7:1" });
  assert.deepEqual(theirs.heard, []);
});

test("words that are none of ours are passed over", () => {
  const tab = new Tab();
  const channel = new FakeChannel("ring-1");
  for (const word of [{}, { kind: "rings" }, { kind: "rings", rings: 1 }, { kind: "hush", key: 1 }])
    channel.postMessage(word);
  assert.deepEqual(tab.heard, []);
});
