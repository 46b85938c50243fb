"""The picture that messengers show beside a link to a room: its photo, its title, what it costs.

Pure Pillow. It runs in a thread, one card after the other: what is drawn are pictures of our own.
"""

import io
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from foundation.text.clusters import clusters
from record.site.particulars import HOUSE_ACCENT

FONT = Path(__file__).resolve().parents[2] / "fonts" / "noto-sans-jp-bold.woff2"
# 1.91 to 1, as messengers want it.
WIDTH, HEIGHT = 1200, 630
PHOTO = 560
MARGIN = 64
PAPER, INK, FAINT = "#fdfbf7", "#2b2521", "#6f6359"
TITLE, NAME, PRICE, MARK = 54, 34, 72, 30
MOST_LINES = 4
# Closing brackets and what ends or belongs to a phrase: no line begins with these.
HANGING = frozenset({"Pe", "Pf", "Po", "Lm"})


@dataclass(frozen=True)
class CardWords:
    """What a card says, in its language; `photo` is a picture of our own (WebP), or none."""

    title: str
    name: str
    price: str
    site: str
    photo: bytes | None
    accent: str = HOUSE_ACCENT.light.accent
    soft: str = HOUSE_ACCENT.light.soft


def draw(words: CardWords) -> bytes:
    """Return a card as JPEG."""
    card = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(card)
    _picture(card, pen, words)
    left, top = PHOTO + MARGIN, MARGIN
    lines = wrapped(_drawable(words.title), WIDTH - left - MARGIN, TITLE)
    for line in lines:
        pen.text((left, top), line, fill=INK, font=_font(TITLE))
        top += round(TITLE * 1.4)
    pen.text((left, top + 8), _drawable(words.name), fill=FAINT, font=_font(NAME))
    foot = HEIGHT - MARGIN
    pen.text((left, foot), words.price, fill=words.accent, font=_font(PRICE), anchor="ls")
    pen.text((WIDTH - MARGIN, foot), words.site, fill=FAINT, font=_font(MARK), anchor="rs")
    made = io.BytesIO()
    card.save(made, "JPEG", quality=84, optimize=True, progressive=True)
    return made.getvalue()


def wrapped(text: str, width: int, size: int) -> list[str]:
    """Return a title in lines of so many pixels, four at most; what doesn't fit ends in dots."""
    font, lines = _font(size), [""]
    for letter in text:
        if font.getlength(lines[-1] + letter) <= width or _hangs(letter):
            lines[-1] += letter
        else:
            lines.append(letter.lstrip())
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1][:-1]}…"]
    return [line.rstrip() for line in lines]


def _hangs(letter: str) -> bool:
    small = unicodedata.name(letter, "").startswith(
        ("HIRAGANA LETTER SMALL", "KATAKANA LETTER SMALL")
    )
    return small or unicodedata.category(letter) in HANGING


def _picture(card: Image.Image, pen: ImageDraw.ImageDraw, words: CardWords) -> None:
    if words.photo is not None:
        with Image.open(io.BytesIO(words.photo), formats=("WEBP",)) as photo:
            # A little above the middle: that is where faces are.
            fit = ImageOps.fit(photo.convert("RGB"), (PHOTO, HEIGHT), centering=(0.5, 0.4))
        card.paste(fit, (0, 0))
        return
    pen.rectangle((0, 0, PHOTO, HEIGHT), fill=words.soft)
    initial = _drawable(next(iter(clusters(words.name)), ""))
    middle = (PHOTO // 2, HEIGHT // 2)
    pen.text(middle, initial, fill=words.accent, font=_font(240), anchor="mm")


def _drawable(text: str) -> str:
    """Leave out what the font has no letter for: emoji, above all."""
    return "".join(letter for letter in text if _has(letter)).strip()


@lru_cache(maxsize=4096)
def _has(letter: str) -> bool:
    if letter.isspace():
        return True
    font = _font(NAME)
    nothing = font.getmask("\U0010ffff")
    drawn = font.getmask(letter)
    return drawn.size != nothing.size or bytes(drawn) != bytes(nothing)


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size)
