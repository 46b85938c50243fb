"""Pages that everybody who isn't signed in sees alike: made once a change, not once a reader.

A page is kept for `LIFE_SECONDS` from the moment at which its making began, and forgotten sooner
when this process has changed something. So nobody is shown a state older than that, wherever it
was changed. What belongs to one reader alone (the token of the forms, the nonce) is filled in for
each. Whoever carries a session's cookie, good or not, neither gets such a page nor leaves one.
"""

import asyncio
import functools
import secrets
import struct
import time
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

from aiohttp.typedefs import Handler
from aiohttp.web import AppKey, Request, Response, StreamResponse, middleware

from web.http.csrf import SAFE, make_token
from web.http.keys import ARRIVAL, NEW_VISITOR, SETTINGS, SLOTS, Slots
from web.http.paths import UNDONE
from web.http.session import session_token, set_visitor
from web.http.visit import own_slots

LIFE_SECONDS = 1.0
# Of pages with different addresses, languages and hosts; the one unused longest goes first.
MOST_PAGES = 500
# A page's address is part of its key, and who asks chooses it.
LONGEST_KEY = 300

# As long as what is filled in, and not to be guessed, so that no text of anybody's contains them.
CSRF_CHARACTERS = len(make_token(""))
NONCE_CHARACTERS = 22
MARKS = Slots(
    csrf=secrets.token_hex(CSRF_CHARACTERS // 2),
    nonce=secrets.token_hex(NONCE_CHARACTERS // 2),
)
# No text in UTF-8 contains it, so that nothing that is compressed can refer to a gap.
GAP = b"\xff"

Key = tuple[str, ...]


class Kept:
    """A page with gaps for what belongs to one reader, plain and compressed (deflate)."""

    def __init__(self, html: str, began: float) -> None:
        self.began = began
        self._gaps, self._parts = _split(html)
        self._packed = _pack(self._gaps, self._parts)

    def plain(self, slots: Slots) -> bytes:
        """Return the page for one reader."""
        filled = [self._parts[0]]
        for gap, part in zip(self._gaps, self._parts[1:], strict=True):
            filled += (_filling(gap, slots), part)
        return b"".join(filled)

    def deflated(self, slots: Slots) -> bytes:
        """Return the same, compressed; what fills the gaps is stored as it is."""
        filled = [ZLIB_HEADER, self._packed[0]]
        for gap, part in zip(self._gaps, self._packed[1:], strict=True):
            filled += (_stored(_filling(gap, slots)), part)
        return b"".join((*filled, struct.pack(">I", zlib.adler32(self.plain(slots)))))


class SharedPages:
    """The pages that are kept now."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._making: dict[Key, asyncio.Future[Kept | None]] = {}

    def change(self) -> None:
        """Forget all: something was changed. What is being made just now is kept for nobody."""
        self._kept.clear()
        self._making.clear()

    async def get(self, key: Key, make: Callable[[], Awaitable[str | None]]) -> Kept | None:
        """Return a page, made by `make` where none is kept; None where it can't be shared.

        Of several who want it at once, one makes it and the others wait. Raises what `make` does.
        """
        kept = self._kept.get(key)
        if kept is not None and self._clock() - kept.began < LIFE_SECONDS:
            self._kept.move_to_end(key)
            return kept
        under_way = self._making.get(key)
        if under_way is not None:
            return await asyncio.shield(under_way)
        return await self._make(key, make)

    async def _make(self, key: Key, make: Callable[[], Awaitable[str | None]]) -> Kept | None:
        began = self._clock()
        making = self._making[key] = asyncio.get_running_loop().create_future()
        kept = None
        try:
            html = await make()
            kept = Kept(html, began) if html is not None else None
            return kept
        finally:
            # A change has taken it out: then it is kept for nobody.
            if self._making.get(key) is making:
                del self._making[key]
                if kept is not None:
                    self._keep(key, kept)
            making.set_result(kept)

    def _keep(self, key: Key, kept: Kept) -> None:
        self._kept[key] = kept
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_PAGES:
            self._kept.popitem(last=False)


SHARED_PAGES = AppKey("shared_pages", SharedPages)

Page = Callable[[Request], Awaitable[Response]]


def shared(*query: str) -> Callable[[Page], Page]:
    """Let a page be shared among visitors; `query` names all that it reads of its address's query.

    Besides, it may depend on the path, the language, and the host by which it was reached.
    """

    def decorate(handler: Page) -> Page:
        @functools.wraps(handler)
        async def answer(request: Request) -> Response:
            key = _key(request, query)
            if key is None:
                return await handler(request)
            kept = await request.app[SHARED_PAGES].get(key, lambda: _made(request, handler))
            if kept is None:
                return await handler(request)
            return _response(request, kept)

        return answer

    return decorate


@middleware
async def heed_changes(request: Request, handler: Handler) -> StreamResponse:
    """Forget the shared pages after every request that may have changed something."""
    if request.method in SAFE:
        return await handler(request)
    try:
        return await handler(request)
    finally:
        request.app[SHARED_PAGES].change()


def _key(request: Request, query: Sequence[str]) -> Key | None:
    """What a visitor's page depends on; None for whoever may be signed in or is told more."""
    if session_token(request) is not None or UNDONE in request.query:
        return None
    values = [f"{name}={request.query[name]}" for name in query if name in request.query]
    key = (request.scheme, request.host, request[ARRIVAL].locale, request.path, *values)
    return key if sum(map(len, key)) <= LONGEST_KEY else None


async def _made(request: Request, handler: Page) -> str | None:
    request[SLOTS] = MARKS
    try:
        response = await handler(request)
    finally:
        # An error's page is this reader's own.
        del request[SLOTS]
    return response.text if response.status == 200 and not response.cookies else None


def _response(request: Request, kept: Kept) -> Response:
    slots = own_slots(request)
    if "deflate" in request.headers.get("Accept-Encoding", "").lower():
        body, headers = kept.deflated(slots), {"Content-Encoding": "deflate"}
    else:
        body, headers = kept.plain(slots), {}
    response = Response(body=body, content_type="text/html", charset="utf-8", headers=headers)
    if not headers:
        response.enable_compression()
    if NEW_VISITOR in request:
        set_visitor(response, request.app[SETTINGS], request[NEW_VISITOR])
    return response


ZLIB_HEADER = zlib.compress(b"", 9)[:2]


def _split(html: str) -> tuple[list[bytes], list[bytes]]:
    """Cut a page at its gaps: which those are, and the parts around them."""
    marks = (MARKS.csrf.encode(), MARKS.nonce.encode())
    gaps, parts, rest = [], [], html.encode()
    while found := [(at, mark) for mark in marks if (at := rest.find(mark)) >= 0]:
        at, mark = min(found)
        gaps.append(mark)
        parts.append(rest[:at])
        rest = rest[at + len(mark) :]
    return gaps, [*parts, rest]


def _pack(gaps: Sequence[bytes], parts: Sequence[bytes]) -> list[bytes]:
    """Compress the parts, each to whole bytes, as if bytes that nothing refers to stood between."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    packed = [packer.compress(parts[0]) + packer.flush(zlib.Z_SYNC_FLUSH)]
    for gap, part in zip(gaps, parts[1:], strict=True):
        packer.compress(GAP * len(gap))
        packer.flush(zlib.Z_SYNC_FLUSH)
        packed.append(packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH))
    packed[-1] += packer.flush(zlib.Z_FINISH)
    return packed


def _stored(filling: bytes) -> bytes:
    return struct.pack("<BHH", 0, len(filling), len(filling) ^ 0xFFFF) + filling


def _filling(gap: bytes, slots: Slots) -> bytes:
    filling = (slots.csrf if gap == MARKS.csrf.encode() else slots.nonce).encode()
    if len(filling) != len(gap):
        raise ValueError("a gap is as long as what is filled in")
    return filling
