// The page /check: camera, microphone, loudspeaker and connection, one after the other.
import { soundAdvice } from "./checkup/advice.ts";
import { agentOf } from "./checkup/agents.ts";
import { Connection } from "./checkup/connection.ts";
import { within } from "./checkup/loop.ts";
import { Mirror } from "./checkup/mirror.ts";
import { advise, Step } from "./checkup/step.ts";
import { isAble, judge } from "./checkup/verdict.ts";
import { tryOut } from "./devices/speaker.ts";
import { part, show, write } from "./dom.ts";
import { word } from "./words.ts";

/** For so long the connection waits for somebody who reads the browser's question. */
const QUESTION_MS = 10_000;
const NAMES = ["camera", "microphone", "speaker", "connection"] as const;

const page = part(document, "checkup");
const agent = agentOf(navigator.userAgent, navigator.maxTouchPoints);
const step = (name: string) => new Step(part(page, name), summarise);
const speaker = step("speaker");
const mirror = new Mirror(page, { video: step("camera"), audio: step("microphone") }, agent);
const stun = (page.dataset.stun ?? "").split(" ").filter((url) => url !== "");
const connection = new Connection(step("connection"), agent, stun, page.dataset.turn === "1");
const begin = part<HTMLButtonElement>(page, "start");
const play = part<HTMLButtonElement>(page, "play");

function summarise(): void {
  const states = NAMES.map((name) => part(page, name).dataset.state);
  show(
    part(page, "done"),
    states.every((state) => state === "good"),
  );
}

function greet(): void {
  const verdict = judge(isAble(), agent);
  const notice = part(document, "browser");
  const fine = (verdict === "fits" || verdict === "works") && agent.app === null;
  notice.dataset.state = fine ? "good" : "bad";
  const words = agent.app && verdict === "works" ? "app" : verdict;
  write(part(notice, "browser-text"), word(`browser_${words}`, { name: agent.name ?? "" }));
  advise(notice, fine ? null : (agent.app ?? "old"));
  show(notice, true);
  for (const place of document.querySelectorAll<HTMLElement>("[data-address]"))
    write(place, `${location.origin}/check`);
}

async function start(): Promise<void> {
  show(begin, false);
  // The button is gone; what it began comes next.
  part(page, "steps").focus();
  const opened = mirror.open();
  show(part(page, "stop-row"), true);
  await connection.check(within(opened, QUESTION_MS));
}

async function sound(): Promise<void> {
  play.disabled = true;
  speaker.set("checking", "speaker_playing");
  try {
    await tryOut();
    speaker.set("checking", "speaker_asked");
    show(part(page, "heard"), true);
  } catch {
    speaker.set("bad", "speaker_failed", soundAdvice(agent));
  }
  play.disabled = false;
}

function heard(yes: boolean): void {
  show(part(page, "heard"), false);
  if (yes) speaker.set("good", "speaker_good");
  else speaker.set("bad", "speaker_bad", soundAdvice(agent));
  play.focus();
}

function stop(): void {
  mirror.close();
  show(part(page, "stop-row"), false);
}

begin.addEventListener("click", () => void start());
play.addEventListener("click", () => void sound());
part(page, "heard-yes").addEventListener("click", () => heard(true));
part(page, "heard-no").addEventListener("click", () => heard(false));
part(page, "stop").addEventListener("click", stop);
greet();
void mirror.offer();
begin.disabled = false;
play.disabled = false;
