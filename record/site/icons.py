"""A site's icon and logo in the sizes that browsers and home screens want. Pure Pillow.

What comes in was drawn anew by us already, so it can be no stranger's file any more. It still is
some work: callers run it in a thread.
"""

import io
from collections.abc import Mapping

from PIL import Image, ImageOps

# By the files' names. What a system cuts to a shape of its own keeps a fifth free at each side.
ICONS: Mapping[str, int] = {
    "icon-48.png": 48,
    "icon-180.png": 180,
    "icon-192.png": 192,
    "icon-512.png": 512,
    "icon-maskable.png": 512,
}
MASKABLE_SHARE = 0.62
LOGO = "logo-1.webp"
# As high as a header takes, twice over for fine screens.
LOGO_MOST = (640, 112)


def icons_of(whole: bytes) -> dict[str, bytes]:
    """Return an icon in all its sizes, on white where it is see-through there."""
    with Image.open(io.BytesIO(whole), formats=("WEBP",)) as opened:
        picture = opened.convert("RGBA")
    return {name: png(sized(picture, name)) for name in ICONS}


def sized(picture: Image.Image, name: str) -> Image.Image:
    """Return a picture as one of the icons: a square, in the middle of a free edge if maskable."""
    side = ICONS[name]
    inner = round(side * MASKABLE_SHARE) if name == "icon-maskable.png" else side
    fit = ImageOps.pad(picture, (inner, inner), Image.Resampling.LANCZOS, color=(0, 0, 0, 0))
    icon = Image.new("RGB", (side, side), _ground(picture))
    icon.paste(fit, ((side - inner) // 2,) * 2, fit)
    return icon


def _ground(picture: Image.Image) -> tuple[int, int, int]:
    """Return the colour around a picture: that of its corner, or white where that is clear."""
    corner = picture.getpixel((0, 0))
    assert isinstance(corner, tuple)
    red, green, blue, seen = corner
    return (red, green, blue) if seen == 255 else (255, 255, 255)


def logo_of(whole: bytes) -> tuple[bytes, int, int]:
    """Return a logo as headers show it, see-through where it is, with its width and height."""
    with Image.open(io.BytesIO(whole), formats=("WEBP",)) as opened:
        logo = opened.convert("RGBA")
    logo.thumbnail(LOGO_MOST, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    logo.save(file, "WEBP", lossless=True, method=4)
    return file.getvalue(), *logo.size


def png(picture: Image.Image) -> bytes:
    """Return a picture as PNG."""
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()
