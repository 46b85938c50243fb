// How many messages one hasn't read, in the menu and beside it.
import { show, write } from "../dom.ts";

export interface QuestionChanged {
  thread_id: number;
  unread: number;
}

export function showUnread({ unread }: QuestionChanged): void {
  for (const count of document.querySelectorAll<HTMLElement>('[data-part="messages-count"]')) {
    write(count, String(unread));
    show(count, unread > 0);
  }
  // What else is unread is not known here, so the mark is only set.
  if (unread > 0) document.querySelector(".me")?.setAttribute("data-unread", "");
}
