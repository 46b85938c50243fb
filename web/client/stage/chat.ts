// The text beside the picture. A message keeps its key until the server has it, so sending again is harmless.
import { maybe, part, show, write } from "../dom.ts";
import type { Said, Side } from "../protocol.ts";
import { Refusal } from "../socket.ts";
import { hourOf } from "../time.ts";
import { word } from "../words.ts";
import { LastWords, shortened } from "./last_words.ts";

type Send = (key: string, text: string) => Promise<Said>;

export class Chat {
  readonly #panel: HTMLElement;
  readonly #log: HTMLElement;
  readonly #list: HTMLElement;
  readonly #text: HTMLTextAreaElement;
  readonly #toggle: HTMLElement;
  readonly #lastWords: LastWords;
  readonly #seen = new Set<number>();
  readonly #pending = new Map<string, string>();
  #unread = 0;
  side: Side = "caller";

  constructor(
    private readonly root: HTMLElement,
    private readonly send: Send,
    private readonly heard: (text: string) => void,
  ) {
    this.#panel = part(root, "chat");
    this.#log = part(root, "log");
    this.#list = part(root, "messages");
    this.#lastWords = new LastWords(root);
    // A phone's keyboard takes height away; the last message stays in sight.
    new ResizeObserver(() => this.#scroll()).observe(this.#log);
    this.#text = part<HTMLTextAreaElement>(root, "chat-text");
    this.#toggle = part(root, "chat-toggle");
    this.#toggle.addEventListener("click", () => this.open(!this.isOpen));
    part(root, "chat-close").addEventListener("click", () => this.open(false));
    part(root, "chat-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.#text.addEventListener("keydown", (event) => this.#key(event));
  }

  get isOpen(): boolean {
    return !this.#panel.hidden;
  }

  open(open: boolean): void {
    show(this.#panel, open);
    this.root.toggleAttribute("data-chat", open);
    this.#toggle.setAttribute("aria-expanded", String(open));
    if (!open) {
      this.#toggle.focus();
      return;
    }
    this.#count(0);
    this.#lastWords.hide();
    this.#scroll();
    this.#text.focus({ preventScroll: true });
  }

  /** Everything said so far, after joining; what is known already stays as it is. */
  fill(messages: Said[]): void {
    for (const said of messages) this.#add(said);
    for (const [key, text] of this.#pending) void this.#deliver(key, text);
  }

  hear(said: Said): void {
    if (!this.#add(said) || said.side === this.side || this.isOpen) return;
    this.#count(this.#unread + 1);
    this.#lastWords.show(said.text);
    this.heard(shortened(said.text));
  }

  /** Enter sends, Shift+Enter breaks the line, and Enter that ends a Japanese conversion does neither. */
  #key(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229)
      return;
    event.preventDefault();
    void this.#submit();
  }

  async #submit(): Promise<void> {
    const text = this.#text.value.trim();
    if (text === "") return;
    this.#text.value = "";
    const key = crypto.randomUUID();
    this.#pending.set(key, text);
    await this.#deliver(key, text);
  }

  async #deliver(key: string, text: string): Promise<void> {
    try {
      this.#add(await this.send(key, text));
      this.#pending.delete(key);
      this.#problem("");
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal("failed", "");
      // Without a connection it waits; the next join sends it. A refusal gives the text back.
      if (refusal.code === "offline" || refusal.code === "timeout") return;
      this.#pending.delete(key);
      if (this.#text.value === "") this.#text.value = text;
      this.#problem(refusal.message || word("not_sent"));
    }
  }

  #problem(text: string): void {
    const problem = part(this.root, "chat-problem");
    write(problem, text);
    show(problem, text !== "");
  }

  #add(said: Said): boolean {
    if (this.#seen.has(said.id)) return false;
    this.#seen.add(said.id);
    const template = document.getElementById("said") as HTMLTemplateElement;
    const line = (template.content.cloneNode(true) as DocumentFragment).firstElementChild;
    if (!(line instanceof HTMLElement)) return false;
    line.dataset.side = said.side === this.side ? "mine" : "theirs";
    line.dataset.id = String(said.id);
    const text = line.querySelector("[data-text]");
    if (text) text.textContent = said.text;
    stamp(line.querySelector("time"), said.at);
    this.#place(line, said.id);
    show(maybe(this.root, "chat-empty"), false);
    this.#scroll();
    return true;
  }

  /** In the order of the server, also when answers overtake each other. */
  #place(line: HTMLElement, id: number): void {
    const later = Array.from(this.#list.children).find(
      (other) => other instanceof HTMLElement && Number(other.dataset.id) > id,
    );
    this.#list.insertBefore(line, later ?? null);
  }

  #count(unread: number): void {
    this.#unread = unread;
    const badge = part(this.root, "unread");
    write(badge, String(unread));
    show(badge, unread > 0);
  }

  #scroll(): void {
    this.#log.scrollTop = this.#log.scrollHeight;
  }
}

function stamp(element: HTMLTimeElement | null, at: string): void {
  if (!element) return;
  element.dateTime = at;
  element.textContent = hourOf(at);
}
