// The small window tells whether it is there, also where the browser opened or shut it.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Floating } from "../../web/client/stage/floating";

class FakeVideo extends EventTarget {
  srcObject: unknown = "a stream";
}

class FakeDocument {
  pictureInPictureEnabled = false;
  pictureInPictureElement: unknown = null;
}

let page = new FakeDocument();

beforeEach(() => {
  page = new FakeDocument();
  Object.assign(globalThis, { document: page, window: globalThis, documentPictureInPicture: null });
});

/** A video in Chromium. */
function standard(refuses = false): FakeVideo {
  page.pictureInPictureEnabled = true;
  const video = new FakeVideo();
  const turn = (element: unknown, event: string) => {
    page.pictureInPictureElement = element;
    video.dispatchEvent(new Event(event));
  };
  Object.assign(video, {
    requestPictureInPicture: async () => {
      if (refuses) throw new DOMException("", "NotAllowedError");
      turn(video, "enterpictureinpicture");
    },
  });
  Object.assign(page, {
    exitPictureInPicture: async () => turn(null, "leavepictureinpicture"),
  });
  return video;
}

/** A video in Safari. */
function safari(): FakeVideo {
  const video = new FakeVideo();
  return Object.assign(video, {
    webkitPresentationMode: "inline",
    webkitSupportsPresentationMode: (mode: string) => mode === "picture-in-picture",
    webkitSetPresentationMode(mode: string) {
      Object.assign(video, { webkitPresentationMode: mode });
      video.dispatchEvent(new Event("webkitpresentationmodechanged"));
    },
  });
}

function floating(video: FakeVideo): [Floating, boolean[]] {
  const told: boolean[] = [];
  const made: Floating = new Floating(video as unknown as HTMLVideoElement, () =>
    told.push(made.on),
  );
  return [made, told];
}

test("where a browser has none there is none to offer", async () => {
  const [none, told] = floating(new FakeVideo());
  assert.deepEqual([none.possible, none.on], [false, false]);
  await none.turn(true);
  assert.deepEqual([none.on, told.includes(true)], [false, false]);
});

for (const [browser, make] of [
  ["Chromium", () => standard()],
  ["Safari", safari],
] as const)
  test(`it opens and goes by a press in ${browser}`, async () => {
    const [window, told] = floating(make());
    assert.equal(window.possible, true);
    await window.turn(true);
    assert.deepEqual([window.on, told.at(-1)], [true, true]);
    await window.turn(false);
    assert.deepEqual([window.on, told.at(-1)], [false, false]);
  });

test("who shuts it by its own cross is believed", async () => {
  const video = standard();
  const [window, told] = floating(video);
  await window.turn(true);
  page.pictureInPictureElement = null;
  video.dispatchEvent(new Event("leavepictureinpicture"));
  assert.deepEqual([window.on, told.at(-1)], [false, false]);
});

test("a browser that refuses leaves all as it is", async () => {
  const [window] = floating(standard(true));
  await window.turn(true);
  assert.equal(window.on, false);
});

test("a window of one's own shows the same picture, silent, and follows a new connection", async () => {
  const copies: Record<string, unknown>[] = [];
  const small = Object.assign(new EventTarget(), {
    document: {
      createElement: () => ({ style: {} }),
      body: { append: (copy: Record<string, unknown>) => copies.push(copy) },
    },
    close: () => {
      windows.window = null;
      small.dispatchEvent(new Event("pagehide"));
    },
  });
  const windows: { window: unknown; requestWindow: () => Promise<unknown> } = {
    window: null,
    requestWindow: async () => {
      windows.window = small;
      return small;
    },
  };
  Object.assign(globalThis, { documentPictureInPicture: windows });
  const video = new FakeVideo();
  const [window, told] = floating(video);
  await window.turn(true);
  const [copy] = copies;
  assert.deepEqual([window.on, copy?.muted, copy?.srcObject], [true, true, "a stream"]);
  video.srcObject = "another";
  video.dispatchEvent(new Event("loadstart"));
  assert.equal(copy?.srcObject, "another");
  await window.turn(false);
  await new Promise((done) => setTimeout(done));
  assert.deepEqual([window.on, told.at(-1)], [false, false]);
});
