// The banner of a reservation: it counts the minutes down, and leads into the talk when it is time.
import { maybe, show, write } from "../dom.ts";
import { moment, onReturn } from "../time.ts";

const TICK_MS = 5000;

const banner = document.querySelector<HTMLElement>("[data-due]");

function tick(due: HTMLElement): void {
  // Since the page was made, sleep and all.
  const gone = moment() / 1000;
  const left = (name: string) => Number(due.dataset[name]) - gone;
  show(due, left("endsIn") > 0);
  show(maybe(due, "soon"), left("opensIn") > 0);
  show(maybe(due, "now"), left("opensIn") <= 0);
  const minutes = maybe(due, "minutes");
  if (minutes) {
    const n = Math.max(0, Math.ceil(left("startsIn") / 60));
    write(minutes, (minutes.dataset.text ?? "").replace("{n}", String(n)));
  }
}

if (banner) {
  setInterval(tick, TICK_MS, banner);
  onReturn(() => tick(banner));
}
