// The socket by which the page holds the telephones; one page at a time has them.

export type State = "idle" | "ringing" | "calling" | "connecting" | "talking";

/** What a telephone does now, or the site's answer to its offer. */
export interface About {
  phone: string;
  state?: State;
  number?: string;
  wanted?: string;
  end?: string;
  answer?: string;
}

interface Hears {
  told(about: About): void;
  /** Whether this page has the telephones. */
  held(held: boolean): void;
}

/** Another page has the telephones. */
const TAKEN = 4001;
const AGAIN_MS = 1500;
/** A page that was reloaded may still seem to be open for a moment. */
const MOST_TRIES = 2;

export class PracticeSocket {
  #socket: WebSocket | undefined;
  #tries = 0;
  #heldOnce = false;

  constructor(private readonly hears: Hears) {}

  /** Gets the telephones; with `take` also from another page. */
  open(take: boolean): void {
    const url = new URL("/demo/telephones/line", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    if (take) url.searchParams.set("take", "1");
    const socket = new WebSocket(url);
    this.#socket = socket;
    let told = false;
    socket.addEventListener("message", ({ data }) => {
      if (!told) {
        told = this.#heldOnce = true;
        this.#tries = 0;
        this.hears.held(true);
      }
      this.hears.told(JSON.parse(String(data)));
    });
    socket.addEventListener("close", ({ code }) => {
      if (socket === this.#socket) this.#closed(code, told);
    });
  }

  /** Another page has them, or the site is away and will be back. */
  #closed(code: number, told: boolean): void {
    this.#socket = undefined;
    const lost = code === TAKEN && (told || this.#heldOnce || this.#tries >= MOST_TRIES);
    if (code === TAKEN) this.#tries += 1;
    this.hears.held(false);
    if (!lost) setTimeout(() => this.#socket ?? this.open(false), AGAIN_MS);
  }

  /** Has a telephone do something; nothing where the page has none. */
  say(phone: string, act: string, value = "", offer = ""): void {
    if (this.#socket?.readyState === WebSocket.OPEN)
      this.#socket.send(JSON.stringify({ phone, do: act, value, offer }));
  }
}
