// The way in: check the devices, see the price, enter. The talk begins on this very page, with this very stream.
import { Check } from "./devices/check.ts";
import { prepareChime } from "./devices/chime.ts";
import { Media } from "./devices/media.ts";
import { maybe, part, show, write } from "./dom.ts";
import type { Joined } from "./protocol.ts";
import { connect } from "./socket.ts";
import type { TalkStage } from "./stage/stage.ts";
import "./stage/stage.ts";
import { moment } from "./time.ts";
import { Early } from "./wire/early.ts";
import { after } from "./wire/farewell.ts";
import { kindsOf, prepare } from "./wire/ready.ts";
import { tab } from "./wire/tab.ts";
import { word } from "./words.ts";

interface Answer {
  talk_id?: number;
  /** What joining would have been answered; null where the page must join by itself. */
  seat?: Joined | null;
  /** A reserved talk: the cast isn't there yet. The arrival is noted, one waits and asks again. */
  awaited?: "cast_away" | "cast_busy" | "not_yet";
  code?: string;
  message?: string;
  help?: { url: string; text: string };
}

const form = part<HTMLFormElement>(document, "entry");
const button = part<HTMLButtonElement>(form, "enter");
const stage = document.querySelector("talk-stage") as TalkStage;
const media = new Media();
const check = new Check(part(document, "check"), media);
const cameraless = form.querySelector<HTMLInputElement>('input[name="without_camera"]');
const AGAIN_MS = 4000;
const LOOK_MS = 1000;
let awaiting: Answer["awaited"] | null = null;
// Connected before it is needed: the talk begins a round trip earlier.
const socket = connect();
const early = new Early(socket);

async function enter(): Promise<void> {
  media.wake();
  button.disabled = true;
  refuse(null);
  early.begin();
  const asker = socket.id;
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: entry(),
      headers: { Accept: "application/json" },
    });
    const answer = (await response.json()) as Answer;
    // The seat belongs to the very connection that was named.
    const seat = asker === socket.id ? answer.seat : null;
    if (answer.talk_id !== undefined && response.ok) begin(answer.talk_id, seat ?? undefined);
    else if (answer.awaited) {
      awaiting = answer.awaited;
      setTimeout(() => void enter(), AGAIN_MS);
    } else {
      awaiting = null;
      refuse(answer);
    }
  } catch {
    // Who waits goes on waiting over a lost connection.
    if (awaiting) setTimeout(() => void enter(), AGAIN_MS);
    else refuse({ message: word("no_answer") });
  }
  showAwaiting();
}

function showAwaiting(): void {
  const panel = maybe(document, "awaiting");
  if (panel) {
    const name = stage.dataset.name ?? "";
    show(panel, awaiting !== null);
    write(part(panel, "awaiting-title"), awaiting ? word(`awaiting_${awaiting}`, { name }) : "");
    write(part(panel, "awaiting-text"), awaiting ? word("awaiting_text") : "");
  }
  show(button, awaiting === null);
  button.disabled = awaiting !== null;
}

/** As a form would send it, so that the server has one way to read it. */
function entry(): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form))
    if (typeof value === "string" && name !== "without_camera") fields.set(name, value);
  // Whether the talk has pictures at all; one's own camera may still be off.
  fields.set("video", form.dataset.video ?? "0");
  // The seat comes with the answer, which saves asking for it.
  fields.set("tab", tab);
  fields.set("socket", socket.id ?? "");
  return fields;
}

function begin(talkId: number, seat?: Joined): void {
  check.close();
  history.replaceState(null, "", `/talks/${talkId}`);
  stage.start(socket, talkId, media, seat);
  early.repeat();
}

function refuse(answer: Answer | null): void {
  const refusal = part(document, "refusal");
  show(refusal, answer !== null);
  if (!answer) return;
  write(part(refusal, "refusal-text"), answer.message ?? word("no_answer"));
  const help = part<HTMLAnchorElement>(refusal, "refusal-help");
  const link =
    answer.help ?? (answer.talk_id ? { url: `/talks/${answer.talk_id}`, text: "" } : null);
  show(help, link !== null);
  if (link) {
    help.href = link.url;
    if (link.text) write(help, link.text);
  }
  refusal.focus();
}

/** A reserved room opens some minutes before its time; until then there is nothing to press. */
async function opened(): Promise<void> {
  const opens = Number(form.dataset.wait ?? 0) * 1000;
  // A timer stands still while the machine sleeps, so the clock is looked at again and again.
  for (let left = opens - moment(); left > 0; left = opens - moment())
    await after(Math.min(left, LOOK_MS));
  show(maybe(form, "opens"), false);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void enter();
});
cameraless?.addEventListener(
  "change",
  () => void media.camera(!cameraless.checked).catch(() => {}),
);

prepareChime();
await check.open(form.dataset.video === "1");
// The box says what is so: also when a camera that was missing has come.
const mirror = () => {
  if (cameraless) cameraless.checked = !media.track("video");
};
media.addEventListener("change", mirror);
mirror();
await opened();
// Where a TURN server needs a credential, it is given with the seat.
const servers = stage.dataset.servers;
prepare(kindsOf(form.dataset.video === "1"), servers && JSON.parse(servers));
button.disabled = form.dataset.refused === "1";
