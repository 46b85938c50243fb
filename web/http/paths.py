"""Addresses of this site: the ids in them, and where an answer may send the browser."""

import re
from urllib.parse import quote

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.errors import UserError
from foundation.numbers import integer

WEBHOOK = "/webhooks/payments"
# The forms that bring a file.
UPLOADS = frozenset({"/console/profile/photos"})
LONGEST = 500
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


def id_in_path(request: Request, name: str) -> int:
    """Return the id in an address. One that no row can have is an address that isn't there."""
    try:
        return integer(request.match_info[name], 1)
    except UserError:
        raise HTTPNotFound from None
