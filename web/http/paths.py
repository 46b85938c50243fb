"""Addresses of this site: the ids in them, and where an answer may send the browser."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.errors import UserError
from foundation.numbers import integer

WEBHOOK = "/webhooks/payments"
# The forms that bring a file.
UPLOADS = frozenset({"/console/profile/photos"})
LONGEST = 500
LONGEST_BACK = 300
_NEED = re.compile(r"(?a:[1-9]\d{0,6})")
# One slash and then none: `//host` and `/\host` are other sites. No control characters, since
# browsers drop some of them, and what follows would then be read.
_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f-\x9f]*")


def number(name: str) -> str:
    """Return the part of a route's address that is an id: `{name:…}`, of ASCII digits only."""
    return f"{{{name}:[0-9]{{1,19}}}}"


def secret(name: str) -> str:
    """Return the part of a route's address that is a token of 256 bits: `{name:…}`."""
    return f"{{{name}:[A-Za-z0-9_-]{{43}}}}"


def local_path(text: str | None, default: str = "/") -> str:
    """Return `text` if it is a path of this site, else `default`."""
    if text and len(text) <= LONGEST and _LOCAL.fullmatch(text):
        return text
    return default


def redirect(path: str) -> Response:
    """Send the browser to a page of this site with GET (303), whatever the request was."""
    location = quote(local_path(path), safe="/?&=%#+:@!$'()*,;~[]")
    return Response(status=303, headers={"Location": location})


@dataclass(frozen=True)
class Aim:
    """What somebody buys points for: the page to come back to, and how many points it needs."""

    back: str | None = None
    need: int | None = None

    @property
    def query(self) -> str:
        """The same, to be added to an address."""
        told = {"next": self.back, "need": self.need}
        given = {name: value for name, value in told.items() if value is not None}
        return f"?{urlencode(given)}" if given else ""

    def short(self, points: int) -> int:
        """How many points are missing for who has so many."""
        return max(0, (self.need or 0) - points)


def aim_in(given: Mapping[str, str]) -> Aim:
    """Return the aim that an address's query or a form brings; what is malformed is left out."""
    back = local_path(given.get("next"), "")
    need = given.get("need", "")
    return Aim(
        back if 1 < len(back) <= LONGEST_BACK else None,
        int(need) if _NEED.fullmatch(need) else None,
    )


def page_of(request: Request) -> str | None:
    """Return the page that somebody stands on: what they ask for, or where their form was."""
    if request.method == "GET":
        return request.path
    came_from = urlsplit(request.headers.get("Referer", ""))
    return local_path(came_from.path, "") or None if came_from.netloc == request.host else None


def id_in_path(request: Request, name: str) -> int:
    """Return the id in an address. One that no row can have is an address that isn't there."""
    try:
        return integer(request.match_info[name], 1)
    except UserError:
        raise HTTPNotFound from None
