"""The mark and the share picture of a site that has no icon of its own: drawn from its name.

Pure Pillow, from words and colours alone; callers run it in a thread.
"""

import io

from PIL import Image, ImageDraw, ImageFont

from foundation.text.clusters import clusters
from record.site.colours import Accent
from record.site.icons import ICONS, MASKABLE_SHARE, png
from web.http.render import HERE

FONT = HERE / "fonts" / "noto-sans-jp-bold.woff2"
SHARE = (1200, 630)
MARK_SIDE = 240
NAME_SIZE, LINE_SIZE = 76, 34
MARGIN = 90


def letter_icon(name: str, accent: Accent, file: str) -> bytes:
    """Return an icon: the first letter of a name on its accent; what it lacks a font for, bare."""
    side = ICONS[file]
    share = 0.42 if file == "icon-maskable.png" else 0.42 / MASKABLE_SHARE
    return png(_letter(name, accent, side, round(side * share)))


def share_picture(name: str, line: str, accent: Accent, icon: bytes | None) -> bytes:
    """Return what messengers show beside a link to the site, as JPEG."""
    picture = Image.new("RGB", SHARE, accent.light.soft)
    if icon is None:
        mark = _letter(name, accent, MARK_SIDE, MARK_SIDE // 2)
    else:
        with Image.open(io.BytesIO(icon), formats=("PNG",)) as opened:
            mark = opened.convert("RGB").resize((MARK_SIDE, MARK_SIDE), Image.Resampling.LANCZOS)
    shape = Image.new("L", mark.size)
    ImageDraw.Draw(shape).rounded_rectangle((0, 0, *mark.size), MARK_SIDE // 5, fill=255)
    picture.paste(mark, ((SHARE[0] - MARK_SIDE) // 2, 96), shape)
    pen, middle = ImageDraw.Draw(picture), SHARE[0] // 2
    pen.text(
        (middle, 420), name, fill=accent.light.deep, font=_fitting(name, NAME_SIZE), anchor="mm"
    )
    pen.text((middle, 520), line, fill="#5a4f47", font=_fitting(line, LINE_SIZE), anchor="mm")
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=86, optimize=True, progressive=True)
    return file.getvalue()


def _letter(name: str, accent: Accent, side: int, size: int) -> Image.Image:
    ground = accent.light.accent
    picture = Image.new("RGB", (side, side), ground)
    first = next(iter(clusters(name)), "").upper()
    pen = ImageDraw.Draw(picture)
    pen.text((side // 2, side // 2), first, fill=accent.light.ink, font=_font(size), anchor="mm")
    return picture


def _fitting(text: str, size: int) -> ImageFont.FreeTypeFont:
    """Return the font in the largest size up to `size` in which a text stays within the margins."""
    font = _font(size)
    width = font.getlength(text)
    room = SHARE[0] - 2 * MARGIN
    return font if width <= room else _font(max(12, int(size * room / width)))


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size)
