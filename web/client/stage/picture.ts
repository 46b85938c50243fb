// The two faces: the other side's picture or portrait, and one's own in the corner.

import type { DeviceState } from "../devices/capture.ts";
import type { Media } from "../devices/media.ts";
import { answerKeys } from "../devices/media_keys.ts";
import { isBroken } from "../devices/trouble.ts";
import { part, show, write } from "../dom.ts";
import type { CameraState, Note } from "../wire/note.ts";
import { word } from "../words.ts";
import { Floating } from "./floating.ts";
import { Playing } from "./playing.ts";

export class Picture {
  readonly #remote: HTMLVideoElement;
  readonly #playing: Playing;
  readonly #mirror: Playing;
  readonly #ring: HTMLElement;
  readonly #float: HTMLElement;
  readonly #floating: Floating;
  #note: Note | undefined;
  #frames = 0;
  #closed = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly level: () => number,
    private readonly announce: (text: string) => void,
  ) {
    this.#remote = part<HTMLVideoElement>(root, "remote");
    const unblock = part(root, "unblock");
    this.#playing = new Playing(this.#remote, (blocked) => show(unblock, blocked));
    // Without sound no browser asks for a touch.
    this.#mirror = new Playing(part(root, "self-video"), () => {});
    this.#ring = part(root, "ring");
    this.#float = part(root, "float");
    this.#floating = new Floating(this.#remote, () => this.#drawFloat());
    this.#float.addEventListener("click", () => void this.#floating.turn(!this.#floating.on));
    // The browser asks for it by itself when the page is left for another.
    answerKeys({ enterpictureinpicture: () => this.#seen && void this.#floating.turn(true) });
    unblock.addEventListener("click", () => void this.#playing.play());
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
    void this.#playing.play();
  }

  /** What the other side tells of its devices. */
  note(note: Note): void {
    const before = this.#note;
    this.#note = note;
    this.#choose();
    if (!before) return;
    const { mic, camera } = note;
    if (isBroken(mic) && mic !== before.mic) this.announce(micText(mic));
    else if (camera !== "weak" && isBroken(camera) && camera !== before.camera)
      this.announce(voiceText(camera));
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
    const seen = this.#seen;
    show(this.#remote, seen);
    show(part(this.root, "voice"), !seen);
    this.root.dataset.picture = seen ? "video" : "voice";
    write(part(this.root, "chip-mic-text"), micText(mic));
    show(part(this.root, "chip-mic"), mic !== "on");
    write(part(this.root, "voice-note"), voiceText(camera));
    this.#drawFloat();
  }

  get #seen(): boolean {
    return this.#frames > 0 && (this.#note?.camera ?? "on") === "on";
  }

  #drawFloat(): void {
    const { possible, on } = this.#floating;
    show(this.#float, !this.#closed && possible && (this.#seen || on));
    this.#float.setAttribute("aria-pressed", String(on));
  }

  #sound(): void {
    if (this.root.dataset.picture === "video" || this.root.hidden) return;
    // Speech lies low on the linear scale; the root makes a soft voice visible.
    this.#ring.style.setProperty("--level", Math.sqrt(this.level()).toFixed(2));
  }

  /** The talk goes on elsewhere: nothing of it floats here. */
  land(): void {
    void this.#floating.turn(false);
  }

  /** The talk is over. */
  close(): void {
    this.#closed = true;
    this.#playing.close();
    this.#mirror.close();
    answerKeys({ enterpictureinpicture: null });
    this.land();
    this.#drawFloat();
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

function voiceText(camera: CameraState): string {
  if (camera === "on") return "";
  return word(camera === "off" ? "other_voice" : `other_camera_${camera}`);
}
