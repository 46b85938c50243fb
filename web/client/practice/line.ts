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

/** A page that was reloaded may still seem to be open for a moment; later nobody is in a hurry. */
const SOON_MS = 1500;
const LATER_MS = 5000;

export class PracticeSocket {
  #socket: WebSocket | undefined;
  #tries = 0;

  constructor(private readonly hears: Hears) {}

  /** Gets the telephones; with `take` also from another page. */
  open(take: boolean): void {
    const url = new URL("/demo/telephones/line", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    if (take) url.searchParams.set("take", "1");
    const socket = new WebSocket(url);
    this.#socket = socket;
    let held = false;
    socket.addEventListener("message", ({ data }) => {
      if (!held) this.hears.held(true);
      held = true;
      this.#tries = 0;
      this.hears.told(JSON.parse(String(data)));
    });
    socket.addEventListener("close", () => {
      if (socket === this.#socket) this.#closed();
    });
  }

  /** Another page has them, or the site is away: once they are free, this page has them again. */
  #closed(): void {
    this.#socket = undefined;
    this.hears.held(false);
    this.#tries += 1;
    setTimeout(() => this.#socket ?? this.open(false), this.#tries < 3 ? SOON_MS : LATER_MS);
  }

  /** Has a telephone do something; nothing where the page has none. */
  say(phone: string, act: string, value = "", offer = ""): void {
    if (this.#socket?.readyState === WebSocket.OPEN)
      this.#socket.send(JSON.stringify({ phone, do: act, value, offer }));
  }
}
