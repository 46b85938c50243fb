// The other's picture in a small window over all others: by a press, and by itself where the browser
// offers that. Chromium and Safari float the video itself; others open a window that we fill.

/** What not every browser has. */
interface SafariVideo extends HTMLVideoElement {
  webkitSupportsPresentationMode?: (mode: string) => boolean;
  webkitSetPresentationMode?: (mode: string) => void;
  webkitPresentationMode?: string;
}
interface SmallWindows extends EventTarget {
  readonly window: Window | null;
  requestWindow(size: { width: number; height: number }): Promise<Window>;
}

const SIZE = { width: 320, height: 240 };

/** One way to float a video. */
interface Way {
  readonly on: boolean;
  /** Rejects where the browser won't; it wants a gesture. */
  open(): Promise<unknown>;
  close(): void;
}

export class Floating {
  readonly #way: Way | null;

  /** `changed` is called whenever the window has opened or gone, also by the browser's own hand. */
  constructor(
    readonly video: HTMLVideoElement,
    private readonly changed: () => void,
  ) {
    const changes = () => this.changed();
    for (const event of ["enterpictureinpicture", "leavepictureinpicture"])
      video.addEventListener(event, changes);
    video.addEventListener("webkitpresentationmodechanged", changes);
    this.#way = wayOf(video, changes);
  }

  get possible(): boolean {
    return this.#way !== null;
  }

  get on(): boolean {
    return this.#way?.on ?? false;
  }

  /** Turns it on or off. A browser that refuses leaves all as it is. */
  async turn(on: boolean): Promise<void> {
    if (on === this.on) return;
    if (on) await this.#way?.open().catch(() => {});
    else this.#way?.close();
    this.changed();
  }
}

function wayOf(video: HTMLVideoElement, changed: () => void): Way | null {
  if (document.pictureInPictureEnabled && "requestPictureInPicture" in video)
    return standard(video);
  const safari = video as SafariVideo;
  if (safari.webkitSupportsPresentationMode?.("picture-in-picture")) return ofSafari(safari);
  const windows = (window as { documentPictureInPicture?: SmallWindows }).documentPictureInPicture;
  return windows ? inWindow(video, windows, changed) : null;
}

function standard(video: HTMLVideoElement): Way {
  return {
    get on() {
      return document.pictureInPictureElement === video;
    },
    open: () => video.requestPictureInPicture(),
    close: () => void document.exitPictureInPicture().catch(() => {}),
  };
}

function ofSafari(video: SafariVideo): Way {
  return {
    get on() {
      return video.webkitPresentationMode === "picture-in-picture";
    },
    open: async () => video.webkitSetPresentationMode?.("picture-in-picture"),
    close: () => video.webkitSetPresentationMode?.("inline"),
  };
}

/** A second, silent picture of the same stream: the voice goes on where it is. */
function inWindow(video: HTMLVideoElement, windows: SmallWindows, changed: () => void): Way {
  let copy: HTMLVideoElement | null = null;
  // A new connection brings another stream.
  video.addEventListener("loadstart", () => {
    if (copy) copy.srcObject = video.srcObject;
  });
  return {
    get on() {
      return windows.window !== null;
    },
    open: async () => {
      const small = await windows.requestWindow(SIZE);
      copy = small.document.createElement("video");
      Object.assign(copy, { muted: true, autoplay: true, playsInline: true });
      copy.srcObject = video.srcObject;
      Object.assign(copy.style, { position: "fixed", inset: "0", width: "100%", height: "100%" });
      Object.assign(copy.style, { objectFit: "cover" });
      small.document.body.append(copy);
      small.addEventListener("pagehide", () => {
        copy = null;
        // The browser still holds the window at this moment.
        setTimeout(changed);
      });
    },
    close: () => windows.window?.close(),
  };
}
