"""A mail arrives at a real mail server as it was written, and nothing goes there in the clear."""

import asyncio
import contextlib
import datetime
import email.utils
import re
from email.headerregistry import Address
from pathlib import Path
from urllib.parse import quote

import aiosmtplib
import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from foundation.errors import UserError
from foundation.settings import Settings
from notify.mail import letter
from notify.outbox import Mail
from notify.senders import NoServerError, Post, RefusedError, envelope, sender_for
from people.accounts import rules
from tests.notify.mail_server import (
    PASSWORD,
    USER,
    MailServer,
    mail_server,
    make_certificate,
    served_with,
)

FROM = "ひととき <no-reply@talk.example>"
ATEXT = "abcxyz019!#$%&'*+/=?^_`{|}~-"
MOMENT = datetime.datetime(2026, 11, 22, 12, 34, 56, 789, datetime.UTC)
SIGN_IN = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@"

words = letter(
    "ja",
    "ゆき",
    "あなたの予約が確定しました。とても長い題名なので、見出しの行は何度か折り返されます。🎋 & <b>",
    "明日の20時からです。\nお楽しみに。\n\n「また」<b>&</b> 𠮷野家 🍵\n.\nFrom 点の行",
    "/reservations/1",
    "https://talk.example",
)
MAIL = Mail(7, "a@test.example", words.subject, words.text, words.html, MOMENT, 1)


def settings_to(server: MailServer, sign_in: str = "", scheme: str = "smtp") -> Settings:
    return Settings(
        smtp_url=f"{scheme}://{sign_in}127.0.0.1:{server.port}",
        mail_from=FROM,
    )


async def send(server: MailServer, sign_in: str = "", scheme: str = "smtp") -> None:
    async with asyncio.timeout(20):
        await sender_for(settings_to(server, sign_in, scheme))(MAIL)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate that this machine believes."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return certificate


async def test_a_mail_arrives_as_it_was_written() -> None:
    async with mail_server() as server:
        await send(server)
    [message] = server.taken
    assert message["Subject"] == words.subject
    assert message["From"].addresses[0] == Address("ひととき", addr_spec="no-reply@talk.example")
    assert message["To"] == "a@test.example"
    assert server.recipients == [["a@test.example"]]
    assert email.utils.parsedate_to_datetime(message["Date"]) == MOMENT.replace(microsecond=0)
    assert message["Auto-Submitted"] == "auto-generated"
    text, html = message.iter_parts()
    assert message.get_content_type() == "multipart/alternative"
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == words.text
    assert html.get_content().replace("\r\n", "\n") == words.html


async def test_it_travels_as_short_lines_of_ascii() -> None:
    async with mail_server() as server:
        await send(server)
    assert server.raw[0].isascii()
    assert max(len(line) for line in server.raw[0].split(b"\r\n")) <= 998
    heads = server.raw[0].split(b"\r\n\r\n")[0]
    assert max(len(line) for line in heads.split(b"\r\n")) <= 78


def test_a_mail_sent_twice_has_one_message_id_and_two_mails_have_two() -> None:
    sender = Address("", addr_spec="a@talk.example")
    one, again = envelope(MAIL, sender), envelope(MAIL, sender)
    other = Mail(8, MAIL.to_address, "B", "B", None, MOMENT, 1)
    assert one["Message-ID"] == again["Message-ID"]
    assert one["Message-ID"] != envelope(other, sender)["Message-ID"]
    assert re.fullmatch(r"<[\w.]+@talk\.example>", one["Message-ID"])
    assert not envelope(other, sender).is_multipart()


@pytest.mark.parametrize("line", ["A\r\nBcc: all@test.example", "A\nB", "A\rB"])
def test_no_line_can_be_added_to_the_head(line: str) -> None:
    sender = Address("", addr_spec="a@talk.example")
    for mail in (
        Mail(1, "a@test.example", line, "B", None, MOMENT, 1),
        Mail(1, f"a@test.example{line}", "A", "B", None, MOMENT, 1),
    ):
        with pytest.raises((ValueError, RefusedError)):
            envelope(mail, sender)


