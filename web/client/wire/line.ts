// The socket of a talk: opened again and again until it stands, and found out when it is half open.

import { heldFor, type Socket } from "../socket.ts";
import { moment } from "../time.ts";

/** One attempt: TCP asks again after one and three seconds, so a returned network is met within two. */
const TRY_MS = 3200;
/** Between attempts that fail at once. Chromium holds back a page whose sockets fail too often. */
const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 3000;
/** The browser says that there is no network, and will tell when there is one. */
const OFFLINE_PAUSE_MS = 8000;
/** How long a socket that is in doubt has to bring any word of the server. */
const PROOF_MS = 900;
/** Hints of the browser that the network may be another one now. */
const HINTS = ["online", "pageshow", "visibilitychange", "resume"];

export interface LineEvents {
  up(): void;
  down(): void;
  /** Say something that the server answers. */
  poke(): void;
}

export class Line {
  #heardAt = moment();
  #begunAt = 0;
  #failures = 0;
  #dialing = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #proof: ReturnType<typeof setTimeout> | undefined;
  readonly #heard = () => {
    this.#heardAt = moment();
  };
  readonly #hint = () => this.#hurry();
  readonly #handlers: [string, () => void][] = [
    ["connect", () => this.#up()],
    ["disconnect", () => this.#down()],
    ["connect_error", () => this.#failed()],
  ];

  constructor(
    private readonly socket: Socket,
    private readonly on: LineEvents,
  ) {
    socket.io.reconnection(false);
    for (const [event, handler] of this.#handlers) socket.on(event, handler);
    for (const event of ["packet", "ping"] as const) socket.io.on(event, this.#heard);
    // `resume` doesn't bubble up to the window.
    for (const hint of HINTS) addEventListener(hint, this.#hint, true);
    network()?.addEventListener("change", this.#hint);
    if (!socket.connected) this.#again(TRY_MS);
  }

  get connected(): boolean {
    return this.socket.connected;
  }

  /** Whether the server has said anything since `moment`. */
  heardSince(moment: number): boolean {
    return this.#heardAt > moment;
  }

  /** Media have stopped, or the network has changed: does the socket still reach the server? */
  prove(): void {
    if (!this.socket.connected || this.#proof !== undefined) return;
    const asked = moment();
    this.on.poke();
    this.#proof = setTimeout(() => {
      this.#proof = undefined;
      if (!this.heardSince(asked)) this.dial();
    }, PROOF_MS);
  }

  /** A new socket is the only proof against a half-open one. */
  dial(): void {
    this.#begunAt = moment();
    this.#dialing = true;
    this.socket.disconnect().connect();
    this.#dialing = false;
    this.#again(TRY_MS);
  }

  #hurry(): void {
    if (document.hidden) return;
    if (this.socket.connected) this.prove();
    else if (moment() - this.#begunAt > FIRST_PAUSE_MS && heldFor() === 0) this.dial();
  }

  #up(): void {
    clearTimeout(this.#timer);
    this.#failures = 0;
    this.#heard();
    this.on.up();
  }

  #down(): void {
    this.on.down();
    if (!this.#dialing) this.#again(FIRST_PAUSE_MS * Math.random());
  }

  #failed(): void {
    if (this.#dialing || this.socket.connected) return;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures++, LONGEST_PAUSE_MS);
    const spent = moment() - this.#begunAt;
    const wait = navigator.onLine ? Math.max(pause - spent, 0) : OFFLINE_PAUSE_MS;
    // Not all at once when a server comes back.
    this.#again(wait + FIRST_PAUSE_MS * Math.random());
  }

  #again(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.dial(), Math.max(ms, heldFor()));
  }

  close(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#proof);
    for (const [event, handler] of this.#handlers) this.socket.off(event, handler);
    for (const event of ["packet", "ping"] as const) this.socket.io.off(event, this.#heard);
    for (const hint of HINTS) removeEventListener(hint, this.#hint, true);
    network()?.removeEventListener("change", this.#hint);
    this.socket.io.reconnection(true);
  }
}

/** What Chromium tells of the network; others have nothing of the kind. */
function network(): EventTarget | undefined {
  return (navigator as Navigator & { connection?: EventTarget }).connection;
}
