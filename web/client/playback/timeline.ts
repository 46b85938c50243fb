// Where on the line of a recording's time the files of each side lie. Seconds from its beginning.

export type Side = "caller" | "cast";

/** A file of one side, as the page lists it. */
export interface Piece {
  side: Side;
  at: number;
  seconds: number;
  src: string;
  picture: boolean;
}

/** Apart by more, a player jumps; by less than the other, they are in step; between, it runs to catch up. */
const JUMP_SECONDS = 0.35;
const STEP_SECONDS = 0.03;
const HURRY = 0.06;

/** The file of a side that covers a moment; null in a gap. */
export function pieceAt(pieces: readonly Piece[], side: Side, at: number): Piece | null {
  const there = (piece: Piece) =>
    piece.side === side && piece.at <= at && at < piece.at + piece.seconds;
  // Where two meet, the later one goes on.
  return pieces.filter(there).sort((a, b) => b.at - a.at)[0] ?? null;
}

/** What a player that stands at `actual` does to come to `wanted`: jump there, or run at a pace. */
export function correction(actual: number, wanted: number): { jump: boolean; pace: number } {
  const ahead = actual - wanted;
  if (Math.abs(ahead) > JUMP_SECONDS) return { jump: true, pace: 1 };
  if (Math.abs(ahead) < STEP_SECONDS) return { jump: false, pace: 1 };
  return { jump: false, pace: ahead > 0 ? 1 - HURRY : 1 + HURRY };
}

/** The last of these moments that is not after `at`; -1 before the first. */
export function lastBefore(moments: readonly number[], at: number): number {
  return moments.findLastIndex((moment) => moment <= at);
}
