// One's own camera and microphone. There is always a sound track, even a silent one,
// because the meter lives on media that arrives.

export type Kind = "audio" | "video";
/** Also the keys of the words that explain them. */
export type Problem =
  | "media_denied"
  | "media_missing"
  | "media_in_use"
  | "media_insecure"
  | "media_failed";

const PROBLEMS: Record<string, Problem> = {
  NotAllowedError: "media_denied",
  SecurityError: "media_denied",
  NotFoundError: "media_missing",
  OverconstrainedError: "media_missing",
  NotReadableError: "media_in_use",
  AbortError: "media_in_use",
  TypeError: "media_insecure",
};

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE = {
  width: { ideal: 640 },
  height: { ideal: 480 },
  frameRate: { ideal: 30, max: 30 },
};

/** What was chosen last is asked for first, on every page. */
function wanted(kind: Kind): MediaTrackConstraints {
  const base = kind === "audio" ? SOUND : PICTURE;
  const deviceId = storedDevice(kind);
  return deviceId ? { ...base, deviceId: { ideal: deviceId } } : base;
}

function exactly(kind: Kind, deviceId: string): MediaTrackConstraints {
  return { ...(kind === "audio" ? SOUND : PICTURE), deviceId: { exact: deviceId } };
}

function storedDevice(kind: Kind): string | null {
  return localStorage.getItem(`device-${kind}`);
}

function storeDevice(kind: Kind, deviceId: string): void {
  localStorage.setItem(`device-${kind}`, deviceId);
}

export function problemOf(error: unknown): Problem {
  return (error instanceof Error && PROBLEMS[error.name]) || "media_failed";
}

/** Fires `change` whenever a track, a switch or a problem changed. */
export class Media extends EventTarget {
  readonly stream = new MediaStream();
  readonly problems: Partial<Record<Kind, Problem>> = {};
  muted = false;
  silent = false;
  #closed = false;
  #context: AudioContext | undefined;

  /** Opens what there is. Never rejects: what is missing stands in `problems`. */
  async open(withVideo: boolean): Promise<void> {
    try {
      this.#take(await request({ audio: wanted("audio"), video: withVideo && wanted("video") }));
    } catch (error) {
      await this.#openApart(withVideo, problemOf(error));
    }
    this.#changed();
  }

  /** One without the other: a missing camera must not cost the voice. */
  async #openApart(withVideo: boolean, both: Problem): Promise<void> {
    await this.#try("audio", both);
    if (withVideo) await this.#try("video", both);
    if (!this.track("audio")) this.#fallSilent();
  }

  async #try(kind: Kind, known: Problem): Promise<void> {
    try {
      this.#take(await request({ [kind]: wanted(kind) }));
    } catch (error) {
      this.problems[kind] = known === "media_denied" ? known : problemOf(error);
    }
  }

  track(kind: Kind): MediaStreamTrack | null {
    return this.stream.getTracks().find((track) => track.kind === kind) ?? null;
  }

  has(kind: Kind): boolean {
    return this.track(kind) !== null && !(kind === "audio" && this.silent);
  }

  /** Whether a device of this kind is in use, and neither its owner nor the system has muted it. */
  live(kind: Kind): boolean {
    const track = this.track(kind);
    const off = kind === "audio" && (this.silent || this.muted);
    return track !== null && track.readyState === "live" && !track.muted && !off;
  }

  /** The device in use, else the one that will be asked for. */
  deviceId(kind: Kind): string | undefined {
    return this.track(kind)?.getSettings().deviceId ?? storedDevice(kind) ?? undefined;
  }

  async devices(kind: Kind): Promise<MediaDeviceInfo[]> {
    const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    return all.filter((device) => device.kind === `${kind}input` && device.deviceId !== "");
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
    // Phones can't open a second camera while the first is in use.
    if (kind === "video") old?.stop();
    try {
      this.#take(await request({ [kind]: exactly(kind, deviceId) }));
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
      this.#take(await request({ video: exactly("video", deviceId) }));
    } catch (error) {
      this.#drop("video");
      this.problems.video = problemOf(error);
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
    if (on && !this.track("video") && !this.#closed) {
      try {
        this.#take(await request({ video: wanted("video") }));
      } catch (error) {
        this.problems.video = problemOf(error);
        this.#changed();
        throw error;
      }
    } else if (!on) this.#drop("video");
    this.#changed();
  }

  /** Lets the silent track flow; to be called in a gesture. */
  wake(): void {
    void this.#context?.resume();
  }

  /** For good: whatever is still being opened is stopped as it comes. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#drop("audio");
    this.#drop("video");
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
    this.stream.removeTrack(track);
    this.problems[kind] = "media_missing";
    if (kind === "audio") this.#fallSilent();
    this.#changed();
  }

  #fallSilent(): void {
    this.#context ??= new AudioContext();
    void this.#context.resume();
    const silence = this.#context.createMediaStreamDestination();
    // A destination without a source sends nothing at all; a source of zeros sends silence.
    const zeros = new ConstantSourceNode(this.#context, { offset: 0 });
    zeros.connect(silence);
    zeros.start();
    this.silent = true;
    for (const track of silence.stream.getAudioTracks()) this.stream.addTrack(track);
  }

  #changed(): void {
    this.dispatchEvent(new Event("change"));
  }
}

function request(constraints: MediaStreamConstraints): Promise<MediaStream> {
  // Without HTTPS (loopback apart) browsers hide the whole interface.
  if (!navigator.mediaDevices) return Promise.reject(new TypeError("insecure context"));
  return navigator.mediaDevices.getUserMedia(constraints);
}
