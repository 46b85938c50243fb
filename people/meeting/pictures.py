"""Photos that strangers send, made into pictures of our own: decoded, and drawn anew from pixels.

Nothing of the file itself is kept: no metadata, no place where it was taken, no bytes behind its
end. Pure Pillow, no database; it runs in a process of its own (`people.meeting.drawing`).
"""

import io
import warnings
from dataclasses import dataclass

import structlog
from PIL import Image, ImageCms, ImageOps

from foundation.errors import UserError
from people.meeting import photo_refusals

log = structlog.get_logger(__name__)

# What browsers and phones send. Everything else that Pillow could read, it is not asked to.
FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 40_000_000
# A JPEG is decoded at a fraction of its size: so much of the largest takes up less than the others.
MOST_JPEG_PIXELS = 64_000_000
LEAST_SIDE = 200
# Of a mark.
LEAST_CLEAR = 64
MOST_SIDE = 1600
# What is narrower would be no picture any more at the size that is kept.
MOST_RATIO = MOST_SIDE // LEAST_SIDE
PORTRAIT_SIDE = 320
# What messengers show beside a link: 1.91 to 1.
CARD = (1200, 630)
CARD_PAPER = (246, 240, 230)

JPEG_START, JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
# How a file of the HEIF family begins, behind the length of its first box.
HEIF_MARK = b"ftyp"
# One in so many of a picture's rows, the lowest: where they lie in one colour, they never came.
LOWEST = 64

# Pillow's own word on bombs is a refusal, too, not a line on the console.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


@dataclass(frozen=True)
class Pictures:
    """A photo drawn anew: whole and as a portrait (WebP), and as a card for messengers (JPEG)."""

    width: int
    height: int
    whole: bytes
    portrait: bytes
    card: bytes


def redraw(data: bytes, *, clear: bool = False) -> Pictures:
    """Decode a photo and draw it anew in three sizes.

    `clear`: it is a mark, of which the whole may be small, and see-through where it is. Raises
    UserError `photo_unreadable`, `photo_heif`, `photo_too_large`, `photo_too_small` and
    `photo_too_narrow` (422).
    """
    if data[4:8] == HEIF_MARK:
        raise photo_refusals.heif()
    try:
        drawn = _decoded(data, LEAST_CLEAR if clear else LEAST_SIDE)
    except UserError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise photo_refusals.too_large(MOST_PIXELS) from None
    except Exception as error:
        # A broken file makes a decoder raise almost anything; none of it is our own mistake.
        log.info("photos.unreadable", error=repr(error)[:200])
        raise photo_refusals.unreadable() from None
    picture = _on_white(drawn)
    return Pictures(
        *picture.size,
        whole=_webp(drawn if clear else picture),
        portrait=_webp(_square(picture, PORTRAIT_SIDE)),
        card=_jpeg(_card(picture)),
    )


def _decoded(data: bytes, least: int) -> Image.Image:
    """Decode a photo, also a JPEG that lacks its end, as some phones and messengers leave it."""
    try:
        return _open(data, least, whole=True)
    except OSError:
        if not data.startswith(JPEG_START):
            raise
        return _open(data + JPEG_END, least, whole=False)


def _open(data: bytes, least: int, *, whole: bool) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        _must_fit(opened, least)
        return _as_seen(opened, whole=whole)


def _must_fit(opened: Image.Image, least: int) -> None:
    """Refuse by what the header says, before anything is decoded."""
    width, height = opened.size
    most = MOST_JPEG_PIXELS if _by_parts(opened) else MOST_PIXELS
    if width * height > most:
        raise photo_refusals.too_large(most)
    if min(width, height) < least:
        raise photo_refusals.too_small(least)
    if max(width, height) > MOST_RATIO * min(width, height):
        raise photo_refusals.too_narrow(MOST_RATIO)


def _by_parts(opened: Image.Image) -> bool:
    """Say whether a photo can be decoded at a fraction of its size: most JPEGs, also with depth."""
    return opened.format in ("JPEG", "MPO") and opened.mode in ("RGB", "L")


def _as_seen(opened: Image.Image, *, whole: bool) -> Image.Image:
    """Return the first picture of a file, small, upright, in sRGB, and without anything else."""
    if _by_parts(opened):
        opened.draft(opened.mode, (MOST_SIDE, MOST_SIDE))
    opened.load()
    if not whole:
        _must_reach_the_end(opened)
    picture = _in_srgb(_small(_in_plain_mode(opened)), opened.info.get("icc_profile"))
    return ImageOps.exif_transpose(_with_exif(picture, opened))


def _must_reach_the_end(picture: Image.Image) -> None:
    """Refuse a picture whose lower part never came: the decoder fills it with one colour."""
    width, height = picture.size
    lowest = picture.crop((0, height - max(2, height // LOWEST), width, height))
    if len(lowest.getcolors(maxcolors=width * height) or "") == 1:
        raise photo_refusals.cut_off()


def _in_plain_mode(image: Image.Image) -> Image.Image:
    """Return a picture in a mode that scales well: RGB, RGBA, or CMYK until its profile is used."""
    if image.mode in ("RGB", "RGBA", "CMYK"):
        return image
    if image.mode.startswith(("I", "F")):
        # Sixteen bits a pixel: the upper eight.
        return image.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    transparent = "A" in image.getbands() or "transparency" in image.info
    return image.convert("RGBA" if transparent else "RGB")


def _small(image: Image.Image) -> Image.Image:
    scale = min(1.0, MOST_SIDE / max(image.size))
    if scale == 1.0:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the colours as their profile means them; a profile that makes no sense is ignored."""
    wanted = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            srgb = ImageCms.createProfile("sRGB")
            seen = ImageCms.profileToProfile(image, source, srgb, outputMode=wanted)
            if seen is not None:
                return seen
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            log.info("photos.profile_ignored")
    return image if image.mode == wanted else image.convert(wanted)


def _with_exif(image: Image.Image, opened: Image.Image) -> Image.Image:
    # Only for the turning; the next step draws the pixels into a picture that has none.
    image.info = {"exif": opened.info["exif"]} if "exif" in opened.info else {}
    return image


def _on_white(image: Image.Image) -> Image.Image:
    plain = Image.new("RGB", image.size, (255, 255, 255))
    plain.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    return plain


def _square(image: Image.Image, side: int) -> Image.Image:
    # A little above the middle: that is where faces are.
    return ImageOps.fit(image, (side, side), Image.Resampling.LANCZOS, centering=(0.5, 0.4))


def _card(image: Image.Image) -> Image.Image:
    card = Image.new("RGB", CARD, CARD_PAPER)
    face = _square(image, CARD[1])
    card.paste(face, ((CARD[0] - CARD[1]) // 2, 0))
    return card


def _webp(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "WEBP", quality=82, method=4)
    return file.getvalue()


def _jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=84, optimize=True, progressive=True)
    return file.getvalue()
