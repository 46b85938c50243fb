// Live states of rooms: on the list of rooms, and on the page of one room.

import { restAmong, restOf } from "./parts/resting.ts";
import { watchToggles } from "./parts/toggle.ts";
import { watchWaiting } from "./parts/waiting.ts";
import { ask, askAfresh, connect, type Socket } from "./socket";
import { onReturn } from "./time.ts";

type State = "open" | "busy" | "reserved" | "closed";

type Watched = {
  rooms: Record<string, unknown>;
  pauses: Record<string, number>;
  media: Record<string, string>;
};
type Room = { room_id: number; state: unknown; pause?: number; medium?: string };

const RANK: Record<State, number> = { open: 0, busy: 1, reserved: 2, closed: 3 };
/** How long hands must be off the list before cards may change places. */
const QUIET_MS = 800;
/** How often the states are asked for anew, in case that one of them got lost on its way. */
const ASK_MS = 30_000;

const rooms = [...document.querySelectorAll<HTMLElement>("[data-room-id]")];
const lists = [...document.querySelectorAll<HTMLElement>("ul[data-rooms]")];
const words = document.querySelector<HTMLElement>("[data-rooms]")?.dataset;

function isState(value: unknown): value is State {
  return typeof value === "string" && value in RANK;
}

function stateOf(room: HTMLElement): State {
  return isState(room.dataset.state) ? room.dataset.state : "closed";
}

/** The badge and the way in follow at once; the order waits for a quiet moment. */
function show(room: HTMLElement, state: State, medium: unknown): void {
  // One who waits for calls isn't entered: the way in follows.
  if (state === "open" && typeof medium === "string") room.dataset.medium = medium;
  if (stateOf(room) === state) return;
  room.dataset.state = state;
  const badge = room.querySelector<HTMLElement>("[data-badge]");
  if (badge) {
    badge.dataset.state = state;
    badge.textContent = words?.[`word${state[0]?.toUpperCase()}${state.slice(1)}`] ?? state;
  }
  sortSoon();
}

function showAll(answer: Watched): void {
  for (const room of rooms) {
    const id = room.dataset.roomId ?? "";
    const state = answer.rooms[id];
    show(room, isState(state) ? state : "closed", answer.media[id] ?? "browser");
  }
}

let timer: number | undefined;
let pointed = false;

function sortSoon(): void {
  window.clearTimeout(timer);
  timer = window.setTimeout(sort, QUIET_MS);
}

/** Open rooms first, then busy, then reserved, then closed; among equals, the order in which the page came. */
function sorted(list: HTMLElement): HTMLElement[] {
  return rooms
    .filter((room) => room.parentElement === list)
    .sort((a, b) => RANK[stateOf(a)] - RANK[stateOf(b)]);
}

function sort(): void {
  // Nothing moves under a pointer or away from the focus: leaving the list starts the wait anew.
  if (pointed || lists.some((list) => list.contains(document.activeElement))) return;
  for (const list of lists) sortOne(list);
}

function sortOne(list: HTMLElement): void {
  const order = sorted(list);
  if (order.every((room, place) => room === list.children[place])) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden;
  if (still || !document.startViewTransition) list.append(...order);
  else glide(list, order);
}

function glide(parent: HTMLElement, order: HTMLElement[]): void {
  name(order, (room) => `room-${room.dataset.roomId}`);
  const transition = document.startViewTransition(() => parent.append(...order));
  // A transition that the browser skips is no error: the cards have moved all the same.
  transition.finished.catch(() => undefined).finally(() => name(order, () => ""));
  transition.ready.catch(() => undefined);
}

function name(cards: HTMLElement[], nameOf: (card: HTMLElement) => string): void {
  for (const card of cards) card.style.viewTransitionName = nameOf(card);
}

function watchHands(parent: HTMLElement): void {
  const touch = (inside: boolean) => () => {
    pointed = inside;
    sortSoon();
  };
  parent.addEventListener("pointerenter", touch(true));
  parent.addEventListener("pointerleave", touch(false));
  parent.addEventListener("pointercancel", touch(false));
  parent.addEventListener("focusout", () => sortSoon());
  window.addEventListener("scroll", () => timer !== undefined && sortSoon(), { passive: true });
}

function watchRooms(socket: Socket): void {
  const look = (asking = ask<Watched>) => {
    if (document.hidden) return;
    // A refused or late answer leaves the page as it is; the next look asks again.
    asking(socket, "directory:watch", {}).then(
      (answer) => {
        showAll(answer);
        restAmong(answer.pauses);
      },
      () => undefined,
    );
  };
  socket.on("connect", () => look());
  onReturn(() => look(askAfresh));
  setInterval(() => look(), ASK_MS);
  socket.on("directory:again", () => look());
  socket.on("directory:room", (event: Room) => {
    restOf(event.room_id, event.pause ?? null);
    const room = rooms.find((one) => one.dataset.roomId === String(event.room_id));
    if (room && isState(event.state)) show(room, event.state, event.medium ?? "browser");
  });
}

watchToggles();
if (rooms.length > 0) {
  const socket = connect();
  lists.forEach(watchHands);
  watchRooms(socket);
  watchWaiting(socket);
}
