// The two faces: the other side's picture or portrait, and one's own in the corner.

import type { DeviceState } from "../devices/capture.ts";
import type { Media } from "../devices/media.ts";
import { isBroken } from "../devices/trouble.ts";
import { part, show, write } from "../dom.ts";
import type { Note } from "../wire/note.ts";
import { word } from "../words.ts";

export class Picture {
  readonly #remote: HTMLVideoElement;
  readonly #unblock: HTMLElement;
  readonly #ring: HTMLElement;
  #note: Note | undefined;
  #frames = 0;

  constructor(
    private readonly root: HTMLElement,
    private readonly level: () => number,
    private readonly announce: (text: string) => void,
  ) {
    this.#remote = part<HTMLVideoElement>(root, "remote");
    this.#unblock = part(root, "unblock");
    this.#ring = part(root, "ring");
    this.#unblock.addEventListener("click", () => void this.#play());
    for (const event of ["loadeddata", "resize"])
      this.#remote.addEventListener(event, () => this.#firstFrame());
    setInterval(() => this.#sound(), 100);
  }

  /** A new connection: the last picture stays until the new one comes. */
  renew(): void {
    this.#note = undefined;
    this.#frames = 0;
    this.#remote.srcObject = new MediaStream();
  }

  track(track: MediaStreamTrack): void {
    if (!(this.#remote.srcObject instanceof MediaStream)) this.renew();
    (this.#remote.srcObject as MediaStream).addTrack(track);
    void this.#play();
  }

  /** What the other side tells of its devices. */
  note(note: Note): void {
    const before = this.#note;
    this.#note = note;
    this.#choose();
    if (!before) return;
    const { mic, camera } = note;
    if (isBroken(mic) && mic !== before.mic) this.announce(micText(mic));
    else if (isBroken(camera) && camera !== before.camera) this.announce(voiceText(camera));
  }

  /** The element knows of the first picture before the statistics are read again. */
  #firstFrame(): void {
    if (this.#remote.videoWidth > 0 && this.#frames === 0) this.frames(1);
  }

  frames(frames: number): void {
    if (frames === this.#frames) return;
    this.#frames = frames;
    this.#choose();
  }

  /** A picture is shown when one has come and the other side has not turned it off. */
  #choose(): void {
    const { mic, camera } = this.#note ?? { mic: "on", camera: "on" };
    const seen = this.#frames > 0 && camera === "on";
    show(this.#remote, seen);
    show(part(this.root, "voice"), !seen);
    this.root.dataset.picture = seen ? "video" : "voice";
    write(part(this.root, "chip-mic-text"), micText(mic));
    show(part(this.root, "chip-mic"), mic !== "on");
    write(part(this.root, "voice-note"), voiceText(camera));
  }

  /** Browsers may refuse sound before the first touch; then a button asks for it. */
  async #play(): Promise<void> {
    try {
      await this.#remote.play();
      show(this.#unblock, false);
    } catch (error) {
      if (error instanceof Error && error.name === "NotAllowedError") show(this.#unblock, true);
    }
  }

  #sound(): void {
    if (this.root.dataset.picture === "video" || this.root.hidden) return;
    // Speech lies low on the linear scale; the root makes a soft voice visible.
    this.#ring.style.setProperty("--level", Math.sqrt(this.level()).toFixed(2));
  }

  self(media: Media): void {
    const video = part<HTMLVideoElement>(this.root, "self-video");
    if (video.srcObject !== media.stream) video.srcObject = media.stream;
    part(this.root, "self").dataset.camera = media.track("video") ? "on" : "off";
    show(part(this.root, "self-mute"), media.state("audio") !== "on");
  }
}

function micText(mic: DeviceState): string {
  return mic === "on" ? "" : word(`other_mic_${mic}`);
}

function voiceText(camera: DeviceState): string {
  if (camera === "on") return "";
  return word(camera === "off" ? "other_voice" : `other_camera_${camera}`);
}
