// What the site says to a seat before the page has read that it has one.
import type { Socket } from "../socket.ts";

const MOST = 128;

export class Early {
  #heard: [string, unknown][] = [];
  readonly #listen = (event: string, payload: unknown) => {
    if (event.startsWith("talk:") && this.#heard.length < MOST) this.#heard.push([event, payload]);
  };

  constructor(private readonly socket: Socket) {}

  /** Listens from now on; what was heard before is forgotten. */
  begin(): void {
    this.end();
    this.socket.onAny(this.#listen);
  }

  /** Says it all again, to whoever listens now. */
  repeat(): void {
    const heard = this.#heard;
    this.end();
    for (const [event, payload] of heard)
      for (const listener of this.socket.listeners(event)) listener(payload);
  }

  end(): void {
    this.socket.offAny(this.#listen);
    this.#heard = [];
  }
}
