// How much waits for one, in the menu and beside it: messages, and notices.
import { show, write } from "../dom.ts";

export interface Unread {
  unread: number;
}

export interface QuestionChanged extends Unread {
  thread_id: number;
}

export interface ChatChanged extends Unread {
  chat_id: number;
}

export interface InboxChanged extends Unread {
  notices: number;
}

export function showUnread({ unread }: Unread): void {
  count("messages-count", unread);
  // What else is unread is not known here, so the mark is only set.
  if (unread > 0) document.querySelector(".me")?.setAttribute("data-unread", "");
}

export function showInbox({ unread, notices }: InboxChanged): void {
  count("messages-count", unread);
  count("notices-count", notices);
  document.querySelector(".me")?.toggleAttribute("data-unread", unread + notices > 0);
}

function count(name: string, number: number): void {
  for (const at of document.querySelectorAll<HTMLElement>(`[data-part="${name}"]`)) {
    write(at, String(number));
    show(at, number > 0);
  }
}
