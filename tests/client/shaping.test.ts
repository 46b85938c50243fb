// The voice goes first; the picture takes what its step allows, also where that can't be said at once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { STEPS } from "../../web/client/wire/ladder";
import { Shaping } from "../../web/client/wire/shaping";

class FakeSender {
  parameters: { encodings: object[]; degradationPreference?: string } = { encodings: [{}] };
  refuses = false;
  set = 0;
  getParameters() {
    return structuredClone(this.parameters);
  }
  async setParameters(parameters: FakeSender["parameters"]): Promise<void> {
    if (this.refuses) throw new DOMException("", "InvalidStateError");
    this.set += 1;
    this.parameters = parameters;
  }
}

function connection(): [Shaping, FakeSender, FakeSender, object[]] {
  const [audio, video] = [new FakeSender(), new FakeSender()];
  const lines: object[] = [
    { sender: audio, receiver: { track: { kind: "audio" } } },
    { sender: video, receiver: { track: { kind: "video" } } },
  ];
  const pc = { getTransceivers: () => lines } as unknown as RTCPeerConnection;
  return [new Shaping(pc), audio, video, lines];
}

const [, HALF, , LEAST] = STEPS as [never, (typeof STEPS)[0], never, (typeof STEPS)[0]];

test("the voice has priority and no bound, the picture has its bounds", async () => {
  const [shaping, audio, video] = connection();
  await shaping.apply(LEAST);
  assert.deepEqual(audio.parameters.encodings, [{ priority: "high", networkPriority: "high" }]);
  assert.deepEqual(video.parameters.encodings, [
    { priority: "low", networkPriority: "low", maxBitrate: 120_000, scaleResolutionDownBy: 2 },
  ]);
  assert.equal(video.parameters.degradationPreference, "maintain-framerate");
});

test("what stands is not said again", async () => {
  const [shaping, , video] = connection();
  for (const step of [HALF, HALF, LEAST, LEAST]) await shaping.apply(step);
  assert.equal(video.set, 2);
});

test("what is refused, or has nobody to say it to, is said the next time", async () => {
  const [shaping, , video, lines] = connection();
  const both = lines.splice(0);
  await shaping.apply(HALF);
  assert.equal(video.set, 0);
  lines.push(...both);
  video.refuses = true;
  await shaping.apply(HALF);
  video.refuses = false;
  video.parameters.encodings = [];
  await shaping.apply(HALF);
  assert.equal(video.set, 0);
  video.parameters.encodings = [{}];
  await shaping.apply(HALF);
  assert.equal(video.set, 1);
});
