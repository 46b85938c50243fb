// The one connection to the realtime door. Small on purpose: the front page carries it too.
import { io, type Socket } from "socket.io-client";

export type { Socket };

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

type Answer = { ok: true } | { ok: false; code: string; message: string };

/** Only websocket, so that any process behind the proxy may serve the next connection. */
export function connect(): Socket {
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
    setTimeout(() => socket.connect(), TURNED_AWAY_MS);
  return socket.on("connect_error", again).on("disconnect", again);
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
