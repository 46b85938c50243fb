// A call by telephone: its page follows what both telephones do, and counts with the talk.
import { watchAfresh } from "./parts/afresh.ts";
import { connect } from "./socket.ts";

/** How often the meter is looked at while both talk; news of the telephones come by themselves. */
const LOOK_MS = 5000;

const state = () => document.querySelector<HTMLElement>('[data-afresh="call"]')?.dataset.state;

const soon = watchAfresh(connect(), (_, fresh) => {
  // It has become a talk's account: the same address leads there.
  if (fresh.dataset.state === "ended") location.reload();
});
setInterval(() => {
  if (!document.hidden && state() !== "ended") soon();
}, LOOK_MS);
