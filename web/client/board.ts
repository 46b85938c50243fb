// A topic's page: what is written there appears by itself, and who asked has read its answers once they look.
import { maybe, part, show } from "./dom.ts";
import { merge } from "./parts/merging.ts";
import { looking, page } from "./parts/newer.ts";
import { takeOver } from "./parts/taking_over.ts";
import { ask, connect } from "./socket.ts";

const csrf = document.querySelector<HTMLMetaElement>("meta[name=csrf]")?.content ?? "";
const topic = part(document, "topic");
const id = Number(topic.dataset.topic);
let told = false;

function markRead(): void {
  if (told || document.hidden || topic.dataset.unread === undefined) return;
  told = true;
  const headers = { Accept: "application/json" };
  const body = new URLSearchParams({ csrf });
  void fetch(`/board/${id}/read`, { method: "POST", headers, body }).then(
    (response) => response.ok && topic.removeAttribute("data-unread"),
    () => {
      // The next look tells it.
      told = false;
    },
  );
}

async function look(): Promise<void> {
  const now = await page(location.pathname + location.search);
  const newer = now && maybe(now, "topic");
  if (!now || !newer) return;
  const write = maybe(document, "write");
  const stood = write?.getBoundingClientRect().top ?? 0;
  takePart(now, "asked");
  takePart(now, "answers-head");
  if (takeAnswers(newer)) show(part(document, "came"), true);
  takeWrite(now);
  // What one is writing stays under one's eyes.
  if (write?.contains(document.activeElement))
    window.scrollBy(0, write.getBoundingClientRect().top - stood);
  if (newer.dataset.unread !== undefined) {
    topic.dataset.unread = newer.dataset.unread;
    told = false;
  }
  markRead();
}

function takePart(now: Document, name: string): void {
  const [here, there] = [maybe(document, name), maybe(now, name)];
  if (here && there) takeOver(here, there);
}

/** Says whether somebody else's answer is new. */
function takeAnswers(newer: HTMLElement): boolean {
  const [here, there] = [part(topic, "answers"), part(newer, "answers")];
  const [log, fresh] = [maybe(here, "log"), maybe(there, "log")];
  if (!log || !fresh) {
    takeOver(here, there);
    return maybe(here, "log")?.querySelector("[data-mine='0']") != null;
  }
  const added = merge(log, fresh);
  takePart(newer.ownerDocument, "answers-more");
  return added.some((line) => line.dataset.mine === "0");
}

/** What was typed stays, also where it can be sent no more. */
function takeWrite(now: Document): void {
  const [here, there] = [maybe(document, "write"), maybe(now, "write")];
  if (!here || here.dataset.state === (there?.dataset.state ?? "gone")) return;
  const typed = here.querySelector("textarea")?.value ?? "";
  if (there && typed === "") {
    takeOver(here, there);
    here.dataset.state = there.dataset.state ?? "";
    return;
  }
  const closed = there?.dataset.state !== "form";
  for (const button of here.querySelectorAll("button")) button.disabled = closed;
  show(part(document, "closed"), closed);
}

const soon = looking(look);
const socket = connect();
socket.on("topic:changed", ({ topic_id }: { topic_id: number }) => topic_id === id && soon());
socket.on("connect", () => {
  // Refused, the page goes on by its own looks.
  void ask(socket, "topic:watch", { topic_id: id }).then(soon, soon);
});
markRead();
