"""Who sends slowly keeps their own few places, for a bounded time, and nobody else's."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
import structlog
from aiohttp.web import AppKey

from foundation.database import Database
from foundation.places import Places
from people.accounts.accounts import User
from tests.web.casts.test_photos import UPLOAD, file, picture, send, stored
from tests.web.conftest import Open
from tests.web.scene import Browser, make_user
from tests.web.slow import PATIENCE_SECONDS, Line, line_to
from web.http.keys import ARRIVING, UPLOADING

FORM = "application/x-www-form-urlencoded"
FILE = "multipart/form-data; boundary=x"
MANY = 100_000
# Longer than a slow machine takes for a test.
PATIENT = {"body_grace_seconds": 60, "form_seconds": 120, "upload_seconds": 120}


async def slow_form(
    held: AsyncExitStack, browser: Browser, body: bytes = b"a", **more: Any
) -> Line:
    """Begin to send a form, of which most is still to come."""
    line = await held.enter_async_context(line_to(browser))
    await line.post("/sign-in", body, Content_Type=FORM, Content_Length=1000, **more)
    return line


async def slow_photo(
    held: AsyncExitStack, browser: Browser, cookie: str = "", body: bytes = b""
) -> Line:
    """Begin to send a photo, of which most is still to come."""
    line = await held.enter_async_context(line_to(browser))
    more = {"Cookie": cookie} if cookie else {}
    await line.post(UPLOAD, body, Content_Type=FILE, Content_Length=MANY, **more)
    return line


def field(name: str, value: str) -> bytes:
    """One small field of a form with a file."""
    return f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


async def signed_in(open_browser: Open, database: Database, **changed: Any) -> Browser:
    browser = await open_browser(**changed)
    await browser.sign_in(await make_user(database, is_cast=True), database)
    return browser


async def begun_photo(held: AsyncExitStack, browser: Browser) -> Line:
    """A member's photo that has begun to arrive: its token was read, and found to be ours."""
    body = field("csrf", await browser.csrf()) + b'--x\r\nContent-Disposition: form-data; name="'
    return await slow_photo(held, browser, f"session={browser.cookie('session')}", body)


async def test_who_has_no_account_holds_no_place_among_the_uploads(
    open_browser: Open, database: Database
) -> None:
    cast = await signed_in(open_browser, database, uploads_at_once=2, **PATIENT)
    async with AsyncExitStack() as held:
        for _ in range(6):
            line = await slow_photo(held, cast, body=field("csrf", "x" * 40)[:-5])
            assert await line.status() == 401
        made_up = await slow_photo(held, cast, f"session={'x' * 43}")
        assert await made_up.status() == 401
        assert (await send(cast, file(picture()))).status == 303
    assert len(await stored(database)) == 1


async def test_who_is_no_cast_holds_none_either(open_browser: Open, database: Database) -> None:
    caller = await open_browser(uploads_at_once=1)
    await caller.sign_in(await make_user(database), database)
    async with AsyncExitStack() as held:
        assert await (await begun_photo(held, caller)).status() == 403


async def test_a_member_who_sends_slowly_keeps_nobody_else_from_sending(
    open_browser: Open, database: Database
) -> None:
    slow = await signed_in(
        open_browser, database, uploads_per_member=1, uploads_at_once=2, **PATIENT
    )
    async with AsyncExitStack() as held:
        first = await begun_photo(held, slow)
        await arrive(slow, UPLOADING, 1)
        # No second place for the same member, and one for another.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("web.http.uploads.WAIT_SECONDS", 0)
            assert await (await begun_photo(held, slow)).status() == 503
        slow.client.session.cookie_jar.clear()
        await slow.sign_in(await make_user(database, is_cast=True), database)
        assert (await send(slow, file(picture()))).status == 303
        await first.say(b'text"\r\n\r\n' + b"a" * MANY)
        assert await first.status() == 413


async def arrive(browser: Browser, key: AppKey[Places], number: int) -> None:
    """Wait until the site reads so many bodies that come in pieces."""
    assert browser.client.app
    async with asyncio.timeout(PATIENCE_SECONDS):
        while browser.client.app[key].taken != number:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("bound", ["pace", "total"])
async def test_a_slow_photo_is_given_up(open_browser: Open, database: Database, bound: str) -> None:
    quick = {"body_grace_seconds": 0.2} if bound == "pace" else {"upload_seconds": 0.2}
    browser = await signed_in(open_browser, database, **quick)
    async with AsyncExitStack() as held:
        assert await (await begun_photo(held, browser)).status() == 408


