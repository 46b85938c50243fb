// A device that is lost is told at once, replaced by silence, and asked for again.
import assert from "node:assert/strict";
import { beforeEach, type TestContext, test } from "node:test";
import { Media } from "../../web/client/devices/media";
import { regain } from "../../web/client/devices/regain";

type Asked = Partial<Record<"audio" | "video", unknown>>;

class FakeTrack extends EventTarget {
  enabled = true;
  muted = false;
  readyState = "live";
  constructor(
    readonly kind: string,
    readonly deviceId = `${kind}-1`,
  ) {
    super();
  }
  getSettings(): { deviceId: string } {
    return { deviceId: this.deviceId };
  }
  stop(): void {
    this.readyState = "ended";
  }
  hold(muted: boolean): void {
    this.muted = muted;
    this.dispatchEvent(new Event(muted ? "mute" : "unmute"));
  }
  unplug(): void {
    this.stop();
    this.dispatchEvent(new Event("ended"));
  }
}

class FakeStream {
  constructor(private readonly tracks: FakeTrack[] = []) {}
  getTracks(): FakeTrack[] {
    return [...this.tracks];
  }
  getAudioTracks(): FakeTrack[] {
    return this.tracks.filter(({ kind }) => kind === "audio");
  }
  addTrack(track: FakeTrack): void {
    this.tracks.push(track);
  }
  removeTrack(track: FakeTrack): void {
    this.tracks.splice(this.tracks.indexOf(track), 1);
  }
}

class FakeContext {
  resume = async () => {};
  close = async () => {};
  createMediaStreamDestination = () => ({
    stream: new FakeStream([new FakeTrack("audio", "silence")]),
  });
}

/** What is plugged in, what the browser was asked for, and how it answers. */
class Desk {
  readonly asked: Asked[] = [];
  readonly given: FakeTrack[] = [];
  readonly heard = new EventTarget();
  refuses: string | null = null;
  grants = "granted";
  gone: string | null = null;
  /** While set, a question is open. */
  open: Promise<void> | undefined;

  async getUserMedia(asked: Asked): Promise<FakeStream> {
    this.asked.push(asked);
    await this.open;
    const refusal = this.refuses ?? (this.#lacks(asked) ? "OverconstrainedError" : null);
    if (refusal) throw Object.assign(new Error(""), { name: refusal });
    const kinds = (["audio", "video"] as const).filter((kind) => asked[kind]);
    const tracks = kinds.map((kind) => new FakeTrack(kind));
    this.given.push(...tracks);
    return new FakeStream(tracks);
  }

  /** Whether a device is insisted on that was plugged out. */
  #lacks(asked: Asked): boolean {
    return JSON.stringify(asked).includes(`"exact":"${this.gone}"`);
  }
}

let desk: Desk;
let page: EventTarget;

beforeEach(() => {
  desk = new Desk();
  page = new EventTarget();
  const stored = new Map<string, string>();
  Object.assign(globalThis, {
    MediaStream: FakeStream,
    AudioContext: FakeContext,
    ConstantSourceNode: class {
      connect(): void {}
      start(): void {}
    },
    localStorage: {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
    },
    document: { hidden: false },
    addEventListener: page.addEventListener.bind(page),
  });
  const mediaDevices = Object.assign(desk.heard, {
    getUserMedia: (asked: Asked) => desk.getUserMedia(asked),
  });
  const permissions = { query: async () => ({ state: desk.grants, addEventListener: () => {} }) };
  Object.defineProperty(globalThis, "navigator", {
    configurable: true,
    value: { mediaDevices, permissions },
  });
});

