// The way of the media for one pair: a connection, and the look that is kept on it.
import type { Kind } from "../devices/capture.ts";
import type { Sent } from "../devices/sent.ts";
import type { Joined, Signal } from "../protocol.ts";
import { moment } from "../time.ts";
import type { Figures } from "./figures.ts";
import type { Ladder, Line } from "./ladder.ts";
import type { Note } from "./note.ts";
import { Peer } from "./peer.ts";
import { kindsOf } from "./ready.ts";
import type { Sight } from "./recovery.ts";
import { type Quality, Watch } from "./watch.ts";

export interface PathEvents {
  send(signal: Signal): void;
  track(track: MediaStreamTrack): void;
  note(note: Note): void;
  looked(figures: Figures): void;
  /** The first of the other side's sound or picture, or the first after a pause. */
  arrived(): void;
  /** The other side's first report on what it receives. */
  reported(): void;
  quality(quality: Quality): void;
  /** What one's own uplink bears has changed. */
  uplink(line: Line): void;
}

type Facts = Pick<Sight, "madeAt" | "stepAt" | "lastAt" | "failed" | "waits">;

export class Path {
  readonly #peer: Peer;
  readonly #watch: Watch;
  #stepAt = moment();

  constructor(
    readonly pair: number,
    joined: Joined,
    private readonly sent: Sent,
    private readonly ladder: Ladder,
    private readonly on: PathEvents,
  ) {
    const tracks = { audio: sent.track("audio"), video: sent.track("video") };
    const ways = {
      iceServers: joined.ice_servers,
      iceTransportPolicy: joined.ice_transport_policy,
    };
    const part = joined.path === "relay" ? "relayed" : joined.polite ? "polite" : "offering";
    this.#peer = new Peer(pair, part, tracks, kindsOf(joined.video), ways, {
      send: on.send,
      track: (track) => {
        track.addEventListener("unmute", () => void this.look());
        on.track(track);
      },
      step: () => {
        this.#stepAt = moment();
      },
      note: on.note,
    });
    ladder.renew();
    this.#watch = new Watch(this.#peer, {
      ...on,
      looked: (figures) => {
        on.looked(figures);
        this.#weigh();
      },
    });
  }

  /** What is sent of the picture follows what the line bears. Darkness says nothing of that. */
  #weigh(): void {
    this.#peer.shape(this.ladder.step);
    if (this.sent.dark || !this.ladder.see(this.#peer.outgoing.uplink)) return;
    this.sent.voiceOnly = !this.ladder.step.picture;
    this.#peer.shape(this.ladder.step);
    this.on.uplink(this.ladder.line);
  }

  get figures(): Figures {
    return this.#peer.figures;
  }

  /** Whether something of the other side has arrived just now. */
  get flowing(): boolean {
    return this.#watch.flowing;
  }

  /** What is to be known for judging it; moments in ms of the page's clock. */
  get facts(): Facts {
    const { madeAt, lastAt } = this.#watch;
    const { failed, waits } = this.#peer;
    return { madeAt, stepAt: this.#stepAt, lastAt, failed, waits };
  }

  signal(signal: Signal): void {
    this.#peer.signal(signal);
  }

  replace(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    return this.#peer.replace(kind, track);
  }

  tell(note: Note): void {
    this.#peer.tell(note);
  }

  level(): number {
    return this.#peer.level();
  }

  look(): Promise<void> {
    return this.#watch.look();
  }

  close(): void {
    this.#watch.stop();
    this.#peer.close();
  }
}
