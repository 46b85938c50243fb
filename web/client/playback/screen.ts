// One side on the screen: the file that covers the moment, kept in step with the one clock.

import { correction, type Piece, pieceAt, type Side } from "./timeline.ts";

export class Screen {
  readonly side: Side;
  readonly #video: HTMLVideoElement;
  readonly #gap: HTMLElement | null;
  #piece: Piece | null = null;

  constructor(
    private readonly figure: HTMLElement,
    private readonly pieces: readonly Piece[],
    failed: () => void,
  ) {
    this.side = figure.dataset.screen as Side;
    this.#video = figure.querySelector("video") as HTMLVideoElement;
    this.#gap = figure.querySelector(".player-gap");
    this.#video.addEventListener("error", () => this.#piece && failed());
  }

  /** Brings the side to a moment; whether it is ready to go on from there. */
  show(at: number, plays: boolean): boolean {
    const piece = pieceAt(this.pieces, this.side, at);
    if (piece !== this.#piece) this.#load(piece);
    if (!piece) return true;
    const wanted = at - piece.at;
    const { jump, pace } = correction(this.#video.currentTime, wanted);
    // While it seeks, another jump would only begin anew.
    if (jump || !plays) {
      if (!this.#video.seeking && Math.abs(this.#video.currentTime - wanted) > 0.001)
        this.#video.currentTime = wanted;
    }
    if (this.#video.playbackRate !== pace) this.#video.playbackRate = pace;
    const ready =
      this.#video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA || this.#atEnd(piece, wanted);
    if (plays && this.#video.paused && !this.#atEnd(piece, wanted))
      // Stopped before it began: the next step says what to do.
      void this.#video.play().catch(() => {});
    if (!plays) this.#video.pause();
    return ready && !this.#video.seeking;
  }

  /** Stands still where it is. */
  hold(): void {
    this.#video.pause();
  }

  /** A file may end a little before it was said to. */
  #atEnd(piece: Piece, wanted: number): boolean {
    return (
      this.#video.ended ||
      wanted >= Math.min(piece.seconds, this.#video.duration || piece.seconds) - 0.15
    );
  }

  #load(piece: Piece | null): void {
    this.#piece = piece;
    const state = piece ? (piece.picture ? "picture" : "sound") : "gap";
    this.figure.dataset.state = state;
    if (this.#gap) this.#gap.hidden = state !== "gap";
    if (piece) this.#video.src = piece.src;
    else this.#video.removeAttribute("src");
    this.#video.load();
  }
}
