// What casts said of the caller before, where there is enough of it.
import { part, show, write } from "../dom.ts";
import type { TalkEntered } from "../protocol.ts";
import { word } from "../words.ts";

/** Shows on the stage how a caller stands, and returns the words. */
export function standing(stage: HTMLElement, news: TalkEntered): string {
  const { caller_good: good, caller_rated: rated } = news;
  const text = good === null || rated === null ? "" : word("standing", { good, rated });
  write(part(stage, "standing"), text);
  show(part(stage, "standing"), text !== "");
  return text;
}
