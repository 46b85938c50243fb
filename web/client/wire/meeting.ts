// Which pair of the two counts, and the path that is made for it. A newer pair replaces everything.
import type { Sent } from "../devices/sent.ts";
import type { Joined, PeerNews, Signal } from "../protocol.ts";
import { Ladder } from "./ladder.ts";
import { Pairing } from "./pairing.ts";
import { Path, type PathEvents } from "./path.ts";
import { NewestWays } from "./ways.ts";

export interface MeetingEvents extends PathEvents {
  /** Another pair counts from now on, whether or not the other side is there. */
  renewed(pair: number): void;
  /** Its path begins: forget the old picture. */
  paired(path: Path): void;
  present(present: boolean): void;
}

export class Meeting {
  path: Path | undefined;
  #joined: Joined | undefined;
  readonly #pairing = new Pairing();
  readonly #ways = new NewestWays();
  /** The line stays what it is over a new pair. */
  readonly #ladder = new Ladder();

  constructor(
    private readonly sent: Sent,
    private readonly on: MeetingEvents,
  ) {}

  get present(): boolean {
    return this.#pairing.present;
  }

  asking(): void {
    this.#pairing.asking();
  }

  seated(joined: Joined): void {
    this.#joined = joined;
    this.#ways.learn(joined);
    this.#pairing.answered(joined);
    this.#meet();
  }

  hear(news: PeerNews): void {
    this.#ways.learn(news);
    this.#pairing.hear(news);
    this.#meet();
  }

  signal(signal: Signal): void {
    if (this.path && signal.pair === this.path.pair) this.path.signal(signal);
    // The other side may be quicker than the answer to one's own join, or than its news.
    else if (signal.pair > (this.path?.pair ?? 0)) {
      this.#pairing.keep(signal);
      this.#meet();
    }
  }

  #meet(): void {
    const { pair, present } = this.#pairing;
    this.on.renewed(pair);
    if (pair !== this.path?.pair) this.close();
    const ways = this.#ways.of(pair);
    if (present && this.#joined && ways && !this.path)
      this.#make(pair, { ...this.#joined, ...ways });
    this.on.present(present);
  }

  #make(pair: number, joined: Joined): void {
    const path = new Path(pair, joined, this.sent, this.#ladder, this.on);
    this.path = path;
    this.on.paired(path);
    for (const signal of this.#pairing.kept()) path.signal(signal);
  }

  close(): void {
    this.path?.close();
    this.path = undefined;
  }
}
