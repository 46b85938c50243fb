// Darkness is for what is sent: neither the preview nor the owner's own switches know of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kind, Media } from "../../web/client/devices/media";
import { Sent } from "../../web/client/devices/sent";

class FakeTrack {
  enabled = true;
  stopped = false;
  readyState = "live";
  clone(): FakeTrack {
    const copy = new FakeTrack();
    copy.enabled = this.enabled;
    return copy;
  }
  stop(): void {
    this.stopped = true;
    this.readyState = "ended";
  }
}

class FakeMedia extends EventTarget {
  tracks: Partial<Record<Kind, FakeTrack>> = { audio: new FakeTrack(), video: new FakeTrack() };
  track(kind: Kind): FakeTrack | null {
    return this.tracks[kind] ?? null;
  }
  state(kind: Kind): string {
    return this.tracks[kind] ? "on" : "off";
  }
  changed(): void {
    this.dispatchEvent(new Event("change"));
  }
}

function sending(): [FakeMedia, Sent, (kind: Kind) => FakeTrack] {
  const media = new FakeMedia();
  const sent = new Sent(media as unknown as Media);
  return [media, sent, (kind) => sent.track(kind) as unknown as FakeTrack];
}

test("it begins in the dark, and the preview never goes dark", () => {
  const [media, sent, track] = sending();
  assert.deepEqual([track("audio").enabled, track("video").enabled], [false, false]);
  sent.dark = false;
  assert.deepEqual([track("audio").enabled, track("video").enabled], [true, true]);
  sent.dark = true;
  assert.equal(track("video").enabled, false);
  assert.deepEqual([media.tracks.audio?.enabled, media.tracks.video?.enabled], [true, true]);
});

test("who has muted the microphone stays muted when it gets bright", () => {
  const [media, sent, track] = sending();
  sent.dark = false;
  (media.tracks.audio as FakeTrack).enabled = false;
  media.changed();
  assert.equal(track("audio").enabled, false);
  sent.dark = true;
  sent.dark = false;
  assert.equal(track("audio").enabled, false);
  (media.tracks.audio as FakeTrack).enabled = true;
  media.changed();
  assert.equal(track("audio").enabled, true);
});

test("the same track is sent in darkness and in light, so that the reports go on", () => {
  const [, sent, track] = sending();
  const before = track("video");
  sent.dark = false;
  sent.dark = true;
  assert.equal(track("video"), before);
  assert.equal(before.stopped, false);
});

test("a camera that is switched off is let go, another one is sent as dark as it is", () => {
  const [media, , track] = sending();
  const first = track("video");
  media.tracks.video = undefined;
  media.changed();
  assert.deepEqual([first.stopped, track("video")], [true, null]);
  media.tracks.video = new FakeTrack();
  media.changed();
  assert.equal(track("video").enabled, false);
});

test("a line that bears no picture takes black in its place, which is told as no picture", () => {
  const [media, sent, track] = sending();
  sent.dark = false;
  const before = track("video");
  sent.voiceOnly = true;
  assert.deepEqual([track("video").enabled, track("audio").enabled], [false, true]);
  assert.deepEqual([sent.live("video"), sent.live("audio")], [false, true]);
  // The same track: the other side's reports go on.
  assert.deepEqual([track("video") === before, before.stopped], [true, false]);
  assert.equal(media.tracks.video?.enabled, true);
  sent.dark = true;
  sent.dark = false;
  assert.equal(track("video").enabled, false);
  sent.voiceOnly = false;
  assert.deepEqual([track("video").enabled, sent.live("video")], [true, true]);
});

test("darkness is not told as a camera that is off, and one that is off is", () => {
  const [media, sent] = sending();
  assert.equal(sent.live("video"), true);
  media.tracks.video = undefined;
  media.changed();
  assert.equal(sent.live("video"), false);
});

test("before another camera opens, the copy of the one before lets it go too", () => {
  const [media, , track] = sending();
  const [voice, picture] = [track("audio"), track("video")];
  media.tracks.video?.stop();
  media.dispatchEvent(new Event("stopped"));
  assert.deepEqual([picture.stopped, voice.stopped], [true, false]);
  // It stands in its line until the next one comes, so that the reports go on.
  assert.equal(track("video"), picture);
  media.tracks.video = new FakeTrack();
  media.changed();
  assert.notEqual(track("video"), picture);
  assert.equal(track("video").stopped, false);
});
