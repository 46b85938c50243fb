// The cast's console: check the devices, stand by in a room, meet the caller on this very page.
import { KINDS, type Kind } from "./devices/capture.ts";
import { Check } from "./devices/check.ts";
import { alertCast, askToNotify, CHIME_MS, prepareChime, warnCast } from "./devices/chime.ts";
import { LostPanel } from "./devices/lost_panel.ts";
import { Media } from "./devices/media.ts";
import { StandbyDevices } from "./devices/standby.ts";
import { part, show, write } from "./dom.ts";
import { Figures } from "./home/figures.ts";
import { paint } from "./home/portrait.ts";
import { Rest } from "./home/rest.ts";
import { standing } from "./home/standing.ts";
import { isolated } from "./names.ts";
import type { Standby, StandbyKept, StandbyView, TalkEntered } from "./protocol.ts";
import { concern } from "./ring/tabs.ts";
import { ask, askAfresh, connect, Refusal } from "./socket.ts";
import type { TalkStage } from "./stage/stage.ts";
import "./stage/stage.ts";
import { stayAwake } from "./devices/wake.ts";
import { hourOf, onReturn } from "./time.ts";
import { prepare } from "./wire/ready.ts";
import { word } from "./words.ts";

type View = "off" | "on" | "lost" | "pause";

const page = part(document, "console");
const form = part<HTMLFormElement>(page, "rooms");
const begin = part<HTMLButtonElement>(page, "begin");
const end = part<HTMLButtonElement>(page, "end");
const stage = document.querySelector("talk-stage") as TalkStage;
const media = new Media();
const check = new Check(part(document, "check"), media);
const lost = new LostPanel(part(page, "lost"), () => void check.again());
const devices = new StandbyDevices(media, needed);
const socket = connect();
const beatSeconds = Number(page.dataset.beatSeconds);
const figures = new Figures(page, socket);
const rest = new Rest(part(page, "pause"), {
  resume: () => void resume(),
  draw: () => draw(),
});
let standby: Standby | null = null;
let found = false;
let onStage = false;
/** What the site was last told of the devices. */
let told = true;

async function open(): Promise<void> {
  askToNotify();
  media.wake();
  const room = chosen();
  if (!room) return;
  begin.disabled = true;
  try {
    standby = await ask<Standby>(socket, "standby:open", { room_id: Number(room.value) });
    rest.over();
    told = true;
    lost.closesIn(null);
    problem("");
    // From now on somebody may enter: every page of this browser is to ring.
    concern();
    void stayAwake();
  } catch (error) {
    problem((error instanceof Refusal && error.message) || word("no_answer"));
  }
  draw();
}

/** The pause is over, or was ended by a press: it goes on where it was, if all that is needed works. */
async function resume(): Promise<void> {
  if (page.dataset.checked !== "1" || !socket.connected || standby) return;
  const room = form.querySelector<HTMLInputElement>(`input[name="room"][value="${rest.room}"]`);
  if (room) room.checked = true;
  if (room && devices.usable) {
    await open();
    if (standby) figures.say(word("resumed"));
    return;
  }
  rest.over();
  problem(word("resume_failed"));
  draw();
}

async function close(): Promise<void> {
  end.disabled = true;
  try {
    await ask(socket, "standby:close", {});
    standby = null;
    rest.over();
  } catch (error) {
    problem((error instanceof Refusal && error.message) || word("no_answer"));
  }
  end.disabled = false;
  draw();
}

/** After every connection, and every sleep, the server says what is true; the page follows. */
async function sync(asking = ask<StandbyView>): Promise<void> {
  try {
    const view = await asking(socket, "standby:watch", {});
    const lost = standby !== null && view.standby === null && view.talk_id === null;
    standby = view.standby;
    rest.hear(view.pause);
    if (view.talk_id !== null) find(view.talk_id);
    else if (lost) closed();
  } catch {
    // The next connection asks again.
  }
  draw();
}

async function beat(): Promise<void> {
  told = devices.usable;
  try {
    const sign = { works: told };
    const { open, closes_in: closesIn } = await ask<StandbyKept>(socket, "standby:beat", sign);
    lost.closesIn(open ? closesIn : null);
    // Also when the push of an entry was lost: asking tells which of the two it was.
    if (!open) await sync();
  } catch {
    // A lost connection shows itself.
  }
}

