// What a photo must be like before it is sent, and how large it is drawn.

export interface Bounds {
  /** The longest side that the site keeps, and the shortest that it takes, in pixels. */
  side: number;
  least: number;
  /** How many times the short side the long one may be. */
  ratio: number;
  /** The most bytes that the site takes. */
  bytes: number;
}

export type Problem = "heif" | "heavy" | "small" | "narrow";

interface Size {
  width: number;
  height: number;
}

/** The bounds that a form tells. */
export function boundsOf({ dataset }: HTMLElement): Bounds {
  const { side, least, ratio, bytes } = dataset;
  return {
    side: Number(side),
    least: Number(least),
    ratio: Number(ratio),
    bytes: Number(bytes),
  };
}

/** What a browser can send as it is. */
const KNOWN = ["image/jpeg", "image/png", "image/webp"];
/** A file so small is not worth drawing anew. */
const SMALL_BYTES = 1024 * 1024;
const HEIF = /^image\/(heic|heif|avif)|\.(heic|heif|hif|avif)$/i;

/** Why a photo can't be taken, or null. `size` is null where the browser can't show it. */
export function problemOf(file: File, size: Size | null, bounds: Bounds): Problem | null {
  if (!size) {
    if (HEIF.test(file.type) || HEIF.test(file.name)) return "heif";
    return file.size > bounds.bytes ? "heavy" : null;
  }
  const [short, long] = [Math.min(size.width, size.height), Math.max(size.width, size.height)];
  if (short < bounds.least) return "small";
  return long > short * bounds.ratio ? "narrow" : null;
}

/** How large a photo is drawn anew; null where it can be sent as it is. */
export function smaller(file: File, size: Size, bounds: Bounds): Size | null {
  const long = Math.max(size.width, size.height);
  if (long <= bounds.side && file.size <= SMALL_BYTES && KNOWN.includes(file.type)) return null;
  const scale = Math.min(1, bounds.side / long);
  const side = (pixels: number) => Math.max(1, Math.round(pixels * scale));
  return { width: side(size.width), height: side(size.height) };
}
