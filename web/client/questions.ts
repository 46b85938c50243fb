// Messages before a talk: the list of them, and one conversation.
import { maybe } from "./dom.ts";
import { takeWords } from "./parts/carrying.ts";
import { Composer } from "./parts/composer.ts";
import { Conversation, follow, lookAtList, sendFields } from "./parts/conversation.ts";
import { looking } from "./parts/newer.ts";
import type { QuestionChanged } from "./parts/unread.ts";
import { connect } from "./socket.ts";

const thread = maybe(document, "thread");
const list = maybe(document, "threads");
const form = maybe<HTMLFormElement>(document, "composer");

if (thread) {
  const path = `/messages/${thread.dataset.thread ?? ""}`;
  const manner = { parts: ["refusal", "ways"], deliver: sendFields };
  const conversation = new Conversation(thread, path, manner);
  const concerns = ({ thread_id }: QuestionChanged) => Number(thread.dataset.thread) === thread_id;
  follow("question:changed", concerns, () => conversation.look());
} else if (list) {
  const soon = looking(() => lookAtList(list));
  const socket = connect();
  for (const kind of ["question:changed", "letter:changed", "chat:changed", "inbox:changed"])
    socket.on(kind, soon);
  socket.on("connect", soon);
} else if (form) {
  new Composer(form);
  takeWords(form);
}
