"""How a message gets to a browser's maker: over HTTPS, to public addresses, for a bounded time.

A push service is whatever a browser said it is. One that is slow or lies keeps its own few places
and nobody else's; nothing is followed anywhere, and hardly anything of its answer is read.
"""

import asyncio
import ssl
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cache

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from yarl import URL

from foundation.places import Places
from foundation.settings import Settings
from foundation.threads import CrowdedError, Threads
from notify.devices import Subscription
from notify.public_hosts import (
    HTTPS,
    Address,
    Find,
    NotPublicError,
    PublicResolver,
    guarded,
    is_number,
    is_public,
    public_addresses,
)
from notify.push_keys import PushKeys
from notify.push_service import Answer, PushMessage, encrypted, signature

LONGEST_WAIT_SECONDS = 3600
# For a place of one's service; whoever has to wait longer is tried again.
PLACE_SECONDS = 1.0
# What a service says beside its verdict is read so far, so that its connection can be used again.
MOST_ANSWER = 2048
ANSWER_SECONDS = 1.0
KEEP_SECONDS = 15
# Services that answered in time the last time: of more than these, some are strangers again.
MOST_PROVEN = 1000
NAMES_AT_ONCE, MOST_NAMES = 4, 16

NO_ANSWER = (OSError, ClientError, TimeoutError, CrowdedError)


@cache
def public_trust() -> ssl.SSLContext:
    """The authorities whose certificates the system trusts; loading them takes a while."""
    return ssl.create_default_context()


@dataclass(frozen=True)
class Way:
    """How push services are reached: where a host is, which addresses may be connected to, and
    whose certificates count."""

    find: Find = public_addresses
    allows: Callable[[Address], bool] = is_public
    trust: Callable[[], ssl.SSLContext] = field(default=public_trust)


class PushClient:
    """Brings messages to push services. Made in a running loop, and closed by who made it."""

    def __init__(self, settings: Settings, way: Way | None = None) -> None:
        self._settings = settings
        self._places = Places(settings.pushes_at_once)
        self._proven = OrderedDict[str, None]()
        self._names = Threads("push names", NAMES_AT_ONCE, MOST_NAMES)
        self._strangers_names = Threads("push strangers' names", NAMES_AT_ONCE, MOST_NAMES)
        self._session = _session(way or Way(), self._threads)

    async def send(
        self, device: Subscription, message: PushMessage, keys: PushKeys, contact: str
    ) -> Answer:
        """Hand a message to the device's push service.

        Raises NotPublicError, and one of `NO_ANSWER` where none answers in time.
        """
        url = _url(device.endpoint)
        service = _service(url.host or "")
        body, headers = _sealed(device, message, keys, contact)
        async with self._places.place(self._limits(service), PLACE_SECONDS):
            try:
                answer = await self._post(url, headers, body)
            except BaseException:
                self._proven.pop(service, None)
                raise
            self._note_proven(service)
        return answer

    def _limits(self, service: str) -> dict[str, int]:
        limits = {f"service {service}": self._settings.pushes_per_service}
        if service not in self._proven:
            # However many names they give themselves, half of the places is left to others.
            limits["strangers"] = self._settings.pushes_at_once // 2
        return limits

    def _note_proven(self, service: str) -> None:
        self._proven[service] = None
        self._proven.move_to_end(service)
        while len(self._proven) > MOST_PROVEN:
            self._proven.popitem(last=False)

    def _threads(self, host: str) -> Threads:
        return self._names if _service(host) in self._proven else self._strangers_names

    async def _post(self, url: URL, headers: dict[str, str], body: bytes) -> Answer:
        question = self._session.post(url, data=body, headers=headers, allow_redirects=False)
        async with asyncio.timeout(self._settings.push_seconds):
            response = await question
        # The verdict is known: what is left of its answer costs nobody a second push.
        async with response:
            answer = Answer(response.status, _seconds(response.headers.get("Retry-After")))
            await _let_go(response)
            return answer

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._session.close()


def _session(way: Way, threads: Callable[[str], Threads]) -> ClientSession:
    connector = TCPConnector(
        resolver=PublicResolver(way.find, threads),
        socket_factory=guarded(way.allows),
        ssl=way.trust(),
        use_dns_cache=False,
        happy_eyeballs_delay=None,
        # The places bound them.
        limit=0,
        keepalive_timeout=KEEP_SECONDS,
    )
    return ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
        read_bufsize=MOST_ANSWER,
        timeout=ClientTimeout(total=None),
    )


def _url(endpoint: str) -> URL:
    """Return where a message goes. Raises NotPublicError for what is no name of the world's."""
    try:
        url = URL(endpoint, encoded=True)
    except ValueError:
        raise NotPublicError from None
    named = url.host is not None and "." in url.host and not is_number(url.host)
    if url.scheme != "https" or url.port != HTTPS or not named or url.user or url.password:
        raise NotPublicError
    return url


def _service(host: str) -> str:
    """Return what is one service however many names it has: its domain, roughly."""
    return ".".join(host.lower().rstrip(".").rsplit(".", 2)[-2:])


def _sealed(
    device: Subscription, message: PushMessage, keys: PushKeys, contact: str
) -> tuple[bytes, dict[str, str]]:
    headers = {
        "Authorization": signature(device.endpoint, keys, contact),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(message.seconds),
        "Urgency": "high" if message.urgent else "normal",
    }
    return encrypted(message.as_bytes(), device), headers


async def _let_go(response: ClientResponse) -> None:
    """Read what little is left of an answer; of one that is long or slow, close the connection."""
    left = MOST_ANSWER
    with suppress(*NO_ANSWER):
        async with asyncio.timeout(ANSWER_SECONDS):
            while left > 0 and not response.content.at_eof():
                left -= len(await response.content.read(left))
    if not response.content.at_eof():
        response.close()


def _seconds(header: str | None) -> int | None:
    """Return how long a service wants to be left alone, told in seconds or as a moment."""
    if header is None or len(header) > 40:
        return None
    if header.isascii() and header.isdigit():
        return min(int(header), LONGEST_WAIT_SECONDS)
    try:
        wanted = parsedate_to_datetime(header).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None
    return max(0, min(int(wanted), LONGEST_WAIT_SECONDS))
