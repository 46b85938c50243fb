// The one connection to the realtime door. Small on purpose: the front page carries it too.
import { io, type Socket } from "socket.io-client";
import { Hold, type TurnedAway } from "./hold.ts";
import { showInbox, showUnread } from "./parts/unread.ts";
import { moment } from "./time.ts";

export type { Socket };

declare global {
  interface Window {
    siteSocket?: Socket | undefined;
  }
}

/** The server said no, or said nothing in time (`timeout`, `offline`). `message` is in the reader's language. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

const TURNED_AWAY_MS = 2000;

/** A connection that is silent for longer after a sleep is half open. */
const PROOF_MS = 4000;

type Answer = { ok: true } | { ok: false; code: string; message: string };

const held = new Hold();

/** For how many ms this page must not dial: the server has no place for it. */
export function heldFor(): number {
  return held.left(moment());
}

/** Says on the page why it has no connection, for as long as it has none. */
function tell(): void {
  let notice = document.getElementById("turned-away");
  if (!notice && held.words === "") return;
  if (!notice) {
    notice = document.createElement("p");
    notice.id = "turned-away";
    notice.className = "notice warn";
    notice.role = "status";
    document.body.append(notice);
  }
  notice.textContent = held.words;
  notice.hidden = held.words === "";
}

/** Only websocket, so that any process behind the proxy may serve the next connection. */
export function connect(): Socket {
  // One for all scripts of a page.
  if (window.siteSocket) return window.siteSocket;
  const socket = io({
    transports: ["websocket"],
    reconnectionDelay: 200,
    reconnectionDelayMax: 2000,
    timeout: 4000,
  });
  // socket.io gives up when the server turned the connection away; a server that restarts may do that.
  // Who has switched reconnection off dials by itself.
  const again = () =>
    socket.active ||
    !socket.io.reconnection() ||
    setTimeout(() => socket.connect(), Math.max(TURNED_AWAY_MS, heldFor()));
  socket.on("connect", () => {
    held.connected();
    tell();
  });
  socket.on("connection:turned_away", (said: TurnedAway) => {
    held.gaveWay(said, moment(), Math.random());
    tell();
  });
  socket.on("connect_error", (error: Error & { data?: TurnedAway }) => {
    if (error.data) held.turnedAway(error.data, moment(), Math.random());
    tell();
    again();
  });
  for (const kind of ["question:changed", "letter:changed", "chat:changed"])
    socket.on(kind, showUnread);
  socket.on("inbox:changed", showInbox);
  // Who hangs up means it; who wants to dial again does so.
  socket.on("disconnect", (reason) => reason === "io client disconnect" || again());
  window.siteSocket = socket;
  return socket;
}

/** Emits and waits for the answer, at most `timeoutMs`. Never queues while offline: a stale request helps nobody. */
export function ask<T>(
  socket: Socket,
  event: string,
  payload: object,
  timeoutMs = 5000,
): Promise<T> {
  if (!socket.connected) return Promise.reject(new Refusal("offline", ""));
  return new Promise<T>((resolve, reject) => {
    socket.timeout(timeoutMs).emit(event, payload, (late: Error | null, answer: Answer) => {
      if (late) reject(new Refusal("timeout", ""));
      else if (answer.ok) resolve(answer as T);
      else reject(new Refusal(answer.code, answer.message, { ...answer }));
    });
  });
}

/** Asks after a return to the page. Without an answer the connection is given up: the next one asks. */
export async function askAfresh<T>(socket: Socket, event: string, payload: object): Promise<T> {
  try {
    return await ask<T>(socket, event, payload, PROOF_MS);
  } catch (error) {
    if (error instanceof Refusal && error.code === "timeout") socket.disconnect().connect();
    throw error;
  }
}
