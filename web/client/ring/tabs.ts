// The tabs of one browser that show one person's rings: one of them listens to the site for all.

import { type Reason, type Rings, ringsOf } from "./rings.ts";

export interface News {
  room_id: number;
  reason: Reason;
}

/** What tabs say to each other. `asks`: look again; `hush`: this was answered in some tab. */
type Word =
  | { kind: "rings"; rings: Rings }
  | { kind: "news"; news: News }
  | { kind: "hush" | "seen"; key: string }
  | { kind: "concern" | "asks" };

export interface Hearer {
  /** This tab is the one that listens, until `quit`. */
  lead(): void;
  quit(): void;
  /** A tab that doesn't listen wants it to look again. */
  asked(): void;
  rings(rings: Rings): void;
  news(news: News): void;
  hush(key: string): void;
  seen(key: string): void;
}

/** Tells the other tabs of this browser that something may ring from now on. */
export function concern(): void {
  const user = document.querySelector<HTMLElement>('[data-part="ring"]')?.dataset.user;
  if (user === undefined) return;
  const channel = new BroadcastChannel(`ring-${user}`);
  channel.postMessage({ kind: "concern" } satisfies Word);
  channel.close();
}

export class Tabs {
  readonly #channel: BroadcastChannel;
  readonly #name: string;
  #seeking: AbortController | undefined;
  #yield: (() => void) | undefined;

  constructor(
    user: string,
    private readonly hearer: Hearer,
  ) {
    this.#name = `ring-${user}`;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.addEventListener("message", (event) => this.#hear(event.data));
  }

  get leads(): boolean {
    return this.#yield !== undefined;
  }

  say(word: Word): void {
    this.#channel.postMessage(word);
  }

  /** Stands in line to be the one who listens; whoever is closed makes place for the next. */
  seek(): void {
    if (this.#seeking) return;
    const seeking = new AbortController();
    this.#seeking = seeking;
    // Without locks (a page that came without TLS) there are no talks either; each tab is alone.
    if (!("locks" in navigator)) {
      void this.#lead();
      return;
    }
    navigator.locks
      .request(this.#name, { signal: seeking.signal }, () => this.#lead())
      // Nothing rings any more: left the line.
      .catch(() => undefined);
  }

  #lead(): Promise<void> {
    return new Promise((resolve) => {
      this.#yield = resolve;
      this.hearer.lead();
    });
  }

  /** Nothing may ring: nobody listens, and nobody stands in line for it. */
  quit(): void {
    this.#seeking?.abort();
    this.#seeking = undefined;
    if (!this.#yield) return;
    this.hearer.quit();
    this.#yield();
    this.#yield = undefined;
  }

  #hear(word: Partial<Word> & { kind?: unknown }): void {
    if (word.kind === "rings" && "rings" in word) {
      const rings = ringsOf(word.rings);
      if (rings) this.hearer.rings(rings);
    } else if (word.kind === "news" && "news" in word && word.news) this.hearer.news(word.news);
    else if ("key" in word && typeof word.key === "string") {
      if (word.kind === "hush") this.hearer.hush(word.key);
      else if (word.kind === "seen") this.hearer.seen(word.key);
    } else if (word.kind === "concern") this.seek();
    else if (word.kind === "asks" && this.leads) this.hearer.asked();
  }
}
