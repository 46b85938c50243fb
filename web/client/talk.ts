// The page of a live talk, opened by its address or loaded again: media first, then straight back in.

import { prepareChime } from "./devices/chime.ts";
import { Media } from "./devices/media.ts";
import { regain } from "./devices/regain.ts";
import { part, show, write } from "./dom.ts";
import { connect } from "./socket.ts";
import { cameraWasOff, micWasOff } from "./stage/remember.ts";
import type { TalkStage } from "./stage/stage.ts";
import "./stage/stage.ts";
import { word } from "./words.ts";

const stage = document.querySelector("talk-stage") as TalkStage;
const socket = connect();
const media = new Media();
const gate = part(document, "gate");
const button = part<HTMLButtonElement>(gate, "return");
let begun = false;

async function open(): Promise<void> {
  button.disabled = true;
  media.mute(micWasOff());
  await media.open(stage.dataset.video === "1" && !cameraWasOff());
  regain(media);
  button.disabled = false;
  if (begun) return;
  const denied =
    media.problems.audio === "media_denied" || media.problems.audio === "media_insecure";
  // A silent track needs a gesture too, so one who has no sound is asked before going on.
  if (media.silent && !navigator.userActivation?.isActive) ask(denied);
  else begin();
}

function ask(denied: boolean): void {
  show(gate, true);
  write(part(gate, "gate-text"), word(media.problems.audio ?? "media_failed"));
  gate.dataset.denied = String(denied);
  button.focus();
}

/** The browser asks, and nobody answers: one may go back without a voice, and answer later. */
function offer(): void {
  if (begun || !media.unanswered) return;
  show(gate, true);
  write(part(gate, "gate-text"), word("media_unanswered"));
  button.disabled = false;
}

function begin(): void {
  begun = true;
  show(gate, false);
  media.beSilent();
  media.wake();
  stage.start(socket, Number(stage.dataset.talk), media);
}

prepareChime();
media.addEventListener("change", offer);
button.addEventListener("click", begin);
await open();
