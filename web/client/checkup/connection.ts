// The way to the site, and the way that picture and sound take.

import { maybe, part, write } from "../dom.ts";
import { connect } from "../socket.ts";
import { word } from "../words.ts";
import { networkAdvice } from "./advice.ts";
import type { Agent } from "./agents.ts";
import { loop, within } from "./loop.ts";
import type { Step } from "./step.ts";
import {
  conclude,
  type Mark,
  type Marks,
  type Missing,
  transportOf,
  WAYS,
  type Way,
} from "./ways.ts";

const SITE_MS = 10_000;
const CREDENTIAL_MS = 8000;
const TOO_MANY = 429;

interface Turn {
  urls: string[];
  username: string;
  credential: string;
}

export class Connection {
  #running = false;
  #marks: Marks = { site: "todo", direct: "todo", udp: "todo", tcp: "todo" };

  constructor(
    private readonly step: Step,
    private readonly agent: Agent,
    private readonly stun: string[],
    private readonly hasTurn: boolean,
  ) {
    part(step.root, "again").addEventListener("click", () => void this.check(Promise.resolve()));
  }

  /** Addresses at home are told only to pages that may see or hear; so `answered` comes first. */
  async check(answered: Promise<unknown>): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    this.step.set("checking", "connection_checking");
    for (const way of WAYS) this.#mark(way, "todo");
    try {
      await this.#try("site", opens());
      await answered;
      await this.#checkMedia();
    } finally {
      this.#running = false;
    }
  }

  async #checkMedia(): Promise<void> {
    if (typeof RTCPeerConnection !== "function") {
      this.step.set("bad", "connection_none", networkAdvice("none", this.agent));
      return;
    }
    const iceServers = this.stun.length > 0 ? [{ urls: this.stun }] : [];
    await this.#try("direct", loop({ iceServers }));
    const missing = this.hasTurn ? await this.#relay() : null;
    const { state, words, trouble } = conclude(this.#marks, missing);
    this.step.set(state, words, trouble && networkAdvice(trouble, this.agent));
  }

  /** Tries the relay by each way that it has; says why it couldn't. */
  async #relay(): Promise<Missing> {
    const turn = await credential();
    const ways = ["udp", "tcp"] as const;
    if (typeof turn === "string") {
      for (const way of ways) this.#mark(way, "skipped");
      return turn;
    }
    for (const way of ways) {
      const urls = turn.urls.filter((url) => transportOf(url) === way);
      const iceServers = [{ ...turn, urls }];
      if (urls.length === 0) this.#mark(way, "skipped");
      else await this.#try(way, loop({ iceServers, iceTransportPolicy: "relay" }));
    }
    return "unanswered";
  }

  async #try(way: Way, tried: Promise<Mark>): Promise<void> {
    this.#mark(way, "checking");
    this.#mark(way, await tried.catch(() => "bad" as const));
  }

  #mark(way: Way, mark: Mark): void {
    this.#marks[way] = mark;
    const line = maybe(this.step.root, way);
    if (!line) return;
    line.dataset.state = mark;
    write(part(line, "state"), word(`way_${mark}`));
  }
}

/** Whether the site's socket opens; one that this page has anyway is left alone. */
async function opens(): Promise<Mark> {
  const had = window.siteSocket?.active === true;
  const socket = connect();
  const open = new Promise<boolean>((resolve) => socket.once("connect", () => resolve(true)));
  if (!socket.connected && !socket.active) socket.connect();
  const opened = socket.connected || (await within(open, SITE_MS)) === true;
  if (!had) socket.disconnect();
  return opened ? "good" : "bad";
}

async function credential(): Promise<Turn | "limit" | "unanswered"> {
  const csrf = document.querySelector<HTMLMetaElement>('meta[name="csrf"]')?.content ?? "";
  try {
    const response = await fetch("/check/turn", {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ csrf }),
      signal: AbortSignal.timeout(CREDENTIAL_MS),
    });
    if (response.ok) return (await response.json()) as Turn;
    return response.status === TOO_MANY ? "limit" : "unanswered";
  } catch {
    return "unanswered";
  }
}
