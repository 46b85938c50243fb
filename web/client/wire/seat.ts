// One's seat in the talk: asked for, and asked for again until the server gives or refuses it.

import type { Joined, JoinRequest } from "../protocol.ts";
import { Refusal } from "../socket.ts";
import { moment } from "../time.ts";
import { tab } from "./tab.ts";

const JOIN_MS = 2500;
/** A server that is alive but slow gets this many times longer. */
const MOST_PATIENCE = 4;
const RETRY_MS = 2000;
/** Refusals that asking again will not change. */
const FINAL = ["talk_unknown", "not_signed_in"];

export interface SeatEvents {
  /** A question goes out. */
  asking(): void;
  /** It is time to ask again. */
  again(fresh: boolean): void;
  seated(joined: Joined): void;
  /** No answer in time to what was asked at that moment: whether the server is alive all the same. */
  unanswered(asked: number): boolean;
  over(): void;
  /** Another tab holds the talk. */
  elsewhere(): void;
  refused(refusal: Refusal): void;
}

type AskToJoin = (request: Omit<JoinRequest, "talk_id">, timeoutMs: number) => Promise<Joined>;

export class Seat {
  joined: Joined | undefined;
  askedAt = Number.NEGATIVE_INFINITY;
  /** How long the last answer took, in ms. */
  answerMs = 0;
  /** Whether a question is on its way. */
  asking = false;
  #fresh = true;
  #takeOver = false;
  #patience = 1;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly ask: AskToJoin,
    private readonly on: SeatEvents,
  ) {}

  /** Takes the talk over from another tab. */
  takeOver(): void {
    this.#takeOver = true;
    void this.join(true);
  }

  /** The entry has given the seat, and a pair with it. */
  given(joined: Joined): void {
    this.askedAt = moment();
    this.on.asking();
    this.#seated(joined, true);
  }

  /** Sits down. `fresh` asks for a new pair; a wish for one stands until it is fulfilled. */
  async join(fresh: boolean): Promise<void> {
    this.#fresh ||= fresh;
    if (this.asking) return;
    this.asking = true;
    clearTimeout(this.#retry);
    this.askedAt = moment();
    this.on.asking();
    const request = { tab, fresh: this.#fresh, take_over: this.#takeOver };
    try {
      this.#seated(await this.ask(request, JOIN_MS * this.#patience), request.fresh);
    } catch (error) {
      this.#refused(error instanceof Refusal ? error : new Refusal("failed", String(error)));
      return;
    } finally {
      this.asking = false;
    }
    // Wished for while an ordinary question was on its way.
    if (this.#fresh) this.on.again(true);
  }

  #seated(joined: Joined, fresh: boolean): void {
    this.joined = joined;
    this.answerMs = moment() - this.askedAt;
    this.#takeOver = false;
    if (fresh) this.#fresh = false;
    this.#patience = 1;
    this.on.seated(joined);
  }

  #refused(refusal: Refusal): void {
    if (refusal.code === "talk_over") this.on.over();
    else if (refusal.code === "talk_elsewhere") this.on.elsewhere();
    else if (FINAL.includes(refusal.code)) this.on.refused(refusal);
    else if (refusal.code !== "offline") this.#later(refusal.code === "timeout");
  }

  #later(late: boolean): void {
    if (late && this.on.unanswered(this.askedAt))
      this.#patience = Math.min(this.#patience + 1, MOST_PATIENCE);
    this.#retry = setTimeout(() => this.on.again(false), RETRY_MS);
  }

  close(): void {
    clearTimeout(this.#retry);
  }
}
