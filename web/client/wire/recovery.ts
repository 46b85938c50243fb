// What to do while nothing of the other side arrives. Pure: no clock, no page.

/** The first doubt: is the socket still the one that reaches the server? */
const DOUBT_MS = 700;
/** Media that have stopped for so long won't come back by themselves soon enough. */
const SILENT_MS = 1500;
/** One step of making a connection may take so long: an offer, an answer, the handshakes. */
const STEP_MS = 2000;
const ALL_STEPS_MS = 8000;
/** Through the relay, the other side's way there is a step that this side sees nothing of. */
const OTHERS_STEP_MS = 4000;
/** On a slow machine each step takes as much longer as two answers of the server did lately. */
const SLOWEST_MS = 2000;
/** The polite side waits a little longer, so that both don't renew against each other. */
const POLITE_MS = 700;
/** Two questions for a new pair are never closer. */
const PAUSE_MS = 1000;
/** Nobody is there: news of a return may have been lost. */
const ABSENT_MS = 4000;

/** What is known now; all times in ms of one clock. */
export interface Sight {
  now: number;
  polite: boolean;
  /** Whether the other side sits in the talk. */
  present: boolean;
  /** When this side last asked for its seat. */
  askedAt: number;
  /** How long the server's last answer took. */
  answerMs: number;
  /** When the connection was made, last came a step nearer, and last brought something. */
  madeAt: number;
  stepAt: number;
  lastAt: number | null;
  failed: boolean;
  /** One's own connection to the relay stands, and waits for the other side's. */
  waits: boolean;
}

/** What is known of a connection that was not made. */
export const NO_PATH = { madeAt: 0, stepAt: 0, lastAt: null, failed: false, waits: false };

/** `prove` the socket, `look` whether the other is back, `ask` for a new pair. */
export type Move = "wait" | "prove" | "look" | "ask";

export function move(sight: Sight): Move {
  const asked = sight.now - sight.askedAt;
  const quiet = sight.lastAt === null ? null : sight.now - sight.lastAt;
  if (quiet !== null && quiet <= DOUBT_MS) return "wait";
  if (!sight.present) return asked > ABSENT_MS ? "look" : "wait";
  if (asked > PAUSE_MS && isLost(sight, quiet, asked)) return "ask";
  return quiet !== null && quiet <= SILENT_MS ? "prove" : "wait";
}

/** Whether this connection has had its time. */
function isLost(sight: Sight, quiet: number | null, asked: number): boolean {
  const polite = sight.polite ? POLITE_MS : 0;
  if (sight.failed) return asked > PAUSE_MS + polite;
  if (quiet !== null) return quiet > SILENT_MS + polite;
  const longer = polite + 2 * Math.min(sight.answerMs, SLOWEST_MS);
  const step = sight.waits ? OTHERS_STEP_MS : STEP_MS;
  return (
    sight.now - sight.stepAt > step + longer || sight.now - sight.madeAt > ALL_STEPS_MS + longer
  );
}

/** Whether something arrived so lately that the talk goes on. */
export function flows(now: number, lastAt: number | null): boolean {
  return lastAt !== null && now - lastAt < SILENT_MS;
}
