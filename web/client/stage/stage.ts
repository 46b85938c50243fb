// <talk-stage>: the page of a running talk. It draws what the link says, and sends what the hand does.

import type { Kind } from "../devices/capture.ts";
import type { Media } from "../devices/media.ts";
import { Sent } from "../devices/sent.ts";
import { playThere } from "../devices/speaker.ts";
import { stayAwake } from "../devices/wake.ts";
import { part, show } from "../dom.ts";
import type { Joined, Meter, Said, TalkState } from "../protocol.ts";
import type { Socket } from "../socket.ts";
import { moment } from "../time.ts";
import type { LinkEvents } from "../wire/events.ts";
import { Link } from "../wire/link.ts";
import { word } from "../words.ts";
import { showCaller } from "./caller.ts";
import { Cap } from "./cap.ts";
import { Chat } from "./chat.ts";
import { Controls } from "./controls.ts";
import { cover } from "./cover.ts";
import { Gauge } from "./gauge.ts";
import { GoOn } from "./go_on.ts";
import type { Reading } from "./meter.ts";
import { OwnDevices } from "./own_devices.ts";
import { Picture } from "./picture.ts";
import { TalkRecording } from "./recording.ts";
import { remember } from "./remember.ts";
import { reservedSoon } from "./reserved_soon.ts";
import { TopUp } from "./top_up.ts";
import { NOTHING_YET, type Scene, Veil, veilOf } from "./veil.ts";
import { WeakLine } from "./weak_line.ts";

/** After this long without the server there is no evidence, so the meter shows no progress. */
const OFFLINE_MS = 10_000;
const ACCOUNT_MS = 700;

export class TalkStage extends HTMLElement {
  #link: Link | undefined;
  #media: Media | undefined;
  #reading: Reading | undefined;
  #chat: Chat | undefined;
  #cap: Cap | undefined;
  #controls: Controls | undefined;
  #picture: Picture | undefined;
  #gauge: Gauge | undefined;
  #veil: Veil | undefined;
  #weakLine: WeakLine | undefined;
  #topUp: TopUp | undefined;
  #goOn: GoOn | undefined;
  #recording: TalkRecording | undefined;
  #offlineSince: number | null = null;
  #scene: Scene = { ...NOTHING_YET };

