// The one connection of a browser over which the site says what rings. Loaded by the tab that listens.
import { type Reason, type Rings, ringsOf } from "./ring/rings.ts";
import { ask, askAfresh, connect, Refusal } from "./socket.ts";
import { moment } from "./time.ts";

export interface LineEvents {
  rings(rings: Rings): void;
  news(news: { room_id: number; reason: Reason }): void;
  /** The session has ended: nothing rings for anybody. */
  signedOut(): void;
}

export interface RingLine {
  again(): void;
  close(): void;
}

/** Several changes within a moment are one question. */
const SOON_MS = 150;
/** A console that is open sits down by itself; only then it rings elsewhere. */
const CONSOLE_MS = 1500;
/** In case that the news of a change got lost on its way. */
const ASK_MS = 30_000;

export function open(events: LineEvents): RingLine {
  const own = window.siteSocket === undefined;
  const socket = connect();
  let timer: number | undefined;
  let calm = 0;

  const look = async (asking: typeof ask<unknown>) => {
    try {
      const rings = ringsOf(await asking(socket, "ring:watch", {}));
      if (rings) events.rings(rings);
    } catch (error) {
      // Anything else: the next look asks again.
      if (error instanceof Refusal && error.code === "not_signed_in") events.signedOut();
    }
  };
  const soon = (asking: typeof ask<unknown>) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void look(asking), Math.max(SOON_MS, calm - moment()));
  };
  const again = () => soon(ask);
  const handlers: Record<string, (event: { room_id: number; reason: Reason }) => void> = {
    connect: again,
    "ring:again": again,
    "waiting:place": again,
    "standby:closed": again,
    "talk:entered": () => {
      calm = moment() + CONSOLE_MS;
      again();
    },
    "waiting:passed": ({ room_id }) => events.news({ room_id, reason: "passed" }),
    "waiting:over": ({ room_id, reason }) => {
      events.news({ room_id, reason });
      again();
    },
  };
  for (const [event, handler] of Object.entries(handlers)) socket.on(event, handler);
  const asking = setInterval(again, ASK_MS);
  if (socket.connected) again();
  return {
    // Somebody has come back: after a sleep the socket may only look open.
    again: () => soon(askAfresh),
    close: () => {
      clearInterval(asking);
      window.clearTimeout(timer);
      for (const [event, handler] of Object.entries(handlers)) socket.off(event, handler);
      if (!own) return;
      window.siteSocket = undefined;
      socket.disconnect();
    },
  };
}
