// A photo is made small enough in the browser before it is sent, upright and as JPEG. Where that fails, it goes as it is.
import { type Bounds, type Problem, problemOf, smaller } from "./photo.ts";

const QUALITY = 0.9;

/** The photo as it is to be sent, or why it can't be. */
export async function shrunk(file: File, bounds: Bounds): Promise<File | Problem> {
  const picture = await opened(file);
  const problem = problemOf(file, picture?.size ?? null, bounds);
  const size = picture && !problem ? smaller(file, picture.size, bounds) : null;
  const small = picture && size ? await drawn(picture.source, size) : null;
  picture?.close();
  if (problem) return problem;
  if (small) return small;
  return file.size > bounds.bytes ? "heavy" : file;
}

interface Picture {
  source: CanvasImageSource;
  size: { width: number; height: number };
  close(): void;
}

/** A photo as the browser shows it, upright; null where it can't. An element takes less memory than a bitmap. */
async function opened(file: File): Promise<Picture | null> {
  const address = URL.createObjectURL(file);
  const image = new Image();
  const shown = await new Promise<boolean>((resolve) => {
    image.onload = () => resolve(image.naturalWidth > 0);
    image.onerror = () => resolve(false);
    image.src = address;
  });
  const close = () => URL.revokeObjectURL(address);
  if (shown)
    return {
      source: image,
      size: { width: image.naturalWidth, height: image.naturalHeight },
      close,
    };
  close();
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(
    () => null,
  );
  return (
    bitmap && {
      source: bitmap,
      size: { width: bitmap.width, height: bitmap.height },
      close: () => bitmap.close(),
    }
  );
}

/** A photo drawn anew; null where the browser can't, or hides what was drawn from the page. */
async function drawn(
  source: CanvasImageSource,
  { width, height }: { width: number; height: number },
): Promise<File | null> {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context || !tellsTheTruth(context)) return null;
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  try {
    context.drawImage(source, 0, 0, width, height);
  } catch {
    return null;
  }
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, "image/jpeg", QUALITY);
  });
  return blob && new File([blob], "photo.jpg", { type: "image/jpeg" });
}

/** Browsers that fight fingerprints give noise instead of what was drawn. */
function tellsTheTruth(context: CanvasRenderingContext2D): boolean {
  context.fillStyle = "#2080c0";
  context.fillRect(0, 0, 2, 2);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return Math.abs(red - 0x20) + Math.abs(green - 0x80) + Math.abs(blue - 0xc0) < 12;
}
