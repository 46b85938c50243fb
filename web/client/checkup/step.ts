// One step on the page: its state in a word and a shape, what to do now, and the advice where it failed.
import { maybe, part, show, write } from "../dom.ts";
import { word } from "../words.ts";

export type State = "todo" | "checking" | "good" | "bad";

export class Step {
  constructor(
    readonly root: HTMLElement,
    private readonly changed: () => void,
  ) {}

  get state(): State {
    return this.root.dataset.state as State;
  }

  /** `words` is the key of what is said; `advice` of what is shown to somebody who is in trouble. */
  set(state: State, words: string, advice: string | null = null): void {
    this.root.dataset.state = state;
    write(part(this.root, "state"), word(state));
    write(part(this.root, "text"), word(words));
    advise(this.root, advice);
    show(maybe(this.root, "again"), state === "bad");
    this.changed();
  }
}

/** Shows the one advice that fits, of all that stand in the page. */
export function advise(root: HTMLElement, key: string | null): void {
  const advice = part(root, "advice");
  for (const each of advice.querySelectorAll<HTMLElement>("[data-advice]"))
    show(each, each.dataset.advice === key);
  show(advice, key !== null);
}
