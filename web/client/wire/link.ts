// One talk over the wire: joining, pairing, recovering, beating. It draws nothing.

import type { Kind, Media } from "../devices/media.ts";
import type {
  Beat,
  Joined,
  JoinRequest,
  Meter,
  PeerNews,
  ReservedSoon,
  Said,
  Signal,
} from "../protocol.ts";
import { ask, Refusal, type Socket } from "../socket.ts";
import { nextBoundary, type Reading } from "../stage/meter.ts";
import { Beats } from "./beats.ts";
import { after, farewell } from "./farewell.ts";
import { Pairing } from "./pairing.ts";
import { Patience } from "./patience.ts";
import { type Note, Peer, type Received } from "./peer.ts";
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
  /** The cast's next reservation begins soon, with which this talk ends. */
  reservedSoon(news: ReservedSoon): void;
  ended(): void;
  /** Another tab holds the talk. */
  elsewhere(): void;
  refused(refusal: Refusal): void;
}

const JOIN_MS = 2500;
const RETRY_MS = 2000;
/** How long hanging up may wait for the last evidence. */
const EVIDENCE_MS = 800;
/** Refusals that asking again will not change. */
const FINAL = ["talk_over", "talk_unknown", "not_signed_in"];
/** The seat is gone although the connection is not. */
const UNSEATED = ["not_in_talk", "displaced"];

export class Link {
  #peer: Peer | undefined;
  #watch: Watch | undefined;
  #joined: Joined | undefined;
  #joining = false;
  #fresh = true;
  #takeOver = false;
  #leaving = false;
  #closed = false;
  #finished = false;
  readonly #pairing = new Pairing();
  readonly #patience = new Patience();
  readonly #beats = new Beats(
    () => this.#watch?.look(),
    (beat) => this.#beat(beat),
  );
  readonly #handlers: Record<string, (...payload: never[]) => void> = {
    connect: () => void this.#join(),
    disconnect: () => this.on.health("offline"),
    "talk:peer": (news: PeerNews) => {
      this.#pairing.hear(news);
      this.#pair();
    },
    "talk:signal": (signal: Signal) => this.#signal(signal),
    "talk:said": (said: Said) => this.on.said(said),
    "talk:meter": (meter: Meter) => this.#meter(meter),
    "talk:reserved_soon": (news: ReservedSoon) => {
      if (news.talk_id === this.talkId) this.on.reservedSoon(news);
    },
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
    if (fresh) this.#patience.try();
    this.#pairing.asking();
    const request: Omit<JoinRequest, "talk_id"> = { tab, fresh, take_over: this.#takeOver };
    try {
      this.#welcome(await this.ask<Joined>("talk:join", request, JOIN_MS * this.#patience.factor));
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
    this.#pairing.answered(joined);
    this.#pair();
  }

  #refused(error: unknown): void {
    const refusal = error instanceof Refusal ? error : new Refusal("failed", String(error));
    if (refusal.code === "talk_over") this.#end();
    else if (refusal.code === "talk_elsewhere") this.#displaced();
    else if (FINAL.includes(refusal.code)) this.on.refused(refusal);
    else if (refusal.code === "timeout") {
      this.#patience.grow();
      this.#reconnect();
    } else setTimeout(() => void this.#join(), RETRY_MS);
  }

  #reconnect(): void {
    if (this.#closed) return;
    this.#fresh = this.#fresh || !this.#watch?.flowing;
    this.#redial();
  }

  /** The socket may be half open: a new one is the only proof. Its `connect` joins again. */
  #redial(): void {
    if (this.socket.connected) this.socket.io.engine.close();
    else this.socket.disconnect().connect();
  }

  #pair(): void {
    if (this.#closed) return;
    const { pair, present } = this.#pairing;
    if (present && this.#joined && pair !== this.#peer?.pair) this.#renew(pair, this.#joined);
    this.on.present(present);
  }

  #renew(pair: number, joined: Joined): void {
    this.#dropPeer();
    this.#beats.renew(pair);
    this.#patience.try();
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
    for (const signal of this.#pairing.kept()) peer.signal(signal);
  }

  #watchOver(peer: Peer, polite: boolean): Watch {
    const events = {
      received: (received: Received) => {
        this.#beats.count(received);
        this.on.received(received);
      },
      arrived: () => {
        this.#patience.restore();
        this.on.health("flowing");
        void this.#beats.now();
      },
      stalled: () => this.#recover(polite),
      quality: (quality: Quality) => this.on.quality(quality),
    };
    return new Watch(peer, events, this.#patience.factor);
  }

  #track(track: MediaStreamTrack): void {
    track.addEventListener("unmute", () => this.#watch?.look());
    this.on.track(track);
  }

  /** One mechanism for everything that can go wrong: a fresh join is a new pair for both. */
  #recover(polite: boolean): void {
    if (!this.#pairing.present || !this.#patience.isOver(polite)) return;
    this.on.health("recovering");
    this.#fresh = true;
    this.#patience.grow();
    void this.#join();
  }

  #signal(signal: Signal): void {
    if (this.#peer && signal.pair === this.#peer.pair) this.#peer.signal(signal);
    // The other side may be quicker than the answer to one's own join.
    else if (signal.pair > (this.#peer?.pair ?? 0)) this.#pairing.keep(signal);
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
      if (error instanceof Refusal && UNSEATED.includes(error.code)) void this.#join();
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

  /** Hangs up: the last evidence first, then the word, again and again until the server has it. */
  async leave(): Promise<void> {
    if (this.#leaving) return;
    this.#leaving = true;
    await Promise.race([this.#beats.now(), after(EVIDENCE_MS)]);
    this.#quiet();
    const leave = async () => this.#finished || this.ask("talk:leave", {}, JOIN_MS);
    await farewell(leave, () => this.#redial());
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
    if (this.#finished) return;
    this.#finished = true;
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
