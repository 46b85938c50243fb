// Two who write to each other: what comes appears by itself, and that it was read is told while somebody looks.
import { maybe, part, show } from "../dom.ts";
import { connect, type Socket } from "../socket.ts";
import { Composer } from "./composer.ts";
import { merge } from "./merging.ts";
import { looking, page } from "./newer.ts";
import { takeOver } from "./taking_over.ts";

const csrf = document.querySelector<HTMLMetaElement>("meta[name=csrf]")?.content ?? "";

/** Sends what a form says as it is; how it was answered. */
export function sendFields(form: HTMLFormElement): Promise<Response> {
  const fields = [...new FormData(form)].map(([k, v]) => [k, String(v)]);
  return fetch(form.action, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams(fields),
  });
}

/** What a page of its own kind adds to a conversation. */
export interface Manner {
  /** Parts beside the log that follow, by their names. */
  parts: string[];
  deliver(form: HTMLFormElement): Promise<Response>;
  /** Gives back the words that were restored: they may have been sent before. */
  begun?(composer: Composer): string | null;
  sent?(): void;
  looked?(added: HTMLElement[]): void;
  /** What is sent beside the text. */
  beside?(): string;
}

/** Looks anew whenever something has changed, and in case that the news of it got lost. */
export function follow<News>(
  event: string,
  concerns: (news: News) => boolean,
  look: () => Promise<void>,
): Socket {
  const soon = looking(look);
  const socket = connect();
  socket.on(event, (news: News) => {
    if (concerns(news)) soon();
  });
  socket.on("connect", soon);
  return socket;
}

/** Brings a list of conversations up to date. */
export async function lookAtList(list: HTMLElement): Promise<void> {
  const now = await page(location.pathname + location.search);
  const newer = now && maybe(now, list.dataset.part ?? "");
  if (newer) takeOver(list, newer);
}

export class Conversation {
  composer: Composer | null = null;
  readonly #at: HTMLElement;
  readonly #path: string;
  readonly #manner: Manner;
  #readUpTo = 0;
  /** What was sent without an answer: it may have come. */
  #tried: string | null = null;

  constructor(at: HTMLElement, path: string, manner: Manner) {
    this.#at = at;
    this.#path = path;
    this.#manner = manner;
    const form = maybe<HTMLFormElement>(document, "composer");
    if (form) this.#start(form);
    if (this.#isOlder) return;
    toTheEnd();
    maybe(at, "older")
      ?.querySelector("a")
      ?.addEventListener("click", (event) => void this.#older(event));
    this.#markRead();
  }

  async look(): Promise<void> {
    const now = await page(this.#path);
    const newer = now && maybe(now, "thread");
    if (!now || !newer) return;
    this.#at.dataset.unread = newer.dataset.unread ?? "0";
    const below = atTheEnd();
    const added = merge(part(this.#at, "log"), part(newer, "log"));
    if (added.length > 0 && below) toTheEnd();
    this.#manner.looked?.(added);
    for (const name of this.#manner.parts) takePart(now, name);
    this.#takeComposer(now);
    this.#markRead();
  }

  /** What was typed stays, also where it can't be sent any more. */
  #takeComposer(now: Document): void {
    const newer = maybe<HTMLFormElement>(now, "composer");
    if (!this.composer) {
      if (newer) {
        part(document, "write").replaceChildren(newer);
        this.#start(newer);
      }
      return;
    }
    this.composer.hold(!newer);
    const [here, there] = [maybe(this.composer.form, "left"), newer && maybe(newer, "left")];
    if (here && there) here.textContent = there.textContent;
  }

  #start(form: HTMLFormElement): void {
    this.composer = new Composer(form);
    form.addEventListener("submit", (event) => void this.#send(event));
    const restored = this.#manner.begun?.(this.composer) ?? null;
    if (restored !== null) this.#tried = this.#said(restored);
  }

  async #send(event: SubmitEvent): Promise<void> {
    const writing = this.composer;
    if (!writing || event.defaultPrevented) return;
    event.preventDefault();
    if (writing.form.ariaBusy === "true") return;
    writing.form.ariaBusy = "true";
    writing.field("seen").value = String(this.#lastOf("0"));
    const { text } = writing;
    const said = this.#said(text);
    // Other words are another message, also where the first ones came without our knowing.
    if (this.#tried !== null && this.#tried !== said)
      writing.field("press").value = crypto.randomUUID();
    this.#tried = said;
    try {
      const response = await this.#manner.deliver(writing.form);
      const answer = (await response.json()) as { message?: string };
      if (response.ok) {
        this.#tried = null;
        writing.sent(text, crypto.randomUUID());
        this.#manner.sent?.();
        await this.look();
        toTheEnd();
      } else writing.refuse(answer.message ?? "");
    } catch {
      // Whether it came or not: the same press again is the same message.
      writing.refuse(writing.form.dataset.failed ?? "");
    }
    writing.form.ariaBusy = null;
  }

  #said(text: string): string {
    return `${text}\n${this.#manner.beside?.() ?? ""}`;
  }

  /** The last message of the other ("0") or of one's own ("1"). */
  #lastOf(mine: "0" | "1"): number {
    const all = document.querySelectorAll<HTMLElement>(`[data-part="log"] [data-mine="${mine}"]`);
    return Number(all[all.length - 1]?.dataset.key ?? 0);
  }

  get #isOlder(): boolean {
    return this.#at.dataset.olderPage !== undefined;
  }

  #markRead(): void {
    const last = this.#lastOf("0");
    if (this.#isOlder || document.hidden || last <= this.#readUpTo) return;
    if (this.#at.dataset.unread === "0") return;
    this.#readUpTo = last;
    const body = new URLSearchParams({ csrf, up_to: String(last) });
    const headers = { Accept: "application/json" };
    void fetch(`${this.#path}/read`, { method: "POST", headers, body }).then(
      (response) => response.ok || this.#forget(),
      () => this.#forget(),
    );
  }

  /** The next look tries again. */
  #forget(): void {
    this.#readUpTo = 0;
  }

  /** Older messages come in above those that are read, which stay where they are. */
  async #older(event: Event): Promise<void> {
    const link = event.currentTarget;
    if (!(link instanceof HTMLAnchorElement)) return;
    event.preventDefault();
    const now = await page(link.pathname + link.search);
    const newer = now && maybe(now, "thread");
    if (!now || !newer) return;
    const height = document.documentElement.scrollHeight;
    merge(part(this.#at, "log"), part(newer, "log"));
    window.scrollBy(0, document.documentElement.scrollHeight - height);
    const next = maybe(newer, "older")?.querySelector("a");
    if (next) link.href = next.href;
    else show(maybe(this.#at, "older"), false);
  }
}

function takePart(now: Document, name: string): void {
  const [here, there] = [maybe(document, name), maybe(now, name)];
  if (here && there) takeOver(here, there);
}

function atTheEnd(): boolean {
  const { scrollHeight } = document.documentElement;
  return window.scrollY + window.innerHeight > scrollHeight - 240;
}

function toTheEnd(): void {
  document.getElementById("latest")?.scrollIntoView({ block: "end" });
}
