// A call by telephone: its page follows what both telephones do, and counts with the talk.
import { watchAfresh } from "./parts/afresh.ts";
import { connect } from "./socket.ts";

/** How often the meter is looked at while both talk; news of the telephones come by themselves. */
const LOOK_MS = 5000;

const state = () => document.querySelector<HTMLElement>('[data-afresh="call"]')?.dataset.state;

const soon = watchAfresh(connect(), (_, fresh) => {
  const { state, talk } = fresh.dataset;
  if (state === "ended" && talk) location.assign(`/talks/${talk}`);
});
setInterval(() => {
  if (!document.hidden && state() !== "ended") soon();
}, LOOK_MS);
