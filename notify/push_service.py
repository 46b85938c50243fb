"""Push services: how a message gets to a browser's maker, encrypted for the one device (RFC 8291).

The address comes from a browser, so it is not believed: what its name stands for must be a public
address, at the moment of sending, and nothing is followed anywhere else.
"""

import asyncio
import json
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from email.utils import parseaddr
from functools import cache
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from foundation.settings import Settings
from notify.devices import Subscription
from notify.push_keys import CURVE, PushKeys

HTTPS = 443
STEP_SECONDS = 10
# Every service takes 4096 bytes; encryption adds 103 (RFC 8291, 4).
MOST_BYTES = 3000
# A signature is good for less than the day that services allow at most (RFC 8292, 2).
CLAIM_SECONDS = 12 * 3600
LONGEST_WAIT_SECONDS = 3600
GONE = (404, 410)
# What the service will say to this message however often it hears it.
NEVER = (400, 401, 403, 413)

NAT64 = IPv6Network("64:ff9b::/96")

Address = tuple[str, int]


class NotPublicError(Exception):
    """A push service's name stands for an address to which this site sends nothing."""


@dataclass(frozen=True)
class PushMessage:
    """What a device is to show. `seconds` is how long it is worth showing."""

    title: str
    text: str
    link: str
    tag: str
    locale: str
    seconds: int
    urgent: bool = False

    def as_bytes(self) -> bytes:
        """Return the message as the service worker reads it; what is too long goes without text."""
        data = self._written(self.text)
        if len(data) > MOST_BYTES:
            data = self._written("")
        assert len(data) <= MOST_BYTES
        return data

    def _written(self, text: str) -> bytes:
        shown = {"title": self.title, "body": text, "link": self.link}
        shown |= {"tag": self.tag, "lang": self.locale}
        return json.dumps(shown, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Answer:
    """What a push service said. `again_in`: seconds after which it wants to be asked again."""

    status: int
    again_in: int | None = None

    @property
    def taken(self) -> bool:
        """Whether the service will bring the message."""
        return 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether the device is no longer there, for this message and every other."""
        return self.status in GONE

    @property
    def hopeless(self) -> bool:
        """Whether this message is better given up."""
        return self.status in NEVER


def public_addresses(host: str) -> Sequence[Address]:
    """Return where a host is reached. Raises NotPublicError if any of it is not public."""
    found = socket.getaddrinfo(host, HTTPS, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not all(_is_public(ip_address(address)) for address in addresses):
        raise NotPublicError
    return [(address, HTTPS) for address in addresses]


def _is_public(number: IPv4Address | IPv6Address) -> bool:
    if isinstance(number, IPv6Address):
        if number.sixtofour or number.teredo:
            return False
        # A gateway would carry it to the IPv4 address within.
        if number in NAT64:
            return _is_public(IPv4Address(int(number) & 0xFFFF_FFFF))
    return number.is_global and not number.is_multicast


@cache
def public_trust() -> ssl.SSLContext:
    """The authorities whose certificates the system trusts; loading them takes a while."""
    return ssl.create_default_context()


@dataclass(frozen=True)
class Way:
    """How push services are reached: where a host is, and whose certificates count."""

    find: Callable[[str], Sequence[Address]] = public_addresses
    trust: Callable[[], ssl.SSLContext] = field(default=public_trust)


async def send(
    device: Subscription, message: PushMessage, keys: PushKeys, contact: str, way: Way
) -> Answer:
    """Hand a message to the device's push service.

    Raises NotPublicError, and OSError or HTTPException (`NO_ANSWER`) where none answers.
    """
    body = encrypted(message.as_bytes(), device)
    headers = {
        "Authorization": signature(device.endpoint, keys, contact),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(message.seconds),
        "Urgency": "high" if message.urgent else "normal",
    }
    return await asyncio.to_thread(_post, device.endpoint, headers, body, way)


def encrypted(data: bytes, device: Subscription) -> bytes:
    """Encrypt for one device, with a key pair of this message's own."""
    body: bytes = http_ece.encrypt(
        data,
        private_key=ec.generate_private_key(CURVE),
        dh=device.p256dh,
        auth_secret=device.auth,
        version="aes128gcm",
    )
    return body


def signature(endpoint: str, keys: PushKeys, contact: str) -> str:
    """Return the `Authorization` by which a push service knows this site (RFC 8292)."""
    parts = urlsplit(endpoint)
    # By this machine's clock, as services compare it with theirs; hours are left on either side.
    claims = {
        "aud": f"{parts.scheme}://{parts.hostname}",
        "exp": int(time.time()) + CLAIM_SECONDS,
        "sub": contact,
    }
    # Its strict rule for `sub` knows no ports, and the settings have looked at both already.
    vapid = Vapid02(keys.private_key, {"no-strict": True})
    signed: str = vapid.sign(claims)["Authorization"]
    return signed


def contact_of(settings: Settings) -> str:
    """Return whom a push service may ask about this site: its mailbox, or its address."""
    if settings.mail_from:
        return f"mailto:{parseaddr(settings.mail_from)[1]}"
    if settings.secure and settings.public_url:
        return settings.public_url
    return "mailto:nobody@hitotoki.invalid"


def _post(endpoint: str, headers: dict[str, str], body: bytes, way: Way) -> Answer:
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    with closing(HTTPConnection(host, timeout=STEP_SECONDS)) as connection:
        connection.sock = _connected(host, way)
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        # Nobody reads what else it says, however long it is.
        return Answer(answer.status, _seconds(answer.getheader("Retry-After")))


def _connected(host: str, way: Way) -> ssl.SSLSocket:
    """Connect to the very addresses that were looked at, so that no second answer counts."""
    problem: OSError = OSError("no address")
    for address in way.find(host)[:3]:
        try:
            plain = socket.create_connection(address, STEP_SECONDS)
        except OSError as error:
            problem = error
            continue
        try:
            return way.trust().wrap_socket(plain, server_hostname=host)
        except OSError:
            plain.close()
            raise
    raise problem


def _seconds(header: str | None) -> int | None:
    if header is None or not header.isascii() or not header.isdigit() or len(header) > 9:
        return None
    return min(int(header), LONGEST_WAIT_SECONDS)


NO_ANSWER = (OSError, HTTPException)
