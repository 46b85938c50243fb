"""What takes a mail out of the house: a mail server, or what stands in where none is named."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from functools import cached_property
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

import aiosmtplib

from foundation.mail_addresses import is_plain, travelling
from foundation.settings import Settings
from notify.outbox import Mail

Sender: TypeAlias = Callable[[Mail], Awaitable[None]]
"""Sends one mail, or raises whatever went wrong."""

# For the farewell. The mail is there already.
QUIT_SECONDS = 2
PORTS = {"smtp": 587, "smtps": 465}


class RefusedError(Exception):
    """The mail server will never take this mail, however often it is tried."""


class NoServerError(Exception):
    """The site has no mail server yet. Its mails are tried again, and then wait for staff."""


# What may go wrong on the way out; anything else is a bug of ours.
NOT_SENT = (OSError, aiosmtplib.SMTPException, RefusedError, NoServerError)


def sender_for(settings: Settings) -> Sender:
    """Return what sends mail by these settings.

    Without a mail server a demo site keeps its mails for its mailbox; on any other they wait.
    """
    if settings.smtp_url is not None:
        return Post.of(settings)
    return leave_in_mailbox if settings.demo else wait_for_server


async def leave_in_mailbox(_: Mail) -> None:
    """Send nothing: the demo site's mailbox shows the mail where it lies."""


async def wait_for_server(_: Mail) -> None:
    """Leave a mail in the outbox: raises NoServerError, and writes the mail nowhere else.

    It may hold what no log should, such as a link to sign in.
    """
    raise NoServerError("HITOTOKI_SMTP_URL names no mail server")


@dataclass(frozen=True)
class Post:
    """A mail server. A password and what is meant to be private go to it under TLS only."""

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    tls: bool
    sender: Address
    step_seconds: float
    seconds: float

    @classmethod
    def of(cls, settings: Settings) -> "Post":
        """Return the mail server that the settings name."""
        assert settings.smtp_url is not None
        assert settings.mail_from is not None
        url = urlsplit(settings.smtp_url.get_secret_value())
        name, address = parseaddr(settings.mail_from)
        return cls(
            url.hostname or "",
            url.port or PORTS[url.scheme],
            unquote(url.username) if url.username else None,
            unquote(url.password) if url.password else None,
            url.scheme == "smtps",
            Address(name, addr_spec=address),
            settings.mail_step_seconds,
            settings.mail_seconds,
        )

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """The authorities whose certificates count; loading them takes a while."""
        return ssl.create_default_context()

    async def __call__(self, mail: Mail) -> None:
        """Send a mail. Raises RefusedError, or what else went wrong, TimeoutError for one."""
        client, to = self._client(), travelling(mail.to_address)
        try:
            async with asyncio.timeout(self.seconds):
                await self._hand_over(client, envelope(mail, self.sender), to)
            # A farewell that fails changes nothing of it.
            with suppress(*NOT_SENT):
                async with asyncio.timeout(QUIT_SECONDS):
                    await client.quit()
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            local_hostname=self.sender.domain,
            use_tls=self.tls,
            # Without a password TLS is taken where it is offered; with one it must be.
            start_tls=False if self.tls else True if self.password else None,
            tls_context=self._trust,
            timeout=self.step_seconds,
        )

    async def _hand_over(self, client: aiosmtplib.SMTP, message: EmailMessage, to: str) -> None:
        try:
            await client.connect()
            await client.send_message(message, sender=self.sender.addr_spec, recipients=[to])
        # Refusing us, the sender, is no matter of this mail: somebody may put it right.
        except (aiosmtplib.SMTPDataError, aiosmtplib.SMTPRecipientsRefused) as error:
            code, words = _answer(error)
            if code >= 500:
                raise RefusedError(f"{code} {words}") from error
            raise


def _answer(
    error: aiosmtplib.SMTPDataError | aiosmtplib.SMTPRecipientsRefused,
) -> tuple[int, str]:
    """Return what the server said; at 500 and above it stays at that (RFC 5321, 4.2.1)."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        refused = min(error.recipients, key=lambda one: one.code)
        return refused.code, refused.message
    return error.code, error.message


def _encoded(subject: str) -> str:
    """Return a subject in lines of ASCII, encoded throughout where it isn't plain.

    Raises ValueError for one of several lines. What looks encoded already is somebody's words: left
    as it is, a mail program would show other ones.
    """
    if subject.splitlines() != [subject]:
        raise ValueError("a subject is one line")
    charset = "us-ascii" if subject.isascii() and "=?" not in subject else "utf-8"
    return Header(subject, charset, maxlinelen=76, header_name="Subject").encode()


def envelope(mail: Mail, sender: Address) -> EmailMessage:
    """Return a mail as it travels: plain ASCII, text and HTML side by side.

    A mail that is sent twice has one Message-ID, by which mailboxes show it once. Raises
    RefusedError for an address that would be read as another one.
    """
    if not is_plain(mail.to_address):
        raise RefusedError("no mail can be sent to this address")
    message = EmailMessage(SMTP.clone(cte_type="7bit", refold_source="none"))
    named = Address(mail.sender, addr_spec=sender.addr_spec) if mail.sender else sender
    message["From"] = named
    # Read as a header it would lose its quotes, and a long one would be encoded.
    message.set_raw("To", travelling(mail.to_address))
    message.set_raw("Subject", _encoded(mail.subject))
    message["Date"] = mail.created_at
    moment = int(mail.created_at.timestamp() * 1_000_000)
    message["Message-ID"] = f"<{mail.id}.{moment}@{sender.domain}>"
    # No holiday answers, please (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html")
    return message
