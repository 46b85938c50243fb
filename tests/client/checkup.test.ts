// What the check concludes: of the browser, of a voice, of the ways, and which advice it gives.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import table from "../../web/client/browsers.json";
import {
  type DeviceTrouble,
  deviceAdvice,
  type NetworkTrouble,
  networkAdvice,
  soundAdvice,
} from "../../web/client/checkup/advice";
import { type Agent, agentOf } from "../../web/client/checkup/agents";
import { Hearing } from "../../web/client/checkup/hearing";
import { judge } from "../../web/client/checkup/verdict";
import {
  conclude,
  type Mark,
  type Marks,
  type Missing,
  transportOf,
} from "../../web/client/checkup/ways";

const template = (name: string) => readFileSync(join("web", "templates", name), "utf8");

const WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
const IPHONE = `Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) ${WEBKIT}`;
const ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8";
const BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)";
const AGENTS: Record<string, [userAgent: string, touch: number, agent: Agent]> = {
  "Safari on an iPhone": [
    `${IPHONE} Version/17.4 Mobile/15E148 Safari/604.1`,
    5,
    { name: "Safari", system: "iPhone", version: [17, 4], app: null },
  ],
  "Chrome on an iPhone counts by the system": [
    `${IPHONE} CriOS/150.0.7 Mobile/15E148 Safari/604.1`,
    5,
    { name: "Chrome", system: "iPhone", version: [17, 4], app: null },
  ],
  "an iPad that passes for a Mac": [
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${WEBKIT} Version/18.1 Safari/605.1.15`,
    5,
    { name: "Safari", system: "iPad", version: [18, 1], app: null },
  ],
  "Safari on a Mac": [
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${WEBKIT} Version/17.5 Safari/605.1.15`,
    0,
    { name: "Safari", system: "Mac", version: [17, 5], app: null },
  ],
  "Chrome on Android": [
    `${ANDROID}) ${BLINK} Chrome/131.0.0.0 Mobile Safari/537.36`,
    5,
    { name: "Chrome", system: "Android", version: [131, 0], app: null },
  ],
  "Edge on Windows": [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK} Chrome/122.0.0.0 Safari/537.36 Edg/122.0.0.0`,
    0,
    { name: "Edge", system: "Windows", version: [122, 0], app: null },
  ],
  "Firefox on Linux": [
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    0,
    { name: "Firefox", system: "Linux", version: [140, 0], app: null },
  ],
  "a browser that names Chrome and is none of the table": [
    `${ANDROID}) ${BLINK} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36`,
    5,
    { name: null, system: "Android", version: [27, 0], app: null },
  ],
  "the window of LINE": [
    `${IPHONE} Mobile/15E148 Safari Line/14.2.0`,
    5,
    { name: null, system: "iPhone", version: [17, 4], app: "line" },
  ],
  "the window of Instagram": [
    `${ANDROID}; wv) ${BLINK} Version/4.0 Chrome/131.0.0.0 Mobile Safari/537.36 Instagram 300.0`,
    5,
    { name: "Chrome", system: "Android", version: [131, 0], app: "app" },
  ],
  nothing: ["", 0, { name: null, system: null, version: [0, 0], app: null }],
};

const agent = (name: keyof typeof AGENTS): Agent => AGENTS[name]?.[2] as Agent;

test("a browser is known by what it says", () => {
  for (const [name, [userAgent, touch, expected]] of Object.entries(AGENTS))
    assert.deepEqual(agentOf(userAgent, touch), expected, name);
});

test("what a browser can do decides, and what it says only words it", () => {
  assert.equal(judge(true, agent("Chrome on Android")), "fits");
  assert.equal(judge(true, agent("Safari on a Mac")), "fits");
  assert.equal(judge(true, agent("Safari on an iPhone")), "works");
  assert.equal(judge(true, agent("nothing")), "works");
  assert.equal(judge(false, agent("Safari on an iPhone")), "old");
  assert.equal(judge(false, agent("Edge on Windows")), "old");
  assert.equal(judge(false, agent("Chrome on Android")), "lacks");
  assert.equal(judge(false, agent("nothing")), "lacks");
  assert.equal(judge(true, agent("the window of Instagram")), "works");
});

test("every row of the table fits from its version on, and not before", () => {
  for (const { browsers, systems, since } of table)
    for (const name of browsers)
      for (const system of systems) {
        const [major = 0, minor = 0] = since.split(".").map(Number);
        const one: Agent = { name, system, version: [major, minor], app: null };
        assert.equal(judge(true, one), "fits");
        assert.equal(judge(true, { ...one, version: [major + 1, 0] }), "fits");
        assert.equal(judge(false, { ...one, version: [major - 1, 99] }), "old");
      }
});

test("advice is for the browser and the system at hand", () => {
  const denied = (name: keyof typeof AGENTS) => deviceAdvice("media_denied", agent(name), true);
  assert.equal(denied("Safari on an iPhone"), "denied-ios-safari");
  assert.equal(denied("an iPad that passes for a Mac"), "denied-ios-safari");
  assert.equal(denied("Chrome on an iPhone counts by the system"), "denied-ios");
  assert.equal(denied("Chrome on Android"), "denied-android-chrome");
  assert.equal(denied("a browser that names Chrome and is none of the table"), "denied-android");
  assert.equal(denied("Edge on Windows"), "denied-chrome");
  assert.equal(denied("Firefox on Linux"), "denied-firefox");
  assert.equal(denied("Safari on a Mac"), "denied-safari");
  assert.equal(denied("the window of LINE"), "line");
  assert.equal(denied("the window of Instagram"), "app");
  assert.equal(deviceAdvice("media_insecure", agent("the window of LINE"), true), "line");
  assert.equal(deviceAdvice("media_insecure", agent("Firefox on Linux"), false), "insecure");
  assert.equal(deviceAdvice("media_insecure", agent("Firefox on Linux"), true), "old");
  // A microphone that works is no matter of the app.
  assert.equal(deviceAdvice("silent", agent("the window of LINE"), true), "silent");
  assert.equal(networkAdvice("blocked", agent("Chrome on Android")), "blocked-phone");
  assert.equal(networkAdvice("blocked", agent("Firefox on Linux")), "blocked-desk");
});

test("each advice that may be given stands in the page", () => {
  const written = new Set(
    [...template("_check_advice.html").matchAll(/lines\("([\w-]+)"|data-advice="([\w-]+)"/g)].map(
      ([, made, plain]) => made ?? plain,
    ),
  );
  const troubles: DeviceTrouble[] = [
    ...([
      "media_denied",
      "media_missing",
      "media_in_use",
      "media_insecure",
      "media_failed",
    ] as const),
    "held",
    "silent",
  ];
  const networks: NetworkTrouble[] = ["offline", "blocked", "none"];
  const given = new Set<string>();
  for (const [, , one] of Object.values(AGENTS)) {
    given.add(soundAdvice(one));
    for (const trouble of networks) given.add(networkAdvice(trouble, one));
    for (const secure of [true, false])
      for (const trouble of troubles) given.add(deviceAdvice(trouble, one, secure));
  }
  given.add(deviceAdvice("media_denied", agent("nothing"), true));
  assert.deepEqual([...given].sort(), [...written].sort());
});

test("a voice is heard, a click and the noise of a room are not", () => {
  const voice = new Hearing(0);
  for (const level of [0.1, 0.5, 0.6, 0.7]) voice.hear(level);
  assert.equal(voice.heard, false);
  voice.hear(0.5);
  assert.equal(voice.heard, true);
  assert.equal(voice.isSilent(60_000), false);
  const room = new Hearing(1000);
  for (let n = 0; n < 100; n += 1) room.hear(n % 4 === 0 ? 0.9 : 0.3);
  assert.equal(room.heard, false);
  assert.equal(room.isSilent(10_999), false);
  assert.equal(room.isSilent(11_000), true);
});

test("a TURN server's address says which way it is reached", () => {
  assert.equal(transportOf("turn:turn.example:3478"), "udp");
  assert.equal(transportOf("turn:turn.example:3478?transport=udp"), "udp");
  assert.equal(transportOf("turn:turn.example:3478?transport=tcp"), "tcp");
  assert.equal(transportOf("turns:turn.example:443?transport=tcp"), "tcp");
  assert.equal(transportOf("turns:turn.example"), "tcp");
});

test("what was tried comes to one word", () => {
  const said = (marks: Partial<Marks>, missing: Missing = null) => {
    const none: Marks = { site: "good", direct: "good", udp: "todo", tcp: "todo" };
    const { state, words, trouble } = conclude({ ...none, ...marks }, missing);
    return [state, words, trouble];
  };
  assert.deepEqual(said({}), ["good", "connection_good", null]);
  assert.deepEqual(said({ site: "bad" }), ["bad", "connection_site", "offline"]);
  assert.deepEqual(said({ direct: "bad" }), ["bad", "connection_blocked", "blocked"]);
  assert.deepEqual(said({ udp: "good", tcp: "good" }), ["good", "connection_good", null]);
  assert.deepEqual(said({ udp: "good", tcp: "bad" }), ["good", "connection_good", null]);
  assert.deepEqual(said({ udp: "bad", tcp: "good" }), ["good", "connection_slow", null]);
  // Who can be reached by the relay alone can talk.
  assert.deepEqual(said({ direct: "bad", tcp: "good", udp: "bad" }), [
    "good",
    "connection_slow",
    null,
  ]);
  // Where it is forced and lets nothing through, the page's own loop proves nothing.
  assert.deepEqual(said({ udp: "bad", tcp: "skipped" }), ["bad", "connection_blocked", "blocked"]);
  const skipped: Partial<Marks> = { udp: "skipped", tcp: "skipped" };
  assert.deepEqual(said(skipped, "limit"), ["good", "connection_unrelayed", null]);
  assert.deepEqual(said(skipped, "unanswered"), ["good", "connection_unknown", null]);
  assert.deepEqual(said({ ...skipped, direct: "bad" }, "limit"), [
    "bad",
    "connection_blocked",
    "blocked",
  ]);
});

test("each conclusion has its words in the page", () => {
  const page = template("check.html");
  const marks: Mark[] = ["good", "bad", "skipped"];
  for (const site of marks)
    for (const udp of marks)
      for (const missing of [null, "limit", "unanswered"] as const) {
        const { words } = conclude({ site, direct: "good", udp, tcp: "skipped" }, missing);
        assert.ok(page.includes(`"${words}":`), words);
      }
  for (const verdict of ["fits", "works", "app", "old", "lacks"])
    assert.ok(page.includes(`"browser_${verdict}":`), verdict);
});
