// One talk over the wire: the seat, the pair, what flows, and how all of it comes back. It draws nothing.
import type { Kind } from "../devices/capture.ts";
import type { Sent } from "../devices/sent.ts";
import type { Beat, Joined, Meter, PeerNews, ReservedSoon, Said, Signal } from "../protocol.ts";
import { ask, Refusal, type Socket } from "../socket.ts";
import { nextBoundary } from "../stage/meter.ts";
import { moment } from "../time.ts";
import { Beats, type Own } from "./beats.ts";
import type { LinkEvents } from "./events.ts";
import { after, farewell } from "./farewell.ts";
import type { Figures } from "./figures.ts";
import { Line } from "./line.ts";
import { Meeting } from "./meeting.ts";
import type { Note } from "./note.ts";
import { move, NO_PATH } from "./recovery.ts";
import { Seat } from "./seat.ts";

const TEND_MS = 250;
/** A socket that has brought a word within this time is sure to be whole. */
const SURE_MS = 1200;
/** How long hanging up waits for the last evidence, and for the answer each time. */
const [EVIDENCE_MS, LEAVE_MS] = [800, 2500];
/** After so long without a word of the server nobody knows whether the talk is still metered. */
const UNHEARD_MS = 10_000;

export class Link {
  #dark = true;
  /** Whether this very connection sits in the seat; of another's beats the server knows nothing. */
  #sits = false;
  #leaving = false;
  #closed = false;
  #finished = false;
  readonly #tending: ReturnType<typeof setInterval>;
  readonly #line: Line;
  readonly #meeting: Meeting;
  readonly #beats = new Beats(
    () => this.#meeting.path?.look(),
    (beat) => this.#beat(beat),
    () => this.#own(),
  );
  readonly #seat = new Seat((request, ms) => this.ask<Joined>("talk:join", request, ms), {
    asking: () => this.#meeting.asking(),
    again: (fresh) => this.#join(fresh),
    seated: (joined) => this.#seated(joined),
    unanswered: (asked) => this.#unanswered(asked),
    over: () => this.#end(),
    elsewhere: () => this.#displaced(),
    refused: (refusal) => this.on.refused(refusal),
  });
  readonly #handlers: Record<string, (...payload: never[]) => void> = {
    "talk:peer": (news: PeerNews) => this.#closed || this.#meeting.hear(news),
    "talk:signal": (signal: Signal) => this.#closed || this.#meeting.signal(signal),
    "talk:said": (said: Said) => this.on.said(said),
    "talk:recording": (told: Joined["recording"]) => this.on.recording(told),
    "talk:meter": (meter: Meter) => this.#meter(meter),
    "talk:reserved_soon": (news: ReservedSoon) => {
      if (news.talk_id === this.talkId) this.on.reservedSoon(news);
    },
    "talk:ended": () => this.#end(),
    "talk:displaced": () => this.#displaced(),
  };

  readonly #last = () => this.#closed || this.#beats.last();
  constructor(
    private readonly socket: Socket,
    readonly talkId: number,
    private readonly sent: Sent,
    private readonly on: LinkEvents,
  ) {
    for (const [event, handler] of Object.entries(this.#handlers))
      socket.on(event, handler as () => void);
    this.#meeting = new Meeting(sent, {
      ...on,
      renewed: (pair) => this.#beats.renew(pair),
      paired: (path) => {
        this.#beats.count(path.figures);
        on.paired();
      },
      send: (signal) => void this.ask("talk:signal", signal).catch(() => {}),
      arrived: () => {
        on.health("flowing");
        void this.#beats.now();
      },
      reported: () => void this.#beats.now(),
    });
    this.#line = new Line(socket, {
      up: () => this.#join(!this.flowing),
      down: () => {
        this.#sits = false;
        on.health("offline");
      },
      poke: () => void this.#beats.now(),
    });
    addEventListener("pagehide", this.#last);
    this.#tending = setInterval(() => this.#tend(), TEND_MS);
  }

  /** Sits down; the entry may have given the seat already. */
  begin(given?: Joined): void {
    if (given) this.#seat.given(given);
    else this.#join(true);
  }

  ask<T>(event: string, payload: object, timeoutMs?: number): Promise<T> {
    return ask<T>(this.socket, event, { talk_id: this.talkId, ...payload }, timeoutMs);
  }

  takeOver(): void {
    this.#closed = false;
    this.#seat.takeOver();
  }

  #join(fresh: boolean): void {
    if (this.#closed || !this.#line.connected) return;
    // What is not told of a pair before the next one is counted against it.
    if (fresh && this.#meeting.path && !this.#seat.asking) this.#beats.last();
    void this.#seat.join(fresh);
  }

  #seated(joined: Joined): void {
    if (this.#closed) return;
    this.#sits = true;
    this.on.joined(joined);
    this.on.health(this.flowing ? "flowing" : "recovering");
    this.#meter(joined.meter);
    this.#meeting.seated(joined);
    if (this.flowing) void this.#beats.now();
  }

  #unanswered(asked: number): boolean {
    const alive = this.#line.heardSince(asked);
    if (!alive && this.#line.connected && !this.#closed) this.#line.dial();
    return alive;
  }

  /** One mechanism for everything that can go wrong: a new pair for both. */
  #tend(): void {
    this.#light();
    const { joined, askedAt, answerMs } = this.#seat;
    if (this.#closed || !joined || !this.#line.connected) return;
    const next = move({
      now: moment(),
      polite: joined.polite,
      present: this.#meeting.present,
      askedAt,
      answerMs,
      ...(this.#meeting.path?.facts ?? NO_PATH),
    });
    if (next === "wait") return;
    if (next === "ask") this.on.health("recovering");
    // What is asked over a half-open socket arrives late, and throws the next pair away.
    if (next === "prove" || !this.#line.heardSince(moment() - SURE_MS)) this.#line.prove();
    else this.#join(next === "ask");
  }

  /** Dark as the server says, and where it has said nothing for long. */
  #light(): void {
    this.sent.dark = this.#dark || !this.#line.heardSince(moment() - UNHEARD_MS);
  }

  #meter(meter: Meter): void {
    const reading = { meter, at: moment() };
    this.#dark = meter.dark;
    this.#light();
    if (!this.#closed) this.#beats.every(meter.beat_ms);
    this.#beats.due(nextBoundary(reading, reading.at), meter.connected_ms);
    this.on.meter(reading);
    if (meter.state === "ended") this.#end();
  }

  async #beat(beat: Beat): Promise<void> {
    if (!this.#sits) throw new Refusal("offline", "");
    try {
      this.#meter((await this.ask<{ meter: Meter }>("talk:beat", beat)).meter);
    } catch (error) {
      // The seat is gone although the connection is not.
      if (/^(not_in_talk|displaced)$/.test((error as Refusal).code)) this.#join(false);
      throw error;
    }
  }

  #own(): Own {
    const video = this.#seat.joined?.video ? this.sent.live("video") : null;
    return { audio: this.sent.live("audio"), video };
  }

  replace(kind: Kind): Promise<void> {
    return this.#meeting.path?.replace(kind, this.sent.track(kind)) ?? Promise.resolve();
  }

  tell(note: Note): void {
    this.#meeting.path?.tell(note);
  }

  get flowing(): boolean {
    return this.#meeting.path?.flowing ?? false;
  }

  level(): number {
    return this.#meeting.path?.level() ?? 0;
  }

  async figures(): Promise<Figures | null> {
    await this.#meeting.path?.look();
    return this.#meeting.path?.figures ?? null;
  }

  /** Hangs up: the last evidence first, then the word, again and again until the server has it. */
  async leave(): Promise<void> {
    if (this.#leaving) return;
    this.#leaving = true;
    await Promise.race([this.#beats.now(), after(EVIDENCE_MS)]);
    this.#quiet();
    const leave = async () => this.#finished || this.ask("talk:leave", {}, LEAVE_MS);
    await farewell(leave, () => this.#line.dial());
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

  #quiet(): void {
    this.#closed = true;
    this.#beats.stop();
    this.#seat.close();
    this.#meeting.close();
  }

  close(): void {
    this.#quiet();
    this.#line.close();
    removeEventListener("pagehide", this.#last);
    clearInterval(this.#tending);
    for (const [event, handler] of Object.entries(this.#handlers))
      this.socket.off(event, handler as () => void);
  }
}
