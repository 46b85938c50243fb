// On a room's page: its cast rests, for so many seconds more.
import { maybe, part, show, write } from "../dom.ts";
import { clock, moment } from "../time.ts";

const room = document.querySelector<HTMLElement>("article[data-room-id]");
const notice = room && maybe(room, "resting");
let ends: number | null = null;

/** What the site says of all rooms whose casts rest: seconds by the room's id. */
export function restAmong(pauses: Record<string, number> | undefined): void {
  if (room && pauses) begin(pauses[room.dataset.roomId ?? ""] ?? null);
}

/** What it says of one room; null: its cast doesn't rest. */
export function restOf(roomId: number, seconds: number | null): void {
  if (room?.dataset.roomId === String(roomId)) begin(seconds);
}

function begin(seconds: number | null): void {
  if (!notice) return;
  ends = seconds === null ? null : moment() + seconds * 1000;
  draw();
}

function draw(): void {
  if (!room || !notice) return;
  show(notice, ends !== null);
  show(maybe(room, "talking"), ends === null);
  if (ends === null) return;
  const left = Math.max(0, Math.ceil((ends - moment()) / 1000));
  const text = (notice.dataset.text ?? "").replace("{n}", clock(left * 1000));
  write(part(notice, "resting-left"), text);
  const badge = room.querySelector("[data-badge]");
  if (badge && room.dataset.state === "busy") badge.textContent = text;
}

if (notice) {
  const { seconds = "" } = notice.dataset;
  begin(seconds === "" ? null : Number(seconds));
  setInterval(draw, 500);
}
