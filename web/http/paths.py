"""Addresses of this site: the ids in them, and where an answer may send the browser."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from aiohttp.web import Application, HTTPNotFound, Request, Response

from foundation.errors import UserError
from foundation.numbers import integer
from web.http.keys import SETTINGS

WEBHOOK = "/webhooks/payments"
# The forms that bring a file; the first ones from members who are not casts yet, too.
MEMBERS_UPLOADS = frozenset({"/console/identity/front", "/console/identity/back"})
UPLOADS = frozenset({"/console/profile/photos"}) | MEMBERS_UPLOADS
_ROOM_UPLOADS = re.compile(r"/console/rooms/[0-9]{1,19}/photos")
# The photos of a message in a consultation: of any member, and several at once.
SEVERAL = re.compile(r"/chats/[0-9]{1,19}/photos")
# What the bank says of a run of payouts; from staff alone.
BANK_RESULTS = re.compile(r"/staff/payouts/runs/[0-9]{1,19}/results")
# The pictures of the site itself; from administrators alone.
SITE_PICTURES = frozenset({"/staff/site/icon", "/staff/site/logo"})
LONGEST = 500
LONGEST_BACK = 300
_NEED = re.compile(r"(?a:[1-9]\d{0,6})")
# What says in an address that the form which was sent from there did nothing.
UNDONE = "undone"
# What says in an address that a form has done something: no longer true of the next one.
_DONE = frozenset({UNDONE, "saved", "done", "sent", "changed"})
# One slash and then none: `//host` and `/\host` are other sites. No control characters, since
# browsers drop some of them, and what follows would then be read.
_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f-\x9f]*")


def number(name: str) -> str:
    """Return the part of a route's address that is an id: `{name:…}`, of ASCII digits only."""
    return f"{{{name}:[0-9]{{1,19}}}}"


def secret(name: str) -> str:
    """Return the part of a route's address that is a token of 256 bits: `{name:…}`."""
    return f"{{{name}:[A-Za-z0-9_-]{{43}}}}"


def takes_file(path: str) -> bool:
    """Say whether the form of an address brings a file."""
    patterns = (_ROOM_UPLOADS, SEVERAL, BANK_RESULTS)
    return path in UPLOADS | SITE_PICTURES or any(pattern.fullmatch(path) for pattern in patterns)


def local_path(text: str | None, default: str = "/") -> str:
    """Return `text` if it is a path of this site, else `default`."""
    if text and len(text) <= LONGEST and _LOCAL.fullmatch(text):
        return text
    return default


def redirect(path: str) -> Response:
    """Send the browser to a page of this site with GET (303), whatever the request was."""
    location = quote(local_path(path), safe="/?&=%#+:@!$'()*,;~[]")
    return Response(status=303, headers={"Location": location})


def origin(request: Request) -> str:
    """Return scheme and host of this site as the browser knows it."""
    return request.app[SETTINGS].public_url or f"{request.scheme}://{request.host}"


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


def id_in_path(request: Request, name: str) -> int:
    """Return the id in an address. One that no row can have is an address that isn't there."""
    try:
        return integer(request.match_info[name], 1)
    except UserError:
        raise HTTPNotFound from None


def way_back(request: Request) -> str:
    """Return where somebody goes on who was kept from what they asked for.

    That is the page itself with its query; after a form the page where it stood, which says then
    that nothing was done.
    """
    if request.method in ("GET", "HEAD"):
        return local_path(request.path_qs, request.path)
    path = form_page(request)
    return f"{path}{'&' if '?' in path else '?'}{UNDONE}=1"


def is_undone(path: str) -> bool:
    """Say whether a way back comes from a form that did nothing."""
    return (UNDONE, "1") in parse_qsl(urlsplit(path).query)


def form_page(request: Request) -> str:
    """Return the page where a form stood: what the browser says, else the nearest that is one."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    own = urlsplit(request.app[SETTINGS].public_url or f"//{request.host}").netloc
    if came_from.netloc.lower() == own.lower() and _is_page(request.app, came_from.path):
        kept = [pair for pair in parse_qsl(came_from.query) if pair[0] not in _DONE]
        query = f"?{urlencode(kept)}" if kept else ""
        return local_path(came_from.path + query, came_from.path)
    return _nearest_page(request.app, request.path)


def _nearest_page(app: Application, path: str) -> str:
    while path and not _is_page(app, path):
        path = path.rpartition("/")[0]
    return path or "/"


def _is_page(app: Application, path: str) -> bool:
    """Say whether an address answers to GET, and may be one's way back."""
    if not _LOCAL.fullmatch(path) or path.startswith(("/sign-in", "/static/")):
        return False
    for resource in app.router.resources():
        info = resource.get_info()
        found = info.get("path") == path or ("pattern" in info and info["pattern"].fullmatch(path))
        if found and any(route.method == "GET" for route in resource):
            return True
    return False
