"""The file by which Apple Pay knows that this domain is the shop's, as the operator got it."""

import asyncio
from pathlib import Path

import structlog
from aiohttp.web import HTTPNotFound, Request, Response

from web.http.keys import SETTINGS

log = structlog.get_logger(__name__)

DOMAIN_FILE = "/.well-known/apple-developer-merchantid-domain-association"
MOST_BYTES = 64 * 1024


async def domain_file(request: Request) -> Response:
    """Give the file out as it is; 404 where none is set or it can't be read."""
    path = request.app[SETTINGS].apple_pay_domain_file
    if path is None:
        raise HTTPNotFound
    try:
        found = await asyncio.to_thread(_read, path)
    except OSError as error:
        log.error("apple_pay.domain_file_unreadable", error=repr(error)[:300])
        raise HTTPNotFound from error
    if len(found) > MOST_BYTES:
        log.error("apple_pay.domain_file_too_large", most=MOST_BYTES)
        raise HTTPNotFound
    return Response(body=found, content_type="text/plain")


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)
