"""What people and machines send: bounded in bytes, in time and in number, before it is believed.

Whoever sends slowly is waited for as long as their bytes keep a pace, and never beyond a total.
What arrived with its head takes nobody's place.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import (
    HTTPRequestEntityTooLarge,
    HTTPRequestTimeout,
    HTTPUnsupportedMediaType,
    PayloadAccessError,
    Request,
    RequestPayloadError,
)

from foundation.errors import ProtocolError
from web.http.forwarded import one_visitor
from web.http.keys import ARRIVAL, ARRIVING, SETTINGS


async def read_body(request: Request, most: int) -> bytes:
    """Return a small body of at most `most` bytes, as it is: a form's, or an event's.

    Raises aiohttp's 408, 413 and 415, ProtocolError for one that breaks off, and CrowdedError.
    """
    must_be_plain(request)
    if (request.content_length or 0) > most:
        raise HTTPRequestEntityTooLarge(most, request.content_length or 0)
    # Read through a clone, which has a bound of its own.
    bounded = request.clone(client_max_size=most)
    with _told():
        if request.content.is_eof():
            return await bounded.read()
        settings = request.app[SETTINGS]
        address = one_visitor(request[ARRIVAL].address)
        async with (
            request.app[ARRIVING].place({address: settings.forms_per_address}),
            keeping_pace(request, settings.form_pace, settings.form_seconds),
        ):
            return await bounded.read()


def must_be_plain(request: Request) -> None:
    """Refuse a body that is packed: no browser does it, and a little may become a lot (415)."""
    packed = request.headers.get("Content-Encoding", "identity").strip().lower()
    if packed != "identity":
        raise HTTPUnsupportedMediaType


@asynccontextmanager
async def keeping_pace(request: Request, pace: int, seconds: float) -> AsyncIterator[None]:
    """Let the block read a body that brings `pace` bytes a second, for `seconds` at most (408)."""
    loop, grace = asyncio.get_running_loop(), request.app[SETTINGS].body_grace_seconds
    began = loop.time()
    watch: asyncio.TimerHandle | None = None

    def look() -> None:
        nonlocal watch
        patience = grace + request.content.total_bytes / pace
        until = began + min(patience, seconds)
        if loop.time() < until:
            watch = loop.call_at(until, look)
        else:
            limit.reschedule(until)

    try:
        async with asyncio.timeout(None) as limit:
            look()
            yield
    except TimeoutError:
        raise HTTPRequestTimeout from None
    finally:
        if watch is not None:
            watch.cancel()


@contextmanager
def _told() -> Iterator[None]:
    """Tell a body that breaks off, or whose pieces make no sense, from a bug."""
    try:
        yield
    except (RequestPayloadError, PayloadAccessError, HttpProcessingError, ConnectionError) as error:
        raise ProtocolError("body_cut_off") from error
