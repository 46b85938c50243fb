// A consultation: what is written comes by itself, with photos, a draft that stays, and a sign while the other writes.
import { maybe, show } from "./dom.ts";
import { letWordsGoAlong } from "./parts/carrying.ts";
import type { Composer } from "./parts/composer.ts";
import { Conversation, follow, lookAtList, type Manner, sendFields } from "./parts/conversation.ts";
import { draftAt, keepDraft } from "./parts/kept.ts";
import { Tray } from "./parts/tray.ts";
import type { ChatChanged } from "./parts/unread.ts";
import type { Socket } from "./socket.ts";

/** Who writes on tells it so often, and is believed to write for so long. */
const TELL_MS = 3000;
const TYPING_MS = 6000;

const thread = maybe(document, "thread");
const list = maybe(document, "threads");
const viewer = document.querySelector<HTMLMetaElement>("meta[name=viewer]")?.content ?? "";

class Chat implements Manner {
  readonly parts = ["head", "standing", "refusal", "ways"];
  readonly #id: number;
  readonly #path: string;
  #tray: Tray | null = null;
  #socket: Socket | null = null;
  #told = 0;
  #timer: number | undefined;

  constructor(id: number) {
    this.#id = id;
    this.#path = `/chats/${id}`;
  }

  begin(at: HTMLElement): void {
    const conversation = new Conversation(at, this.#path, this);
    this.#socket = follow(
      "chat:changed",
      ({ chat_id }: ChatChanged) => chat_id === this.#id,
      () => conversation.look(),
    );
    this.#socket.on("chat:typing", ({ chat_id }: { chat_id: number }) => {
      if (chat_id === this.#id) this.#typing();
    });
  }

  begun(composer: Composer): string | null {
    const kept = draftAt(sessionStorage, viewer, this.#path);
    const restored = kept && composer.text === "" ? kept.text : null;
    if (kept && restored !== null) composer.restore(kept.text, kept.press);
    composer.form.addEventListener("input", () => {
      this.#keep(composer);
      this.#tell();
    });
    // Before the conversation sends: a photo that is being made small is waited for.
    composer.form.addEventListener("submit", (event) => this.#wait(event), { capture: true });
    const tray = maybe(composer.form, "tray");
    if (tray) this.#tray = new Tray(tray, (empty) => composer.need(empty));
    this.#keeping = () => this.#keep(composer);
    return restored;
  }

  deliver(form: HTMLFormElement): Promise<Response> {
    const photos = this.#tray?.files ?? [];
    if (photos.length === 0) return sendFields(form);
    const body = new FormData(form);
    for (const photo of photos) body.append("photo", photo);
    const headers = { Accept: "application/json" };
    return fetch(`${this.#path}/photos`, { method: "POST", headers, body });
  }

  beside(): string {
    return (this.#tray?.files ?? []).map((file) => `${file.name} ${file.size}`).join();
  }

  sent(): void {
    this.#tray?.clear();
    this.#told = 0;
    this.#keeping();
  }

  looked(added: HTMLElement[]): void {
    if (added.some((line) => line.dataset.mine === "0")) show(maybe(document, "typing"), false);
  }

  #keeping = (): void => undefined;

  #keep(composer: Composer): void {
    const draft = { text: composer.text, press: composer.field("press").value };
    keepDraft(sessionStorage, viewer, this.#path, draft);
  }

  #wait(event: SubmitEvent): void {
    if (!this.#tray?.isBusy) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  #tell(): void {
    if (!this.#socket?.connected || Date.now() - this.#told < TELL_MS) return;
    this.#told = Date.now();
    this.#socket.emit("chat:typing", { chat_id: this.#id });
  }

  #typing(): void {
    const sign = maybe(document, "typing");
    show(sign, true);
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => show(sign, false), TYPING_MS);
  }
}

letWordsGoAlong();
if (thread) new Chat(Number(thread.dataset.thread)).begin(thread);
else if (list)
  follow(
    "chat:changed",
    () => true,
    () => lookAtList(list),
  );