def to(address: str, subject: str = words.subject) -> Mail:
    return Mail(9, address, subject, words.text, words.html, MOMENT, 1)


async def recipients_of(*addresses: str) -> list[list[str]]:
    """Where mails to these addresses go, by what the mail server was told and by their heads."""
    async with mail_server() as server:
        for address in addresses:
            async with asyncio.timeout(20):
                await sender_for(settings_to(server))(to(address))
    heads = [re.search(rb"^To: ([^\r\n]*)\r\n", raw, re.MULTILINE) for raw in server.raw]
    assert [head and head[1].decode() for head in heads] == server.typed
    return [[told] for told in server.typed]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("foo..bar.@docomo.ne.jp", '"foo..bar."@docomo.ne.jp'),
        ("abc.@ezweb.ne.jp", '"abc."@ezweb.ne.jp'),
        (".x@docomo.ne.jp", '".x"@docomo.ne.jp'),
        ("-a_b/c=d?e+f@docomo.ne.jp", "-a_b/c=d?e+f@docomo.ne.jp"),
        ("a.b@x.jp", "a.b@x.jp"),
        ("!#$%&'*+/=?^_`{|}~@x.jp", "!#$%&'*+/=?^_`{|}~@x.jp"),
        ("a" * 64 + "@" + "b" * 60 + ".example." + "c" * 60 + ".jp",) * 2,
    ],
)
async def test_a_mail_goes_to_the_address_that_the_form_took(address: str, told: str) -> None:
    assert rules.email(address) == address
    assert await recipients_of(address) == [[told]]


@settings(max_examples=10)
@given(st.lists(st.text(alphabet=ATEXT + "..", min_size=1, max_size=64), min_size=4, max_size=8))
async def test_whatever_the_form_takes_goes_there_and_nowhere_else(locals_: list[str]) -> None:
    taken = []
    for local in locals_:
        with contextlib.suppress(UserError):
            taken.append(rules.email(f"{local}@x.example"))
    told = [address for [address] in await recipients_of(*taken)]
    assert [address.replace('"', "") for address in told] == taken


@pytest.mark.parametrize(
    "address",
    ["a(b)@x.jp", '"a"@x.jp', "a,b@x.jp", "a:b@x.jp", "a;b@x.jp", "<a@x.jp>", "a b@x.jp",
     "a\\b@x.jp", "a@b@x.jp", "a[b]@x.jp", "a@x.jp,b@x.jp", "a@x.jp(c)", "ａ@x.jp"],
)  # fmt: skip
async def test_what_would_be_read_as_another_address_never_leaves(address: str) -> None:
    async with mail_server() as server:
        with pytest.raises(RefusedError):
            await sender_for(settings_to(server))(to(address))
    assert server.taken == []


@pytest.mark.parametrize(
    "name", ["👨‍👩‍👧‍👦" * 8, "\u2068שלום\u2069", "花" * 60, "が" * 20, "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "a" * 60, "a b " * 15,
     "=?utf-8?q?x?=", "=?utf-8?b?6YGL5Za2?=", "=?utf-8?q?a=0D=0ABcc:_b?="],
)  # fmt: skip
async def test_a_name_in_the_head_arrives_whole_on_short_lines(name: str) -> None:
    subject = f"{name}さんがオンラインになりました"
    async with mail_server() as server:
        await sender_for(settings_to(server))(to("a@test.example", subject))
    assert server.taken[0]["Subject"] == subject
    heads = server.raw[0].split(b"\r\n\r\n")[0]
    assert max(len(line) for line in heads.split(b"\r\n")) <= 78


def test_a_title_of_several_lines_becomes_one() -> None:
    assert letter("ja", "A", "A\r\nBcc: all@test.example\x0bC", "B").subject == (
        "A Bcc: all@test.example C"
    )


async def test_with_starttls_the_password_goes_under_tls(trusted: Path) -> None:
    async with mail_server(starttls=served_with(trusted)) as server:
        await send(server, SIGN_IN)
    assert (server.private, server.signed_in) == ([True], [USER])