async def test_a_slow_form_is_given_up_and_one_that_keeps_its_pace_is_waited_for(
    open_browser: Open,
) -> None:
    browser = await open_browser(body_grace_seconds=0.2, form_pace=1, form_seconds=60)
    async with AsyncExitStack() as held:
        steady = await slow_form(held, browser, b"a=" + b"b" * 98)
        assert await (await slow_form(held, browser, b"")).status() == 408
        await steady.say(b"c" * 900)
        # It came whole, though it has no token of ours.
        assert await steady.status() == 403


async def test_no_form_is_waited_for_beyond_its_total(open_browser: Open) -> None:
    browser = await open_browser(form_pace=1, form_seconds=0.2)
    async with AsyncExitStack() as held:
        assert await (await slow_form(held, browser, b"a" * 999)).status() == 408


async def test_an_address_has_few_places_and_what_comes_at_once_needs_none(
    open_browser: Open,
) -> None:
    browser = await open_browser(forms_per_address=2, **PATIENT)
    async with AsyncExitStack() as held:
        for _ in range(2):
            await slow_form(held, browser)
        await arrive(browser, ARRIVING, 2)
        assert await (await slow_form(held, browser)).status() == 503
        assert (await browser.post("/language", {"locale": "en", "next": "/"})).status == 303


async def test_all_addresses_have_so_many_places(open_browser: Open) -> None:
    browser = await open_browser(forms_at_once=2, trusted_proxies=("127.0.0.0/8",), **PATIENT)
    async with AsyncExitStack() as held:
        for number in range(2):
            await slow_form(held, browser, X_Forwarded_For=f"192.0.2.{number}")
        await arrive(browser, ARRIVING, 2)
        refused = await slow_form(held, browser, X_Forwarded_For="192.0.2.9")
        assert await refused.status() == 503


async def test_a_line_of_ipv6_is_one_address(open_browser: Open) -> None:
    browser = await open_browser(forms_per_address=1, trusted_proxies=("127.0.0.0/8",), **PATIENT)
    async with AsyncExitStack() as held:
        await slow_form(held, browser, X_Forwarded_For="2001:db8::1")
        await arrive(browser, ARRIVING, 1)
        again = await slow_form(held, browser, X_Forwarded_For="2001:db8::2")
        assert await again.status() == 503


async def test_who_was_given_up_leaves_their_place(open_browser: Open) -> None:
    browser = await open_browser(forms_per_address=1, body_grace_seconds=0.1)
    async with AsyncExitStack() as held:
        for _ in range(3):
            assert await (await slow_form(held, browser, b"")).status() == 408


async def test_pieces_without_end_are_cut_off(open_browser: Open) -> None:
    browser = await open_browser(**PATIENT)
    async with line_to(browser) as line:
        piece = b"8000\r\n" + b"a" * 0x8000 + b"\r\n"
        await line.post("/sign-in", piece * 4, Content_Type=FORM, Transfer_Encoding="chunked")
        assert await line.status() == 413
    browser = await open_browser(form_seconds=2)
    async with line_to(browser) as line:
        await line.post("/sign-in", b"5\r\na", Content_Type=FORM, Transfer_Encoding="chunked")
        await arrive(browser, ARRIVING, 1)
        await line.say(b"bcdXXnonsense\r\n")
        assert await line.status() in (400, 408)


async def test_who_hangs_up_in_the_middle_is_no_bug(open_browser: Open) -> None:
    browser = await open_browser(forms_at_once=1, **PATIENT)
    with structlog.testing.capture_logs() as lines:
        async with AsyncExitStack() as held:
            await slow_form(held, browser)
            await arrive(browser, ARRIVING, 1)
        await arrive(browser, ARRIVING, 0)
        async with AsyncExitStack() as held:
            # The place is free again.
            await slow_form(held, browser)
            await arrive(browser, ARRIVING, 1)
    assert [line for line in lines if line["log_level"] in ("error", "critical")] == []


@pytest.mark.parametrize("packed", ["gzip", "deflate", "br", "identity, gzip", "zstd"])
async def test_a_packed_form_is_not_unpacked(open_browser: Open, packed: str) -> None:
    browser = await open_browser()
    async with AsyncExitStack() as held:
        line = await slow_form(held, browser, Content_Encoding=packed)
        # What the server's own reader doesn't know it refuses itself.
        assert await line.status() in (400, 415)


async def test_a_packed_photo_is_not_unpacked(open_browser: Open, database: Database) -> None:
    browser = await signed_in(open_browser, database)
    async with line_to(browser) as line:
        await line.post(UPLOAD, Content_Type=FILE, Content_Length=9, Content_Encoding="gzip")
        assert await line.status() == 415


async def test_photos_are_counted_by_member_not_by_address(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(upload_tries=1)
    users: list[User] = [await make_user(database, is_cast=True) for _ in range(2)]
    for user in users:
        browser.client.session.cookie_jar.clear()
        await browser.sign_in(user, database)
        assert (await send(browser, file(picture()))).status == 303
    assert (await send(browser, file(picture()))).status == 429
