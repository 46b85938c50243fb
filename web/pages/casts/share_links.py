"""The short address of a room, and the ways in which people hand it on."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from aiohttp.web import Request

from foundation.language import N_, translate
from web.http.keys import SETTINGS
from web.http.visit import reader_locale

HANDED = N_("「%(title)s」1分¥%(rate)sで話せます。")


@dataclass(frozen=True)
class ShareLinks:
    """A short address, the picture of its QR code, and where others hand it on."""

    url: str
    qr: str
    line: str
    x: str
    mail: str


def site_of(request: Request) -> str:
    """Return the address before every path, as others reach the site."""
    return request.app[SETTINGS].public_url or f"{request.scheme}://{request.host}"


def share_links(request: Request, code: str | None, title: str, rate: int) -> ShareLinks | None:
    """Return how a room is handed on; None for one without a short address."""
    if code is None:
        return None
    url = f"{site_of(request)}/r/{code}"
    words = translate(reader_locale(request), HANDED, title=title, rate=f"{rate:,}")
    told, both = {"text": words, "url": url}, f"{words}\n{url}"
    return ShareLinks(
        url,
        f"/r/{code}/qr.svg",
        f"https://social-plugins.line.me/lineit/share?{urlencode({'url': url})}",
        f"https://twitter.com/intent/tweet?{urlencode(told)}",
        f"mailto:?subject={quote(title)}&body={quote(both)}",
    )
