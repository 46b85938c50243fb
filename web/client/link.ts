// One talk over the wire: joining, pairing, recovering, beating. It draws nothing.
import { Beats } from "./beats.ts";
import type { Kind, Media } from "./media.ts";
import { nextBoundary, type Reading } from "./meter.ts";
import { type Note, Peer, type Received } from "./peer.ts";
import type { Beat, Joined, JoinRequest, Meter, PeerNews, Said, Signal } from "./protocol.ts";
import { ask, Refusal, type Socket } from "./socket.ts";
import { tab } from "./tab.ts";
import { type Quality, Watch } from "./watch.ts";

export type Health = "flowing" | "recovering" | "offline";

export interface LinkEvents {
  joined(joined: Joined): void;
  meter(reading: Reading): void;
  said(said: Said): void;
  /** Whether the other side is there. */
  present(present: boolean): void;
  /** A new connection begins: forget the old picture. */
  paired(): void;
  track(track: MediaStreamTrack): void;
  note(note: Note): void;
  received(received: Received): void;
  quality(quality: Quality): void;
  health(health: Health): void;
  ended(): void;
  /** Another tab holds the talk. */
  elsewhere(): void;
  refused(refusal: Refusal): void;
}

const JOIN_MS = 2500;
const RECOVER_EVERY_MS = 4000;
/** Each attempt in vain makes the next one wait longer: a slow machine must be let connect. */
const LESS_EAGER = 1.5;
const MOST_PATIENT = 5;
const RETRY_MS = 2000;
const EARLY_SIGNALS = 64;
/** Refusals that asking again will not change. */
const FINAL = ["talk_over", "talk_unknown", "talk_elsewhere", "not_signed_in"];

export class Link {
  #peer: Peer | undefined;
  #watch: Watch | undefined;
  #joined: Joined | undefined;
  #early: Signal[] = [];
  #present = false;
  #joining = false;
  #fresh = true;
  #takeOver = false;
  #leaving = false;
  #closed = false;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #patience = 1;
  readonly #beats = new Beats((beat) => this.#beat(beat));
  readonly #handlers: Record<string, (...payload: never[]) => void> = {
    connect: () => void (this.#leaving ? this.#leave() : this.#join()),
    disconnect: () => this.on.health("offline"),
    "talk:peer": (news: PeerNews) => this.#pair(news.pair, news.present),
    "talk:signal": (signal: Signal) => this.#signal(signal),
    "talk:said": (said: Said) => this.on.said(said),
    "talk:meter": (meter: Meter) => this.#meter(meter),
    "talk:ended": () => this.#end(),
    "talk:displaced": () => this.#displaced(),
  };
  readonly #online = () => this.#reconnect();

