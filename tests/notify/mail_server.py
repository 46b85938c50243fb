"""A mail server in the test: real SMTP on a port of its own, which answers as it is told."""

import asyncio
import datetime
import email
import ipaddress
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "talk@example.jp", "p@ss:wörd/"


@dataclass
class MailServer:
    """What it took, and its answers. It waits for `ready` before it takes a mail."""

    port: int = 0
    to_recipient: str = "250 OK"
    to_mail: str = "250 OK"
    taken: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    # Recipients as they stood on the wire, quotes and all.
    typed: list[str] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    private: list[bool] = field(default_factory=list)
    signed_in: list[str | None] = field(default_factory=list)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        await self.ready.wait()
        content = envelope.content
        assert isinstance(content, bytes)
        if self.to_mail.startswith("250"):
            message = email.message_from_bytes(content, policy=default)
            assert isinstance(message, EmailMessage)
            self.taken.append(message)
            self.raw.append(content)
            self.recipients.append(list(envelope.rcpt_tos))
            assert server.transport
            self.private.append(server.transport.get_extra_info("sslcontext") is not None)
            user: Any = session.auth_data
            self.signed_in.append(user.decode() if user else None)
        return self.to_mail


class _Wire(SMTP):
    """Notes what stands behind `RCPT TO:` before the library reads it."""

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802 - the library's name
        said = re.fullmatch(r"TO:<(.*)>", arg or "")
        assert said, arg
        self.event_handler.typed.append(said[1])
        await super().smtp_RCPT(arg)


def _sign_in(_: SMTP, __: Session, ___: Envelope, ____: str, given: Any) -> AuthResult:
    assert isinstance(given, LoginPassword)
    good = (given.login.decode(), given.password.decode()) == (USER, PASSWORD)
    return AuthResult(success=good, handled=False, auth_data=given.login)


@asynccontextmanager
async def mail_server(
    starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[MailServer]:
    """Open a mail server: in the clear, with STARTTLS, or under TLS from the start."""
    served = MailServer()
    served.ready.set()
    loop = asyncio.get_running_loop()

    def serve() -> SMTP:
        return _Wire(
            served,
            hostname="mx.test.example",
            tls_context=starttls,
            authenticator=_sign_in,
            # Asked for in the clear, the password would be taken: it is we who must not give it.
            auth_require_tls=False,
            loop=loop,
        )

    server = await loop.create_server(serve, "127.0.0.1", 0, ssl=tls)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()


def make_certificate(folder: Path) -> Path:
    """Write a certificate for 127.0.0.1, signed by itself, and its key into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    written = folder / "server.pem"
    written.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return written


def served_with(certificate: Path) -> ssl.SSLContext:
    """Return a server's TLS with a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context
