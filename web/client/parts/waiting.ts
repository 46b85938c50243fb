// The waiting list on a room's page: the place in it, the turn with its seconds, and when it is over.
import { maybe, part, write } from "../dom.ts";
import { ask, askAfresh, type Socket } from "../socket.ts";
import { moment, onReturn } from "../time.ts";

interface Place {
  room_id: number;
  place: number;
  waiting: number;
  seconds: number | null;
  pause: number | null;
}

interface Over {
  room_id: number;
  reason: "lapsed" | "closed";
}

export function watchWaiting(socket: Socket): void {
  const room = document.querySelector<HTMLElement>("[data-waiting]");
  if (room && maybe(room, "waiting")) new Waiting(room, socket);
}

class Waiting {
  readonly #panel: HTMLElement;
  readonly #id: number;
  #ends = 0;

  constructor(
    private readonly room: HTMLElement,
    private readonly socket: Socket,
  ) {
    this.#panel = part(room, "waiting");
    this.#id = Number(room.dataset.roomId);
    this.#count(Number(this.#panel.dataset.seconds) || null);
    socket.on("connect", () => void this.#look());
    // Seconds that passed in a sleep are the server's to tell.
    onReturn(() => void this.#look(askAfresh));
    socket.on("waiting:place", (place: Place) => place.room_id === this.#id && this.#stand(place));
    socket.on("waiting:over", (over: Over) => over.room_id === this.#id && this.#over(over.reason));
    setInterval(() => this.#draw(), 1000);
  }

  /** News may have been missed while the connection was away. */
  async #look(asking = ask<{ places: Place[] }>): Promise<void> {
    if (document.hidden) return;
    this.#draw();
    try {
      const { places } = await asking(this.socket, "waiting:watch", {});
      const mine = places.find((place) => place.room_id === this.#id);
      if (mine) this.#stand(mine);
      else if (this.room.dataset.waiting !== "none") this.#over("lapsed");
    } catch {
      // The next connection asks again.
    }
  }

  #stand({ place, waiting, seconds, pause }: Place): void {
    this.room.dataset.waiting = seconds === null ? "waiting" : "turn";
    this.#say("");
    const texts = this.#panel.dataset;
    const text = (texts.place ?? "").replace("{place}", `${place}`).replace("{n}", `${waiting}`);
    write(part(this.#panel, "waiting-place"), text);
    this.#pause(pause, place);
    this.#count(seconds);
  }

  #pause(seconds: number | null, place: number): void {
    const { pause = "", pauseFirst = "" } = this.#panel.dataset;
    const n = Math.max(1, Math.ceil((seconds ?? 0) / 60));
    const text = (place === 1 ? pauseFirst : pause).replace("{n}", `${n}`);
    write(part(this.#panel, "waiting-pause"), seconds === null ? "" : text);
  }

  #over(reason: Over["reason"]): void {
    this.room.dataset.waiting = "none";
    this.#count(null);
    this.#say(this.#panel.dataset[reason] ?? "");
  }

  #count(seconds: number | null): void {
    this.#ends = seconds === null ? 0 : moment() + seconds * 1000;
    this.#draw();
  }

  #draw(): void {
    if (this.#ends === 0) return;
    const left = Math.max(0, Math.ceil((this.#ends - moment()) / 1000));
    const count = part(this.#panel, "waiting-seconds");
    write(count, (count.dataset.text ?? "").replace("{n}", `${left}`));
  }

  #say(text: string): void {
    write(part(this.#panel, "waiting-over"), text);
  }
}
