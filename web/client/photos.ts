// A photo is made small enough in the browser before it is sent, upright and as JPEG. Where that fails, the file goes as it is.
import { part, show, write } from "./dom.ts";
import { type Bounds, problemOf, smaller } from "./parts/photo.ts";

const QUALITY = 0.9;

class PhotoForm {
  readonly #form: HTMLFormElement;
  readonly #field: HTMLInputElement;
  readonly #bounds: Bounds;
  #preparing: Promise<void> | null = null;

  constructor(form: HTMLFormElement) {
    this.#form = form;
    this.#field = form.querySelector("input[type=file]") as HTMLInputElement;
    const { side, least, ratio, bytes } = form.dataset;
    this.#bounds = {
      side: Number(side),
      least: Number(least),
      ratio: Number(ratio),
      bytes: Number(bytes),
    };
    this.#field.addEventListener("change", () => this.#begin());
    form.addEventListener("submit", (event) => {
      if (!this.#preparing) return;
      event.preventDefault();
      void this.#preparing.then(() => form.requestSubmit());
    });
    if (this.#field.files?.length) this.#begin();
  }

  #begin(): void {
    const file = this.#field.files?.[0];
    this.#say(null);
    if (!file) return;
    show(part(this.#form, "busy"), true);
    const preparing = this.#prepare(file).finally(() => {
      if (this.#preparing !== preparing) return;
      this.#preparing = null;
      show(part(this.#form, "busy"), false);
    });
    this.#preparing = preparing;
  }

  async #prepare(file: File): Promise<void> {
    const picture = await opened(file);
    const problem = problemOf(file, picture?.size ?? null, this.#bounds);
    const size = picture && !problem ? smaller(file, picture.size, this.#bounds) : null;
    const small = picture && size ? await drawn(picture.source, size) : null;
    picture?.close();
    // Another one may have been chosen meanwhile.
    if (this.#field.files?.[0] !== file) return;
    if (problem) this.#refuse(problem);
    else if (small) this.#replace(small);
    else if (file.size > this.#bounds.bytes) this.#refuse("heavy");
  }

  #refuse(problem: string): void {
    this.#field.value = "";
    this.#say(problem);
  }

  #replace(file: File): void {
    const transfer = new DataTransfer();
    transfer.items.add(file);
    this.#field.files = transfer.files;
  }

  #say(problem: string | null): void {
    const place = part(this.#form, "problem");
    const words = part<HTMLTemplateElement>(this.#form, "words").content;
    const text = problem && words.querySelector(`[data-word="${problem}"]`)?.textContent;
    write(place, text || "");
    show(place, problem !== null);
    this.#field.ariaInvalid = problem === null ? null : "true";
  }
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

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-photo]"))
  new PhotoForm(form);
