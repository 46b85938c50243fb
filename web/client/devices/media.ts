// One's own camera and microphone. There is always a sound track, even a silent one,
// because the meter lives on media that arrives.
import {
  type DeviceState,
  exactly,
  isGranted,
  type Kind,
  type Problem,
  problemOf,
  request,
  storeDevice,
  storedDevice,
  wanted,
} from "./capture.ts";
import { silence } from "./silence.ts";

/** A question of the browser's that is open for so long may not have been seen. */
const UNANSWERED_MS = 4000;
/** What was lost is asked for again after this; the news of another device may have come before. */
const AGAIN_MS = 500;

/** Fires `change` whenever a track, a switch or a problem changed; `stopped` before another opens. */
export class Media extends EventTarget {
  readonly stream = new MediaStream();
  readonly problems: Partial<Record<Kind, Problem>> = {};
  muted = false;
  silent = false;
  #closed = false;
  #context: AudioContext | undefined;
  #unanswered = 0;
  /** What is being asked for again, so that it is asked for once. */
  readonly #asking: Partial<Record<Kind, Promise<void>>> = {};
  /** Which device it was that got lost. */
  readonly #lostIds: Partial<Record<Kind, string>> = {};

  /** Opens what there is. Never rejects: what is missing stands in `problems`. */
  async open(withVideo: boolean): Promise<void> {
    const both = { audio: wanted("audio"), video: withVideo && wanted("video") };
    try {
      this.#take(await this.#request(both));
    } catch (error) {
      await this.#openApart(withVideo, problemOf(error));
    }
    this.#changed();
  }

