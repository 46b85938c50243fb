// Messages before a talk: what comes appears by itself, and that it was read is told while somebody looks.
import { maybe, part, show } from "./dom.ts";
import { Composer } from "./parts/composer.ts";
import { merge } from "./parts/merging.ts";
import { looking, page } from "./parts/newer.ts";
import { takeOver } from "./parts/taking_over.ts";
import type { QuestionChanged } from "./parts/unread.ts";
import { connect } from "./socket.ts";

const form = maybe<HTMLFormElement>(document, "composer");
let composer = form ? new Composer(form) : null;
const thread = maybe(document, "thread");
const list = maybe(document, "threads");
const csrf = document.querySelector<HTMLMetaElement>("meta[name=csrf]")?.content ?? "";
let readUpTo = 0;

async function look(): Promise<void> {
  if (thread) await lookAtThread(thread);
  else if (list) {
    const now = await page(location.pathname + location.search);
    const newer = now && maybe(now, "threads");
    if (newer) takeOver(list, newer);
  }
}

async function lookAtThread(at: HTMLElement): Promise<void> {
  const now = await page(`/messages/${at.dataset.thread ?? ""}`);
  const newer = now && maybe(now, "thread");
  if (!now || !newer) return;
  at.dataset.unread = newer.dataset.unread ?? "0";
  const below = atTheEnd();
  const added = merge(part(at, "log"), part(newer, "log"));
  if (added.length > 0 && below) toTheEnd();
  for (const name of ["refusal", "ways"]) takePart(now, name);
  takeComposer(now);
  markRead();
}

function takePart(now: Document, name: string): void {
  const [here, there] = [maybe(document, name), maybe(now, name)];
  if (here && there) takeOver(here, there);
}

/** What was typed stays, also where it can't be sent any more. */
function takeComposer(now: Document): void {
  const newer = maybe<HTMLFormElement>(now, "composer");
  if (!composer) {
    if (newer) {
      part(document, "write").replaceChildren(newer);
      start(newer);
    }
    return;
  }
  composer.hold(!newer);
  if (newer) {
    const [here, there] = [maybe(composer.form, "left"), maybe(newer, "left")];
    if (here && there) here.textContent = there.textContent;
  }
}

function start(at: HTMLFormElement): void {
  composer = new Composer(at);
  if (thread) at.addEventListener("submit", (event) => void send(event));
}

async function send(event: SubmitEvent): Promise<void> {
  const writing = composer;
  if (!writing || event.defaultPrevented) return;
  event.preventDefault();
  if (writing.form.ariaBusy === "true") return;
  writing.form.ariaBusy = "true";
  writing.field("seen").value = String(lastOf("0"));
  const { text } = writing;
  const fields = [...new FormData(writing.form)].map(([k, v]) => [k, String(v)]);
  try {
    const response = await fetch(writing.form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(fields),
    });
    const answer = (await response.json()) as { message?: string };
    if (response.ok) {
      writing.sent(text, crypto.randomUUID());
      await look();
      toTheEnd();
    } else writing.refuse(answer.message ?? "");
  } catch {
    // Whether it came or not: the same press again is the same message.
    writing.refuse(writing.form.dataset.failed ?? "");
  }
  writing.form.ariaBusy = null;
}

/** The last message of the other ("0") or of one's own ("1"). */
function lastOf(mine: "0" | "1"): number {
  const all = document.querySelectorAll<HTMLElement>(`[data-part="log"] [data-mine="${mine}"]`);
  return Number(all[all.length - 1]?.dataset.key ?? 0);
}

function markRead(): void {
  const last = lastOf("0");
  const older = thread?.dataset.olderPage !== undefined;
  if (!thread || older || document.hidden || last <= readUpTo || thread.dataset.unread === "0")
    return;
  readUpTo = last;
  const body = new URLSearchParams({ csrf, up_to: String(last) });
  const headers = { Accept: "application/json" };
  const path = `/messages/${thread.dataset.thread ?? ""}/read`;
  void fetch(path, { method: "POST", headers, body }).then(
    (response) => response.ok || forget(),
    forget,
  );
}

/** The next look tries again. */
function forget(): void {
  readUpTo = 0;
}

function atTheEnd(): boolean {
  const { scrollHeight } = document.documentElement;
  return window.scrollY + window.innerHeight > scrollHeight - 240;
}

function toTheEnd(): void {
  document.getElementById("latest")?.scrollIntoView({ block: "end" });
}

/** Older messages come in above those that are read, which stay where they are. */
async function older(event: Event): Promise<void> {
  const link = event.currentTarget;
  if (!thread || !(link instanceof HTMLAnchorElement)) return;
  event.preventDefault();
  const now = await page(link.pathname + link.search);
  const newer = now && maybe(now, "thread");
  if (!now || !newer) return;
  const height = document.documentElement.scrollHeight;
  merge(part(thread, "log"), part(newer, "log"));
  window.scrollBy(0, document.documentElement.scrollHeight - height);
  const next = maybe(newer, "older")?.querySelector("a");
  if (next) link.href = next.href;
  else show(maybe(thread, "older"), false);
}

if (composer && thread) composer.form.addEventListener("submit", (event) => void send(event));
if (thread || list) {
  const soon = looking(look);
  const socket = connect();
  socket.on("question:changed", ({ thread_id }: QuestionChanged) => {
    if (list || Number(thread?.dataset.thread) === thread_id) soon();
  });
  if (list) for (const kind of ["letter:changed", "inbox:changed"]) socket.on(kind, soon);
  socket.on("connect", soon);
}
if (thread) {
  if (thread.dataset.olderPage === undefined) {
    toTheEnd();
    maybe(thread, "older")
      ?.querySelector("a")
      ?.addEventListener("click", (event) => void older(event));
    markRead();
  }
}