/** Lets all that has been answered be heard of. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

async function opened({ mock }: TestContext, withVideo = true): Promise<Media> {
  mock.timers.enable({ apis: ["setTimeout"] });
  const media = new Media();
  await media.open(withVideo);
  regain(media);
  await settle();
  return media;
}

function track(media: Media, kind: "audio" | "video"): FakeTrack {
  return media.track(kind) as unknown as FakeTrack;
}

async function plugIn(): Promise<void> {
  desk.heard.dispatchEvent(new Event("devicechange"));
  await settle();
}

test("a microphone that is unplugged is lost at once, and silence is sent", async (context) => {
  const media = await opened(context);
  desk.refuses = "NotFoundError";
  let told = "";
  media.addEventListener("change", () => {
    told = media.state("audio");
  });
  track(media, "audio").unplug();
  assert.equal(told, "lost");
  assert.equal(track(media, "audio").deviceId, "silence");
  assert.equal(media.has("audio"), false);
});

test("it is asked for again by itself when devices change, and keeps what its owner had muted", async (context) => {
  const media = await opened(context);
  media.mute(true);
  desk.refuses = "NotFoundError";
  track(media, "audio").unplug();
  await plugIn();
  assert.equal(media.state("audio"), "lost");
  desk.refuses = null;
  await plugIn();
  assert.equal(media.state("audio"), "off");
  assert.equal(track(media, "audio").enabled, false);
  media.mute(false);
  assert.equal(media.state("audio"), "on");
});

test("another device may have come before the loss was heard of", async (context) => {
  const media = await opened(context);
  track(media, "audio").unplug();
  assert.equal(media.state("audio"), "lost");
  context.mock.timers.tick(600);
  await settle();
  assert.equal(media.state("audio"), "on");
});

test("a busy microphone is asked for by a press, whose failure is told", async (context) => {
  const media = await opened(context, false);
  desk.refuses = "NotReadableError";
  track(media, "audio").unplug();
  await assert.rejects(media.again("audio", "press"), { name: "NotReadableError" });
  assert.equal(media.problems.audio, "media_in_use");
  desk.refuses = null;
  await media.again("audio", "press");
  assert.deepEqual([media.state("audio"), media.problems.audio], ["on", undefined]);
});

test("many reasons at once ask once", async (context) => {
  const media = await opened(context, false);
  track(media, "audio").unplug();
  const before = desk.asked.length;
  let answer = () => {};
  desk.open = new Promise((done) => {
    answer = done;
  });
  await plugIn();
  await plugIn();
  const pressed = media.again("audio", "press");
  answer();
  await pressed;
  assert.equal(desk.asked.length, before + 1);
});

test("by itself no other camera comes on than the one that was lost; by a press any does", async (context) => {
  const media = await opened(context);
  desk.refuses = "OverconstrainedError";
  track(media, "video").unplug();
  await plugIn();
  assert.deepEqual(desk.asked.at(-1)?.video, {
    ...(desk.asked.at(-1)?.video as object),
    deviceId: { exact: "video-1" },
  });
  desk.refuses = null;
  await media.camera(true);
  const any = desk.asked.at(-1)?.video as { deviceId?: unknown } | undefined;
  assert.equal(any?.deviceId, undefined);
  assert.equal(media.state("video"), "on");
});

test("by itself nothing opens a question of the browser's", async (context) => {
  const media = await opened(context, false);
  track(media, "audio").unplug();
  desk.grants = "prompt";
  const before = desk.asked.length;
  await plugIn();
  assert.equal(desk.asked.length, before);
  await media.again("audio", "press");
  assert.equal(media.state("audio"), "on");
});

test("a camera that its owner turned off stays off, also while it was being asked for", async (context) => {
  const media = await opened(context);
  await media.camera(false);
  await plugIn();
  assert.equal(media.state("video"), "off");
  await media.camera(true);
  let answer = () => {};
  desk.open = new Promise((done) => {
    answer = done;
  });
  track(media, "video").unplug();
  await plugIn();
  await media.camera(false);
  answer();
  await settle();
  assert.equal(media.state("video"), "off");
  assert.equal(desk.given.at(-1)?.readyState, "ended");
});

test("a track that a phone call holds is told, and told when it is free again", async (context) => {
  const media = await opened(context);
  const told: string[] = [];
  media.addEventListener("change", () => told.push(media.state("audio")));
  track(media, "audio").hold(true);
  track(media, "audio").hold(false);
  assert.deepEqual(told, ["held", "on"]);
});

test("a question that nobody answers is noticed after some seconds", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let answer = () => {};
  desk.open = new Promise((done) => {
    answer = done;
  });
  const media = new Media();
  const opening = media.open(true);
  assert.equal(media.unanswered, false);
  let told = false;
  media.addEventListener("change", () => {
    told ||= media.unanswered;
  });
  context.mock.timers.tick(5000);
  assert.deepEqual([media.unanswered, told], [true, true]);
  // One goes on without a voice meanwhile, and has it as soon as it is allowed.
  media.beSilent();
  assert.equal(track(media, "audio").deviceId, "silence");
  answer();
  await opening;
  assert.deepEqual([media.unanswered, media.state("audio")], [false, "on"]);
});

test("what is closed is asked for no more", async (context) => {
  const media = await opened(context, false);
  desk.refuses = "NotFoundError";
  track(media, "audio").unplug();
  media.close();
  const before = desk.asked.length;
  await plugIn();
  await media.again("audio", "press");
  assert.equal(desk.asked.length, before);
});

test("what was chosen last is insisted on; where it has gone any other will do", async (context) => {
  localStorage.setItem("device-audio", "audio-7");
  const asked = (at: number) =>
    (desk.asked.at(at)?.audio as { deviceId?: unknown } | undefined)?.deviceId;
  await opened(context);
  assert.equal(desk.asked.length, 1);
  assert.deepEqual(asked(0), { exact: "audio-7" });
  desk.gone = "audio-7";
  const media = new Media();
  await media.open(true);
  assert.deepEqual(asked(-2), { exact: "audio-7" });
  assert.deepEqual(asked(-1), { ideal: "audio-7" });
  assert.equal(media.state("audio"), "on");
  assert.equal(media.state("video"), "on");
});

test("another camera opens only when the one before has been let go, copies and all", async (context) => {
  const media = await opened(context);
  const before = track(media, "video");
  let free = false;
  media.addEventListener("stopped", () => {
    // Only by now a phone can open another; and nobody has been asked for it yet.
    free = before.readyState === "ended" && desk.asked.length === 1;
  });
  await media.switchTo("video", "video-2");
  assert.equal(free, true);
  assert.equal(desk.asked.length, 2);
  assert.equal(media.state("video"), "on");
});

test("a silent track that a phone call interrupted flows again with the return", async (context) => {
  let resumed = 0;
  class Interrupted extends FakeContext {
    override resume = async () => {
      resumed += 1;
    };
  }
  Object.assign(globalThis, { AudioContext: Interrupted });
  const media = await opened(context, false);
  desk.refuses = "NotFoundError";
  track(media, "audio").unplug();
  const before = resumed;
  page.dispatchEvent(new Event("visibilitychange"));
  assert.equal(resumed, before + 1);
});