  constructor(
    private readonly socket: Socket,
    readonly talkId: number,
    private readonly media: Media,
    private readonly on: LinkEvents,
  ) {
    for (const [event, handler] of Object.entries(this.#handlers))
      socket.on(event, handler as () => void);
    addEventListener("online", this.#online);
    void this.#join();
  }

  ask<T>(event: string, payload: object, timeoutMs?: number): Promise<T> {
    return ask<T>(this.socket, event, { talk_id: this.talkId, ...payload }, timeoutMs);
  }

  /** Takes the talk over from another tab. */
  takeOver(): void {
    this.#closed = false;
    this.#takeOver = this.#fresh = true;
    void this.#join();
  }

  async #join(): Promise<void> {
    if (this.#joining || this.#closed || !this.socket.connected) return;
    this.#joining = true;
    const fresh = this.#fresh || !this.#watch?.flowing;
    if (fresh) this.#renewedAt = performance.now();
    const request = { tab, fresh, take_over: this.#takeOver } satisfies Omit<
      JoinRequest,
      "talk_id"
    >;
    try {
      this.#welcome(await this.ask<Joined>("talk:join", request, JOIN_MS * this.#patience));
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#joining = false;
    }
  }

  #welcome(joined: Joined): void {
    if (this.#closed) return;
    this.#joined = joined;
    this.#fresh = this.#takeOver = false;
    this.on.joined(joined);
    this.on.health(this.#watch?.flowing ? "flowing" : "recovering");
    this.#meter(joined.meter);
    this.#beats.start(joined.beat_seconds);
    this.#pair(joined.pair, joined.peer);
  }

  #refused(error: unknown): void {
    const refusal = error instanceof Refusal ? error : new Refusal("failed", String(error));
    if (refusal.code === "talk_over") this.#end();
    else if (refusal.code === "talk_elsewhere") this.#displaced();
    else if (FINAL.includes(refusal.code)) this.on.refused(refusal);
    else if (refusal.code === "timeout") {
      this.#loseHope();
      this.#reconnect();
    } else setTimeout(() => void this.#join(), RETRY_MS);
  }

  /** The socket may be half open: a new one is the only proof. Its `connect` joins again. */
  #reconnect(): void {
    if (this.#closed) return;
    this.#fresh = this.#fresh || !this.#watch?.flowing;
    if (this.socket.connected) this.socket.io.engine.close();
    else this.socket.disconnect().connect();
  }

  #pair(pair: number, present: boolean): void {
    if (this.#closed) return;
    this.#present = present;
    if (present && this.#joined && pair !== this.#peer?.pair) this.#renew(pair, this.#joined);
    this.on.present(present);
  }

  #renew(pair: number, joined: Joined): void {
    this.#dropPeer();
    this.#beats.renew(pair);
    this.#renewedAt = performance.now();
    const kinds: Kind[] = joined.video ? ["audio", "video"] : ["audio"];
    const tracks = { audio: this.media.track("audio"), video: this.media.track("video") };
    const peer = new Peer(pair, joined.polite, tracks, kinds, joined.ice_servers, {
      send: (signal) => void this.ask("talk:signal", signal).catch(() => {}),
      track: (track) => this.#track(track),
      state: (state) => state === "failed" && this.#watch?.look(),
      note: (note) => this.on.note(note),
    });
    this.#peer = peer;
    this.#watch = this.#watchOver(peer, joined.polite);
    this.on.paired();
    for (const signal of this.#early.splice(0)) if (signal.pair === pair) peer.signal(signal);
  }

  #watchOver(peer: Peer, polite: boolean): Watch {
    const events = {
      received: (received: Received) => {
        this.#beats.count(received);
        this.on.received(received);
      },
      arrived: () => {
        this.#patience = 1;
        this.on.health("flowing");
        void this.#beats.now();
      },
      stalled: () => this.#recover(polite),
      quality: (quality: Quality) => this.on.quality(quality),
    };
    return new Watch(peer, events, this.#patience);
  }

  #track(track: MediaStreamTrack): void {
    track.addEventListener("unmute", () => this.#watch?.look());
    this.on.track(track);
  }

  /** One mechanism for everything that can go wrong: a fresh join is a new pair for both. */
  #recover(polite: boolean): void {
    // The polite side waits a little longer, so that both don't renew against each other.
    const pause = (RECOVER_EVERY_MS + (polite ? 800 : 0)) * this.#patience;
    if (!this.#present || performance.now() - this.#renewedAt < pause) return;
    this.on.health("recovering");
    this.#fresh = true;
    this.#loseHope();
    void this.#join();
  }

  #loseHope(): void {
    this.#patience = Math.min(this.#patience * LESS_EAGER, MOST_PATIENT);
  }

  #signal(signal: Signal): void {
    if (this.#peer && signal.pair === this.#peer.pair) this.#peer.signal(signal);
    // The other side may be quicker than the answer to one's own join.
    else if (signal.pair > (this.#peer?.pair ?? 0) && this.#early.length < EARLY_SIGNALS)
      this.#early.push(signal);
  }

  #meter(meter: Meter): void {
    const reading = { meter, at: performance.now() };
    this.#beats.due(nextBoundary(reading, reading.at), meter.connected_ms);
    this.on.meter(reading);
    if (meter.state === "ended") this.#end();
  }

  async #beat(beat: Beat): Promise<void> {
    try {
      this.#meter((await this.ask<{ meter: Meter }>("talk:beat", beat)).meter);
    } catch (error) {
      // The seat is gone although the connection is not: sit down again.
      if (error instanceof Refusal && error.code === "not_in_talk") void this.#join();
      throw error;
    }
  }

  replace(kind: Kind): Promise<void> {
    return this.#peer?.replace(kind, this.media.track(kind)) ?? Promise.resolve();
  }

  tell(note: Note): void {
    this.#peer?.tell(note);
  }

  /** Whether something of the other side has arrived just now. */
  get flowing(): boolean {
    return this.#watch?.flowing ?? false;
  }

  level(): number {
    return this.#peer?.level() ?? 0;
  }

  async received(): Promise<Received | null> {
    return (await this.#peer?.received()) ?? null;
  }

  /** Hangs up: the last evidence first, then the word. Offline, the word goes out on the next connection. */
  async leave(): Promise<void> {
    if (this.#leaving) return;
    this.#leaving = true;
    await Promise.race([this.#beats.now(), new Promise((after) => setTimeout(after, 800))]);
    this.#quiet();
    await this.#leave();
  }

  async #leave(): Promise<void> {
    try {
      await this.ask("talk:leave", {}, JOIN_MS);
    } catch (error) {
      if (!(error instanceof Refusal) || ["offline", "timeout"].includes(error.code)) return;
    }
    this.#finish();
  }

  #displaced(): void {
    this.#quiet();
    this.on.elsewhere();
  }

  #end(): void {
    if (!this.#closed || this.#leaving) this.#finish();
  }

  #finish(): void {
    this.close();
    this.on.ended();
  }

  #dropPeer(): void {
    this.#watch?.stop();
    this.#peer?.close();
    this.#watch = this.#peer = undefined;
  }

  #quiet(): void {
    this.#closed = true;
    this.#beats.stop();
    this.#dropPeer();
  }

  close(): void {
    this.#quiet();
    removeEventListener("online", this.#online);
    for (const [event, handler] of Object.entries(this.#handlers))
      this.socket.off(event, handler as () => void);
  }
}