function closed({ reason }: { reason: "silent" | "devices" } = { reason: "silent" }): void {
  standby = null;
  const why = word(reason === "devices" ? "standby_closed_devices" : "standby_closed_text");
  problem(`${word("standby_closed")}　${why}`);
  if (reason === "devices") warnCast(word("standby_closed"), why);
  draw();
}

/** The news of the entry did not reach this page; asking did. */
function find(talkId: number): void {
  if (found || onStage) return;
  found = true;
  alertCast(word("entered_unnamed"), "");
  // Meeting may leave this page; the sound comes first.
  setTimeout(() => meet(talkId), CHIME_MS);
}

function entered(news: TalkEntered): void {
  stage.dataset.name = news.caller_name;
  // Both wait for the seat: it is asked for before anything else.
  meet(news.talk_id);
  for (const name of ["other-name", "who-name"])
    write(part(stage, name), isolated(news.caller_name));
  for (const name of ["other-portrait", "veil-portrait"]) paint(part(stage, name), news);
  alertCast(
    word("entered", { name: news.caller_name }),
    [news.room_title, standing(stage, news)].join(" "),
  );
}

function meet(talkId: number): void {
  if (onStage) return;
  // Without checked devices (a reload in the talk) the talk's own page opens them.
  if (page.dataset.ready !== "1" || stage.dataset.name === "") {
    location.assign(`/talks/${talkId}`);
    return;
  }
  onStage = true;
  stage.start(socket, talkId, media);
  check.close();
  history.replaceState(null, "", `/talks/${talkId}`);
}

function chosen(): HTMLInputElement | null {
  return form.querySelector<HTMLInputElement>('input[name="room"]:checked');
}

/** What the room needs. */
function needed(): Kind[] {
  return chosen()?.dataset.video === "1" ? [...KINDS] : ["audio"];
}

/** What became of the devices is told at once: to the cast, and to the site, which counts from then on. */
function lookAfter(): void {
  if (page.dataset.checked !== "1") return;
  const news = devices.news();
  if (!standby || onStage) return;
  if (news) warnCast(news, "");
  if (devices.usable !== told) void beat();
}

function draw(): void {
  const view: View = standby ? (socket.connected ? "on" : "lost") : rest.running ? "pause" : "off";
  page.dataset.view = view;
  page.dataset.ready = page.dataset.checked === "1" && devices.usable ? "1" : "0";
  const key = view === "lost" ? "standby_lost" : "standing_by";
  write(part(page, "status-title"), word(key));
  write(part(page, "status-text"), word(`${key}_text`));
  if (standby) drawStandby(standby);
  lost.draw(standby ? devices.wrong() : "");
  figures.checked(page.dataset.ready === "1");
  show(part(page, "lead"), view === "off");
  show(part(page, "on"), view === "on" || view === "lost");
  rest.draw(view === "pause", page.dataset.ready === "1" && socket.connected);
  show(part(page, "off"), view === "off");
  begin.disabled = page.dataset.ready !== "1" || !socket.connected || chosen() === null;
}

function drawStandby({ room_id, since }: Standby): void {
  const room = form.querySelector<HTMLInputElement>(`input[name="room"][value="${room_id}"]`);
  if (room) room.checked = true;
  write(part(page, "status-room"), room?.dataset.title ?? "");
  write(part(page, "status-since"), word("since", { time: hourOf(since) }));
}

function problem(text: string): void {
  const notice = part(page, "console-problem");
  write(part(notice, "text"), text);
  show(notice, text !== "");
  if (text !== "") notice.scrollIntoView({ block: "nearest" });
}

prepareChime();
socket.on("connect", () => void sync());
socket.on("disconnect", draw);
socket.on("standby:closed", closed);
socket.on("talk:entered", entered);
// Whoever applied is rung: the site has opened or closed the stand-by by itself.
page.addEventListener("standby-changed", () => {
  standby = null;
  void sync();
});
begin.addEventListener("click", () => void open());
end.addEventListener("click", () => void close());
form.addEventListener("change", draw);
media.addEventListener("change", () => {
  draw();
  lookAfter();
});
// A machine that slept has missed beats, and may hold a connection that is none any more.
onReturn(() => {
  if (!onStage) void sync(askAfresh);
});
setInterval(() => {
  if (!standby || onStage) return;
  // A camera that was held while nobody looked at the page may be held still.
  lookAfter();
  void beat();
}, beatSeconds * 1000);

await check.open(page.dataset.video === "1");
page.dataset.checked = "1";
prepare();
draw();
lookAfter();
