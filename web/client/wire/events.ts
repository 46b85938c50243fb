// What a link tells of its talk.
import type { Joined, Recording, ReservedSoon, Said } from "../protocol.ts";
import type { Refusal } from "../socket.ts";
import type { Reading } from "../stage/meter.ts";
import type { Figures } from "./figures.ts";
import type { Line } from "./ladder.ts";
import type { Note } from "./note.ts";
import type { Quality } from "./watch.ts";

export type Health = "flowing" | "recovering" | "offline";

export interface LinkEvents {
  joined(joined: Joined): void;
  meter(reading: Reading): void;
  said(said: Said): void;
  recording(told: Recording): void;
  /** Whether the other side is there. */
  present(present: boolean): void;
  /** A new connection begins: forget the old picture. */
  paired(): void;
  track(track: MediaStreamTrack): void;
  note(note: Note): void;
  looked(figures: Figures): void;
  quality(quality: Quality): void;
  /** What one's own uplink bears of the picture. */
  uplink(line: Line): void;
  health(health: Health): void;
  /** The cast's next reservation begins soon, with which this talk ends. */
  reservedSoon(news: ReservedSoon): void;
  ended(): void;
  /** Another tab holds the talk. */
  elsewhere(): void;
  refused(refusal: Refusal): void;
}