async def test_under_tls_from_the_start(trusted: Path) -> None:
    async with mail_server(tls=served_with(trusted)) as server:
        await send(server, SIGN_IN, "smtps")
    assert (server.private, server.signed_in) == ([True], [USER])


async def test_without_a_password_tls_is_taken_where_it_is_offered(trusted: Path) -> None:
    async with mail_server(starttls=served_with(trusted)) as server:
        await send(server)
    assert server.private == [True]


async def test_no_password_goes_to_a_server_without_tls() -> None:
    async with mail_server() as server:
        with pytest.raises(aiosmtplib.SMTPException, match="STARTTLS"):
            await send(server, SIGN_IN)
    assert server.taken == []
    assert server.signed_in == []


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_certificate_that_nobody_vouches_for_is_refused(
    certificate: Path, scheme: str
) -> None:
    served = served_with(certificate)
    opened = mail_server(tls=served) if scheme == "smtps" else mail_server(starttls=served)
    async with opened as server:
        with pytest.raises((aiosmtplib.SMTPException, OSError), match=r"(?i)certificate"):
            await send(server, SIGN_IN, scheme)
    assert server.taken == []


async def test_a_wrong_password_is_no_matter_of_the_mail(trusted: Path) -> None:
    async with mail_server(starttls=served_with(trusted)) as server:
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            await send(server, "talk:wrong@")


@pytest.mark.parametrize("step", ["to_recipient", "to_mail"])
async def test_a_no_for_good_is_told_from_one_for_now(step: str) -> None:
    async with mail_server() as server:
        setattr(server, step, "451 4.7.1 later")
        with pytest.raises(aiosmtplib.SMTPException):
            await send(server)
        setattr(server, step, "550 5.1.1 nobody of that name")
        with pytest.raises(RefusedError, match="nobody of that name"):
            await send(server)
    assert server.taken == []


async def test_a_server_that_is_down_or_silent_is_not_waited_for_long() -> None:
    async with mail_server() as server:
        pass
    with pytest.raises(aiosmtplib.SMTPConnectError):
        await send(server)
    async with mail_server() as server:
        server.ready.clear()
        slow = settings_to(server).model_copy(update={"mail_step_seconds": 0.2})
        with pytest.raises(aiosmtplib.SMTPTimeoutError):
            await sender_for(slow)(MAIL)
        server.ready.set()


async def test_without_a_server_a_demo_keeps_its_mails_and_another_sites_wait_unlogged() -> None:
    with structlog.testing.capture_logs() as lines:
        await sender_for(Settings(demo=True))(MAIL)
        with pytest.raises(NoServerError):
            await sender_for(Settings())(MAIL)
    assert lines == []


def test_the_usual_ports() -> None:
    def port(url: str) -> int:
        return Post.of(Settings(smtp_url=url, mail_from=FROM)).port

    assert (port("smtp://mx.example"), port("smtps://mx.example")) == (587, 465)


@pytest.mark.parametrize(
    "url",
    [
        "mx.example", "http://mx.example", "smtp://", "smtp://mx.example:0", "smtp://mx.example:x",
        "smtp://user@mx.example", "smtp://:password@mx.example", "smtp://mx.example/path",
        "smtp://mx.example?tls=no",
    ],
)  # fmt: skip
def test_what_is_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        Settings(smtp_url=url, mail_from=FROM)


@pytest.mark.parametrize(
    "mailbox", ["", "nobody", "a@b\r\nBcc: c@d", "a b@c", "ひと@例え.jp", "<>", "a@b, c@d"]
)
def test_mail_needs_a_sender(mailbox: str) -> None:
    with pytest.raises(ValidationError):
        Settings(smtp_url="smtp://mx.example", mail_from=mailbox)


def test_the_password_is_not_printed() -> None:
    named = Settings(smtp_url="smtp://a:hush@mx.example", mail_from=FROM)
    assert "hush" not in repr(named)
    assert "hush" not in repr(Post.of(named))
