"""A browser's maker: a push service with a certificate, and browsers that read what they get."""

import asyncio
import datetime
import os
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import http_ece
import sqlalchemy as sa
from aiohttp.test_utils import TestServer
from aiohttp.web import Application, Request, Response, post
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from py_vapid import jwt

from foundation.database import Tx
from foundation.ids import token_hash
from foundation.settings import Settings
from notify import devices
from notify.devices import Subscription
from notify.public_hosts import Address
from notify.push_client import PushClient, Way
from notify.push_keys import CURVE, PushKeys, point
from notify.tables import notices
from people.sign_in import sessions

HOST = "push.example.com"
# Others that the same certificate is good for, of three services.
STRANGERS = ("a.one.example", "b.one.example", "a.two.example", "a.three.example")


@dataclass
class Phone:
    """A browser with a subscription: only it can read what is sent to it."""

    path: str
    host: str = HOST
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(CURVE))
    secret: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def subscription(self) -> Subscription:
        """What the browser gives to the site."""
        endpoint = f"https://{self.host}/{self.path}"
        return Subscription(endpoint, point(self.key.public_key()), self.secret)

    def read(self, body: bytes) -> bytes:
        """Decrypt a message."""
        read: bytes = http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret)
        return read


@dataclass
class House:
    """What the push service heard, and what it answers."""

    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    port: int = 0
    trust: ssl.SSLContext | None = None

    @property
    def way(self) -> Way:
        """A way that leads to this house, with its certificate alone."""
        trust = self.trust
        assert trust is not None
        return Way(self.find, lambda address: address == ("127.0.0.1", self.port), lambda: trust)

    def find(self, host: str) -> Sequence[Address]:
        """Find the house under its public name."""
        assert host == HOST
        return [("127.0.0.1", self.port)]

    @asynccontextmanager
    async def client(self, settings: Settings | None = None) -> AsyncIterator[PushClient]:
        """What sends to this house alone."""
        async with aclosing(PushClient(settings or Settings(), self.way)) as client:
            yield client

    def claims(self, number: int = -1) -> tuple[dict[str, Any], str]:
        """The checked claims of a request's signature, and the key it is checked with."""
        kind, _, rest = self.heard[number][0]["Authorization"].partition(" ")
        assert kind == "vapid"
        fields = dict(part.split("=", 1) for part in rest.split(","))
        claims: dict[str, Any] = jwt.decode(fields["t"], fields["k"])
        return claims, fields["k"]

    async def take(self, request: Request) -> Response:
        """Take a message, as a push service does."""
        self.heard.append((dict(request.headers), await request.read()))
        return Response(status=self.status, headers=self.headers)


@asynccontextmanager
async def open_house(folder: Path) -> AsyncIterator[House]:
    """A push service on a port of its own."""
    house = House()
    app = Application()
    app.add_routes([post("/{path:.*}", house.take)])
    server = TestServer(app, scheme="https")
    context, house.trust = await asyncio.to_thread(certified, folder)
    await server.start_server(ssl=context)
    house.port = server.port or 0
    yield house
    await server.close()


def certified(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate of the push services; what serves with it, and what trusts it alone."""
    certificate = _certificate(folder)
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(certificate)
    return served, ssl.create_default_context(cafile=certificate)


def new_keys() -> PushKeys:
    """A site's key pair."""
    key = ec.generate_private_key(CURVE)
    return PushKeys(
        point(key.public_key()), key.private_numbers().private_value.to_bytes(32, "big")
    )


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(CURVE)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(host) for host in (HOST, *STRANGERS)]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "push.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + made.public_bytes(Encoding.PEM)
    )
    return path


async def opt_in(tx: Tx, user_id: int, phone: Phone) -> str:
    """Let a user be told through a phone; the token of the session in which that happened."""
    token = await sessions.open_for(tx, user_id, days=1)
    await devices.add(tx, user_id, token_hash(token), phone.subscription)
    return token


async def latest_notice(tx: Tx, user_id: int) -> int:
    """The id of a user's last notice."""
    found = await tx.scalar(
        sa.select(sa.func.max(notices.c.id)).where(notices.c.user_id == user_id)
    )
    return int(found or 0)