  /** One without the other: a missing camera must not cost the voice. */
  async #openApart(withVideo: boolean, both: Problem): Promise<void> {
    await this.#try("audio", both);
    if (withVideo) await this.#try("video", both);
    this.beSilent();
  }

  async #try(kind: Kind, known: Problem): Promise<void> {
    try {
      this.#take(await this.#request({ [kind]: wanted(kind) }));
    } catch (error) {
      this.problems[kind] = known === "media_denied" ? known : problemOf(error);
    }
  }

  /** Whether the browser has been asking for long, and nobody answers. */
  get unanswered(): boolean {
    return this.#unanswered > 0;
  }

  async #request(constraints: MediaStreamConstraints): Promise<MediaStream> {
    let late = 0;
    const timer = setTimeout(() => {
      late = 1;
      this.#unanswered += late;
      this.#changed();
    }, UNANSWERED_MS);
    try {
      return await request(constraints);
    } finally {
      clearTimeout(timer);
      this.#unanswered -= late;
    }
  }

  track(kind: Kind): MediaStreamTrack | null {
    return this.stream.getTracks().find((track) => track.kind === kind) ?? null;
  }

  has(kind: Kind): boolean {
    return this.track(kind) !== null && !(kind === "audio" && this.silent);
  }

  state(kind: Kind): DeviceState {
    const track = this.track(kind);
    if (!this.has(kind) || !track) return this.problems[kind] ? "lost" : "off";
    if (kind === "audio" && this.muted) return "off";
    return track.muted ? "held" : "on";
  }

  /** The device in use, else the one that will be asked for. */
  deviceId(kind: Kind): string | undefined {
    return this.track(kind)?.getSettings().deviceId ?? storedDevice(kind) ?? undefined;
  }

  /** Changes the device. On failure the old one goes on, and the problem is thrown. */
  async switchTo(kind: Kind, deviceId: string): Promise<void> {
    const old = this.track(kind);
    const oldId = this.deviceId(kind);
    if (kind === "video" && !old && !this.problems.video) {
      // A camera that is off stays off: the choice holds for when it is turned on.
      storeDevice(kind, deviceId);
      return;
    }
    // Phones can't open a second camera while the first is in use, be it by a copy.
    if (kind === "video") old?.stop();
    this.dispatchEvent(new Event("stopped"));
    try {
      this.#take(await this.#request({ [kind]: exactly(kind, deviceId) }));
      storeDevice(kind, deviceId);
    } catch (error) {
      if (kind === "video" && old && oldId) await this.#reopen(oldId);
      throw error;
    } finally {
      this.#changed();
    }
  }

  async #reopen(deviceId: string): Promise<void> {
    try {
      this.#take(await this.#request({ video: exactly("video", deviceId) }));
    } catch (error) {
      this.#drop("video");
      this.problems.video = problemOf(error);
    }
  }

  /**
   * Asks again for what doesn't work. By a press any device will do, and the problem is thrown. By
   * itself nothing opens a question of the browser's, and no other camera than the one that was lost.
   */
  again(kind: Kind, by: "press" | "itself"): Promise<void> {
    const state = this.state(kind);
    if (this.#closed || (state !== "lost" && !(state === "held" && by === "press")))
      return Promise.resolve();
    this.#asking[kind] ??= this.#askAgain(kind, by).finally(() => {
      delete this.#asking[kind];
    });
    return this.#asking[kind] ?? Promise.resolve();
  }

  async #askAgain(kind: Kind, by: "press" | "itself"): Promise<void> {
    if (by === "itself" && !(await isGranted(kind))) return;
    const same = kind === "video" && by === "itself" ? this.#lostIds.video : undefined;
    try {
      const fresh = await this.#request({ [kind]: same ? exactly(kind, same) : wanted(kind) });
      // Switched off by its owner meanwhile, it stays off.
      if (this.has(kind) || this.problems[kind]) this.#take(fresh);
      else for (const track of fresh.getTracks()) track.stop();
    } catch (error) {
      // Of a track that is only held the owner knows already.
      if (!this.has(kind)) this.problems[kind] = problemOf(error);
      throw error;
    } finally {
      this.#changed();
    }
  }

  mute(muted: boolean): void {
    this.muted = muted;
    const track = this.track("audio");
    if (track) track.enabled = !muted;
    this.#changed();
  }

  /** Off really stops the camera, so that its light goes out. */
  async camera(on: boolean): Promise<void> {
    if (!on) {
      this.#drop("video");
      // Off by its owner's wish it isn't lost: nothing asks for it by itself.
      delete this.problems.video;
    } else if (!this.track("video") && !this.#closed) {
      this.problems.video ??= "media_missing";
      return this.again("video", "press");
    }
    this.#changed();
  }

  /** Sends silence where there is no microphone (yet). */
  beSilent(): void {
    if (this.track("audio")) return;
    this.#context ??= new AudioContext();
    void this.#context.resume();
    this.silent = true;
    for (const track of silence(this.#context)) this.stream.addTrack(track);
  }

  /** Lets the silent track flow; to be called in a gesture. */
  wake(): void {
    void this.#context?.resume();
  }

  /** For good: whatever is still being opened is stopped as it comes. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const kind of ["audio", "video"] as const) this.#drop(kind);
    void this.#context?.close();
    this.#changed();
  }

  #take(fresh: MediaStream): void {
    for (const track of fresh.getTracks()) {
      if (this.#closed) {
        track.stop();
        continue;
      }
      const kind = track.kind as Kind;
      this.#drop(kind);
      delete this.problems[kind];
      if (kind === "audio") {
        this.silent = false;
        track.enabled = !this.muted;
      }
      track.addEventListener("ended", () => this.#lost(track), { once: true });
      for (const turn of ["mute", "unmute"]) track.addEventListener(turn, () => this.#changed());
      this.stream.addTrack(track);
    }
  }

  #drop(kind: Kind): void {
    const track = this.track(kind);
    if (!track) return;
    track.stop();
    this.stream.removeTrack(track);
  }

  /** A device was unplugged or taken away. The talk goes on without it. */
  #lost(track: MediaStreamTrack): void {
    if (!this.stream.getTracks().includes(track)) return;
    const kind = track.kind as Kind;
    const id = track.getSettings().deviceId;
    if (id) this.#lostIds[kind] = id;
    this.stream.removeTrack(track);
    this.problems[kind] = "media_missing";
    if (kind === "audio") this.beSilent();
    this.#changed();
    setTimeout(() => void this.again(kind, "itself").catch(() => {}), AGAIN_MS);
  }

  #changed(): void {
    this.dispatchEvent(new Event("change"));
  }
}
