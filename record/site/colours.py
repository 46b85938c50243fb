"""An accent of any colour, in shades that can be read on this house's papers. Pure.

Colours are reckoned in OKLCH (Björn Ottosson), where one step of lightness looks alike in every
hue; contrast is WCAG 2's, which the law's tests use.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

Rgb = tuple[float, float, float]

# For text, and for what is neither text nor picture but must be seen (WCAG 1.4.3, 1.4.11).
TEXT, CONTROLS = 4.5, 3.0
# What an accent stands on, from `web/client/style/tokens.css`: paper, second paper, raised.
LIGHT_PAPERS = ("#fdfbf7", "#f6f0e6", "#ffffff")
DARK_PAPERS = ("#1b1815", "#26211d", "#221e1a")
# Lightness of the soft grounds under an accent, in light and dark, and how much colour they bear.
SOFT_LIGHT, SOFT_DARK = (0.945, 0.03), (0.31, 0.045)
DARK_LIGHTNESS, DARK_CHROMA = 0.76, 0.13
STEP = 0.005
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Shades:
    """The accent in one scheme: itself, its deeper one, what is written on it, its soft ground."""

    accent: str
    deep: str
    ink: str
    soft: str


@dataclass(frozen=True)
class Accent:
    """A site's accent, in light and in dark."""

    light: Shades
    dark: Shades


def is_colour(text: str) -> bool:
    """Say whether a text is a colour as browsers' pickers give it: `#b14318`."""
    return _HEX.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def least_contrast(colour: str) -> float:
    """Return the contrast of a colour with the light paper from which it stands out least."""
    return min(contrast(colour, ground) for ground in (*LIGHT_PAPERS, _soft_light(colour)))


def fits(colour: str) -> bool:
    """Say whether text in this colour can be read on every light paper, and white text on it."""
    return least_contrast(colour) >= TEXT


def nearest_that_fits(colour: str) -> str:
    """Return the lightest shade of a colour that can be read; the colour itself where it can."""
    lightness, chroma, hue = _oklch(colour)
    while not fits(colour) and lightness > 0:
        lightness -= STEP
        colour = _hex(lightness, chroma, hue)
    return colour


def accent_of(colour: str) -> Accent:
    """Return the shades of an accent. Raises ValueError for a colour that doesn't fit."""
    if not fits(colour):
        raise ValueError("text in this colour could not be read")
    lightness, chroma, hue = _oklch(colour)
    light = Shades(
        colour.lower(), _hex(max(0, lightness - 0.1), chroma, hue), "#ffffff", _soft_light(colour)
    )
    return Accent(light, _dark(chroma, hue))


def _dark(chroma: float, hue: float) -> Shades:
    soft = _hex(SOFT_DARK[0], min(chroma, SOFT_DARK[1]), hue)
    ink = _hex(0.2, min(chroma, 0.05), hue)
    bright, lightness = min(chroma, DARK_CHROMA), DARK_LIGHTNESS
    colour = _hex(lightness, bright, hue)
    while _worst(colour, (*DARK_PAPERS, soft, ink)) < TEXT and lightness < 1:
        lightness += STEP
        colour = _hex(lightness, bright, hue)
    return Shades(colour, _hex(min(1, lightness + 0.07), bright * 0.75, hue), ink, soft)


def _soft_light(colour: str) -> str:
    _, chroma, hue = _oklch(colour)
    return _hex(SOFT_LIGHT[0], min(chroma, SOFT_LIGHT[1]), hue)


def _worst(colour: str, grounds: Iterable[str]) -> float:
    return min(contrast(colour, ground) for ground in grounds)


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(colour: str) -> Rgb:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _straight(red), _straight(green), _straight(blue)


def _straight(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _curved(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else float(1.055 * part ** (1 / 2.4) - 0.055)


def _oklch(colour: str) -> tuple[float, float, float]:
    red, green, blue = _linear(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.atan2(b, a)


def _hex(lightness: float, chroma: float, hue: float) -> str:
    """Return a colour; where screens can't show so much of it, with less of it."""
    parts = _rgb(lightness, chroma, hue)
    while chroma > 0 and not all(-1e-4 <= part <= 1.0001 for part in parts):
        chroma = max(0.0, chroma - STEP)
        parts = _rgb(lightness, chroma, hue)
    bounded = (min(1.0, max(0.0, part)) for part in parts)
    return "#" + "".join(f"{round(_curved(part) * 255):02x}" for part in bounded)


def _rgb(lightness: float, chroma: float, hue: float) -> Rgb:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
