// What was typed is given back where a press did nothing, and to nobody else; what was answered is forgotten.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  arrive,
  carried,
  carry,
  draftAt,
  forget,
  forgetDrafts,
  keep,
  keepDraft,
  type Reader,
  type Typed,
} from "../../web/client/parts/kept";

const HOUR_MS = 60 * 60 * 1000;
const SENT: Typed = {
  action: "/console/rooms",
  nth: 0,
  sent: true,
  fields: [
    { name: "text", value: "夜のお茶" },
    { name: "allows_video", value: "1", on: true },
  ],
};
const BESIDE: Typed = {
  action: "/console/profile",
  nth: 0,
  sent: false,
  fields: [{ name: "text", value: "はじめまして" }],
};

function store(room = Number.POSITIVE_INFINITY) {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    removeItem: (key: string) => void kept.delete(key),
    setItem(key: string, value: string) {
      if (value.length > room) throw new DOMException("full", "QuotaExceededError");
      kept.set(key, value);
    },
    size: () => kept.size,
  };
}

function reader(more: Partial<Reader> = {}): Reader {
  const actions = [SENT.action, BESIDE.action];
  return { who: "7", actions, undone: false, back: false, ...more };
}

test("what an answered press has sent is forgotten", () => {
  const tab = store();
  keep(tab, "7", [SENT]);
  assert.deepEqual(arrive(tab, reader()), []);
  assert.equal(tab.size(), 0);
});

test("through signing in again, one's words come back to their form, once", () => {
  const tab = store();
  keep(tab, "7", [SENT]);
  assert.deepEqual(arrive(tab, reader({ who: "", undone: true })), []);
  // A wrong password, a page to read meanwhile, the press of a form without any text.
  assert.deepEqual(arrive(tab, reader({ who: "", undone: true })), []);
  assert.deepEqual(arrive(tab, reader({ who: "", actions: ["/language"] })), []);
  keep(tab, "", []);
  assert.deepEqual(arrive(tab, reader({ actions: [] })), []);
  assert.deepEqual(arrive(tab, reader()), [SENT]);
  assert.equal(tab.size(), 0);
});

test("somebody else who signs in reads nothing of it, and nor does the owner after them", () => {
  const tab = store();
  keep(tab, "7", [SENT, BESIDE]);
  arrive(tab, reader({ who: "", undone: true }));
  assert.deepEqual(arrive(tab, reader({ who: "8" })), []);
  assert.deepEqual(arrive(tab, reader()), []);
});

test("a visitor's words are given back, also after signing in", () => {
  const tab = store();
  keep(tab, "", [SENT]);
  arrive(tab, reader({ who: "", undone: true }));
  assert.deepEqual(arrive(tab, reader()), [SENT]);
});

test("what stood beside the press goes back on the next page, whatever was answered", () => {
  const tab = store();
  keep(tab, "7", [SENT, BESIDE]);
  assert.deepEqual(arrive(tab, reader()), [BESIDE]);
  assert.deepEqual(arrive(tab, reader()), []);
});

test("after a navigation that failed, going back brings all back", () => {
  const tab = store();
  keep(tab, "7", [SENT]);
  assert.deepEqual(arrive(tab, reader({ back: true })), [SENT]);
});

test("after an hour, or signing out, nothing is left", () => {
  const tab = store();
  keep(tab, "7", [SENT], 0);
  arrive(tab, reader({ undone: true }), 1000);
  assert.deepEqual(arrive(tab, reader(), HOUR_MS), []);
  keep(tab, "7", [SENT]);
  forget(tab);
  assert.deepEqual(arrive(tab, reader({ back: true })), []);
});

test("a tab without room, or with nonsense in it, is no error", () => {
  const full = store(10);
  keep(full, "7", [SENT]);
  assert.equal(full.size(), 0);
  const huge = store();
  keep(huge, "7", [{ ...SENT, fields: [{ name: "text", value: "あ".repeat(300_000) }] }]);
  assert.equal(huge.size(), 0);
  for (const text of ["{", "null", "1", "[]", "{}", '{"forms": 1, "at": 1}']) {
    const odd = store();
    odd.setItem("typed", text);
    assert.deepEqual(arrive(odd, reader({ back: true })), []);
  }
});

test("a draft stays for who wrote it, at its place, for a day", () => {
  const tab = store();
  keepDraft(tab, "7", "/chats/1", { text: "きのうの", press: "press-one" }, 0);
  keepDraft(tab, "7", "/chats/2", { text: "べつの", press: "press-two" }, 1);
  assert.equal(draftAt(tab, "7", "/chats/1", HOUR_MS)?.press, "press-one");
  assert.equal(draftAt(tab, "7", "/chats/2", HOUR_MS)?.text, "べつの");
  assert.equal(draftAt(tab, "7", "/chats/3", HOUR_MS), null);
  assert.equal(draftAt(tab, "8", "/chats/1", HOUR_MS), null);
  assert.equal(draftAt(tab, "7", "/chats/1", 24 * HOUR_MS), null);
});

test("words go along to another form for an hour, for who took them along", () => {
  const tab = store();
  assert.equal(carried(tab, "7", 0), "");
  carry(tab, "7", "きいてほしいこと", 0);
  assert.equal(carried(tab, "7", HOUR_MS - 1), "きいてほしいこと");
  assert.equal(carried(tab, "8", 1), "");
  assert.equal(carried(tab, "7", HOUR_MS), "");
  carry(tab, "7", "", 1);
  assert.equal(carried(tab, "7", 2), "");
});

test("what was sent, emptied or signed out of leaves no draft; the latest twenty stay", () => {
  const tab = store();
  for (let n = 0; n < 25; n += 1)
    keepDraft(tab, "7", `/chats/${n}`, { text: "つづき", press: `press-${n}` }, n);
  assert.equal(draftAt(tab, "7", "/chats/4", 25), null);
  assert.equal(draftAt(tab, "7", "/chats/5", 25)?.press, "press-5");
  keepDraft(tab, "7", "/chats/5", { text: "", press: "press-5" }, 26);
  assert.equal(draftAt(tab, "7", "/chats/5", 26), null);
  forgetDrafts(tab);
  assert.equal(draftAt(tab, "7", "/chats/24", 26), null);
  keepDraft(store(10), "7", "/chats/1", { text: "満杯", press: "press-one" });
});
