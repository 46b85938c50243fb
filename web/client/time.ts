// The page's own clock, and the moments at which somebody comes back to the page.

/** Where the two clocks come further apart than this, the machine slept (or its clock was set). */
const SLEPT_MS = 2000;
/** On the window, before the document hears of them: `resume` doesn't bubble. */
const RETURNS = ["visibilitychange", "pageshow", "resume"];

let apart = Date.now() - performance.now();
let slept = 0;

/** ms by a clock that nobody sets back, and that goes on while the machine sleeps. performance.now() stands still then. */
export function moment(): number {
  const awake = performance.now();
  const present = Date.now() - awake;
  if (present - apart > SLEPT_MS) slept += present - apart;
  apart = present;
  return awake + slept;
}

/** The epoch's time at the zero of `moment`, by the clock of the browser's own timestamps. */
export function origin(): number {
  return performance.timeOrigin + performance.now() - moment();
}

/** Calls whenever the page is looked at again, or awake again: what it shows may be old. */
export function onReturn(back: () => void): void {
  for (const name of RETURNS) addEventListener(name, () => document.hidden || back(), true);
}

/** Hours and minutes of a moment, in the zone in which the page itself tells times: its reader's own. */
export function hourOf(at: string): string {
  const zone = document.querySelector<HTMLElement>("[data-zone]")?.dataset.zone;
  return new Date(at).toLocaleTimeString(document.documentElement.lang, {
    hour: "numeric",
    hourCycle: "h23",
    minute: "2-digit",
    ...(zone ? { timeZone: zone } : {}),
  });
}

/** 65,000 → 1:05; from an hour on 1:02:03. */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const pad = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = pad(seconds % 60);
  return hours > 0 ? `${hours}:${pad(minutes)}:${tail}` : `${minutes}:${tail}`;
}