  /** Opens the stage over the page, with media that is already granted, and the seat where it is given. */
  start(socket: Socket, talkId: number, media: Media, given?: Joined): void {
    this.dataset.talk = String(talkId);
    this.#media = media;
    const announce = (text: string) => this.#announce(text);
    this.#link = new Link(socket, talkId, new Sent(media), this.#events());
    // The question is on its way while the stage is set.
    if (!given) this.#link.begin();
    this.#gauge = new Gauge(this, announce);
    this.#veil = new Veil(this, {
      announce,
      byVoice: (agree) => this.#agree("talk:by_voice", agree),
    });
    if (this.dataset.side === "caller") this.#topUp = new TopUp(this);
    else void showCaller(this, talkId);
    this.#weakLine = new WeakLine(this, media, announce);
    this.#picture = new Picture(this, () => this.#link?.level() ?? 0, announce);
    this.#chat = new Chat(
      this,
      (key, text) => this.#say(key, text),
      (text) => announce(word("said_by", { name: this.dataset.name ?? "", text })),
    );
    this.#cap = new Cap(this, (minutes) => this.#setCap(minutes));
    this.#goOn = new GoOn(this, (agree) => this.#agree("talk:go_on", agree), announce);
    this.#recording = new TalkRecording(this, (what) => this.#ask("talk:record", what), announce);
    this.#controls = new Controls(this, media, this.#chat, {
      changed: (kind) => void this.#changed(kind),
      hangUp: () => this.#hangUp(),
      announce,
    });
    new OwnDevices(this, media, { announce, failed: (text) => this.#controls?.fail(text) });
    playThere(part<HTMLVideoElement>(this, "remote"));
    cover(this);
    media.addEventListener("change", () => this.#mediaChanged());
    part(this, "take-over").addEventListener("click", () => this.#takeOver());
    if (given) this.#link.begin(given);
    this.#mediaChanged();
    setInterval(() => this.#draw(), 200);
    this.#draw();
    void stayAwake();
  }

  /** What has arrived on the present connection, from getStats. */
  async stats(): Promise<{ bytes: number; framesDecoded: number } | null> {
    const figures = await this.#link?.figures();
    return figures ? { bytes: figures.bytes, framesDecoded: figures.video.received } : null;
  }

  #events(): LinkEvents {
    return {
      joined: (joined) => this.#joined(joined),
      meter: (reading) => this.#metered(reading),
      said: (said) => this.#chat?.hear(said),
      recording: (told) => this.#recording?.hear(told),
      present: (present) => this.#set({ present }),
      paired: () => {
        this.#picture?.renew();
        this.#tell();
      },
      track: (track) => this.#picture?.track(track),
      note: (note) => {
        this.#picture?.note(note);
        this.#weakLine?.other(note.weak);
      },
      looked: (figures) => this.#picture?.frames(figures.video.received),
      quality: (quality) => this.#weakLine?.quality(quality),
      uplink: (line) => {
        this.#weakLine?.own(line);
        this.#tell();
      },
      health: (health) => {
        this.#offlineSince = health === "offline" ? (this.#offlineSince ?? moment()) : null;
        show(part(this, "chip-retry"), health !== "flowing" && this.#scene.state === "talking");
      },
      reservedSoon: (news) => this.#announce(reservedSoon(this, news)),
      ended: () => this.#ended(),
      elsewhere: () => {
        this.#picture?.land();
        this.#set({ elsewhere: true });
      },
      refused: (refusal) => this.#set({ refused: refusal.message || word("no_answer") }),
    };
  }

  #joined(joined: Joined): void {
    if (this.#chat) this.#chat.side = joined.side;
    this.#chat?.fill(joined.messages);
    this.#recording?.hear(joined.recording);
    if (!joined.video) this.#withoutVideo();
    this.#set({ elsewhere: false });
  }

  /** A talk of voices only, also where the page could not know it beforehand. */
  #withoutVideo(): void {
    this.#controls?.withoutVideo();
    if (this.#media?.track("video")) void this.#media.camera(false);
  }

  #metered(reading: Reading): void {
    const before = this.#scene.state;
    this.#reading = reading;
    const { state, why, whose, frozen_ask: frozenAsk } = reading.meter;
    this.#cap?.draw(reading.meter);
    if (state === "talking" && before !== state)
      this.#announce(word(before === "interrupted" ? "talk_back" : "talk_began"));
    this.#set({ state, why, whose, frozenAsk });
  }

  #set(change: Partial<Scene>): void {
    Object.assign(this.#scene, change);
    this.#draw();
  }

  #draw(): void {
    const now = moment();
    const since = this.#offlineSince;
    this.#scene.offline = since !== null && now - since > OFFLINE_MS;
    this.#scene.stalled = this.#scene.state === "talking" && !this.#link?.flowing;
    this.#scene.unproved = this.#reading?.meter.dark === true;
    // What nobody proves will not be billed: the meter stands on the page too.
    if (this.#reading && veilOf(this.#scene) !== "unproved" && !this.#scene.stalled) {
      // Without the server no progress is claimed.
      const seen = since === null ? now : Math.min(now, since);
      const face = this.#gauge?.draw(this.#reading, Math.max(seen, this.#reading.at));
      this.#scene.returnSeconds = face?.returnSeconds ?? null;
      if (face) this.#topUp?.tell(face);
      if (face) this.#goOn?.draw(this.#reading.meter, face.warning);
    }
    if (this.dataset.state !== this.#scene.state) this.dataset.state = this.#scene.state;
    this.#veil?.draw(this.#scene, this.dataset.name ?? "");
  }

  #ask<T>(event: string, payload: object): Promise<T> {
    return (this.#link as Link).ask<T>(event, payload);
  }

  async #say(key: string, text: string): Promise<Said> {
    return (await this.#ask<{ message: Said }>("talk:say", { key, text })).message;
  }

  async #setCap(minutes: number | null): Promise<Meter> {
    return (await this.#ask<{ meter: Meter }>("talk:cap", { minutes })).meter;
  }

  async #agree(event: "talk:go_on" | "talk:by_voice", agree: boolean): Promise<Meter> {
    const { meter } = await this.#ask<{ meter: Meter }>(event, { agree });
    this.#metered({ meter, at: moment() });
    return meter;
  }

  async #changed(kind: Kind): Promise<void> {
    await this.#link?.replace(kind);
    this.#tell();
  }

  #mediaChanged(): void {
    if (!this.#media) return;
    this.#picture?.self(this.#media);
    remember(this.#media);
    void this.#link?.replace("audio");
    void this.#link?.replace("video");
    this.#tell();
  }

  #tell(): void {
    if (this.#weakLine) this.#link?.tell(this.#weakLine.note());
  }

  #takeOver(): void {
    this.#set({ elsewhere: false, state: "connecting" });
    this.#link?.takeOver();
  }

  #hangUp(): void {
    this.#set({ leaving: true });
    void this.#link?.leave();
    this.#close();
  }

  #ended(): void {
    this.#set({ state: "ended" satisfies TalkState });
    this.#close();
    setTimeout(() => location.replace(`/talks/${this.dataset.talk}`), ACCOUNT_MS);
  }

  #close(): void {
    this.#media?.close();
    this.#picture?.close();
    this.#controls?.close();
    this.#recording?.close();
  }

  #announce(text: string): void {
    part(this, "live").textContent = text;
  }
}

customElements.define("talk-stage", TalkStage);
