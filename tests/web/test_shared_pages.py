"""Visitors share pages; nobody is shown what is old, what is another's, or what isn't for them."""

import asyncio
import re
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import DummyCookieJar
from aiohttp.test_utils import TestClient

from foundation.database import Database
from people.accounts.accounts import User
from people.meeting import blocks
from people.sign_in import sessions
from rooms.finding import search
from rooms.ground.tables import rooms
from rooms.lobby import presence
from signaling.push import PUSH
from tests.web.scene import Browser, make_room, make_user
from web.http import shared as pages
from web.http.csrf import is_token
from web.http.keys import Slots
from web.http.shared import LIFE_SECONDS, MARKS, SHARED_PAGES, Kept, SharedPages
from web.http.visit import page as make_page

TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
META = re.compile(r'<meta name="csrf" content="([^"]+)"')
NONCE = re.compile(r'nonce="([^"]+)"')
SLOTS = Slots(csrf="c" * pages.CSRF_CHARACTERS, nonce="n" * pages.NONCE_CHARACTERS)


class Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates of the pages that are made."""
    found: list[str] = []

    def noting(request: Any, template: str, *rest: Any, **more: Any) -> Any:
        found.append(template)
        return make_page(request, template, *rest, **more)

    monkeypatch.setattr("web.http.visit.page", noting)
    return found


@pytest.fixture
def clock(browser: Browser) -> Clock:
    """The time by which the browser's site forgets its pages."""
    found = Clock()
    browser.client.app[SHARED_PAGES]._clock = found
    return found


@pytest.fixture
async def cast(database: Database) -> User:
    return await make_user(database, nickname="さくら", is_cast=True)


async def text_of(client: TestClient[Any, Any], path: str = "/", **headers: str) -> str:
    async with client.get(path, headers=headers, allow_redirects=False) as answer:
        assert answer.status == 200, answer.status
        return await answer.text()


async def token_of(database: Database, user: User) -> str:
    async with database.transaction() as tx:
        return await sessions.open_for(tx, user.id, days=1)


@pytest.fixture
async def strangers(browser: Browser) -> AsyncIterator[TestClient[Any, Any]]:
    """A client that keeps no cookie: each request is a new visitor's."""
    client: TestClient[Any, Any] = TestClient(browser.client.server, cookie_jar=DummyCookieJar())
    async with client:
        yield client


async def test_many_readers_make_a_page_once(
    strangers: TestClient[Any, Any], clock: Clock, made: list[str], database: Database, cast: User
) -> None:
    room = await make_room(database, cast)
    for path in ("/", f"/rooms/{room}", "/faq", "/guide", "/prices", "/terms"):
        made.clear()
        found = await asyncio.gather(*(text_of(strangers, path) for _ in range(12)))
        assert len(made) == 1, path
        assert len({NONCE.sub("", TOKEN.sub("", META.sub("", one))) for one in found}) == 1
    clock.now += LIFE_SECONDS
    await text_of(strangers)
    assert len(made) == 2


async def test_each_reader_gets_a_token_and_a_nonce_of_their_own(
    strangers: TestClient[Any, Any], clock: Clock
) -> None:
    seen = set()
    for _ in range(3):
        async with strangers.get("/") as answer:
            text = await answer.text()
            policy = answer.headers["Content-Security-Policy"]
            visitor = answer.cookies["visitor"].value
        nonces, tokens = set(NONCE.findall(text)), {*TOKEN.findall(text), *META.findall(text)}
        assert len(nonces) == len(tokens) == 1
        assert f"'nonce-{nonces.copy().pop()}'" in policy
        assert is_token(tokens.copy().pop(), visitor)
        assert MARKS.csrf not in text
        assert MARKS.nonce not in text
        seen |= nonces | tokens | {visitor}
    assert len(seen) == 9


async def test_the_forms_of_a_shared_page_can_be_sent(browser: Browser) -> None:
    await browser.get("/")
    await browser.get("/")
    answer = await browser.post("/language", {"locale": "en", "next": "/"})
    assert answer.status == 303
    assert '<html lang="en">' in await (await browser.get("/")).text()


async def test_what_this_process_changes_shows_at_once(
    strangers: TestClient[Any, Any], clock: Clock, database: Database, cast: User
) -> None:
    room = await make_room(database, cast, waiting=False)
    assert 'data-state="closed"' in await text_of(strangers)
    async with database.transaction() as tx:
        await presence.open_standby(tx, cast.id, room)
    # Nobody has been told yet: the page of before may still be shown, for its life.
    assert 'data-state="closed"' in await text_of(strangers)
    await strangers.app[PUSH].room_states([room])
    assert 'data-state="open"' in await text_of(strangers)


async def test_what_another_process_changes_shows_within_a_second(
    strangers: TestClient[Any, Any], clock: Clock, database: Database, cast: User
) -> None:
    room = await make_room(database, cast)
    paths = ("/", f"/rooms/{room}")
    for path in paths:
        assert 'data-state="open"' in await text_of(strangers, path)
    clock.now += LIFE_SECONDS / 2
    async with database.transaction() as tx:
        await presence.close_standby(tx, cast.id)
    clock.now += LIFE_SECONDS / 2
    for path in paths:
        assert 'data-state="closed"' in await text_of(strangers, path)
    async with database.transaction() as tx:
        await tx.execute(sa.update(rooms).values(published=False))
    clock.now += LIFE_SECONDS
    assert "お茶の時間" not in await text_of(strangers)
    async with strangers.get(paths[1]) as answer:
        assert answer.status == 404


async def test_a_change_while_a_page_is_made_is_not_overlooked(
    strangers: TestClient[Any, Any],
    clock: Clock,
    database: Database,
    cast: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room = await make_room(database, cast)
    read, go_on = asyncio.Event(), asyncio.Event()
    # What the page asks for last, after the rooms.
    real = search.least_rate

    async def slow(*asked: Any) -> Any:
        read.set()
        await go_on.wait()
        return await real(*asked)

    monkeypatch.setattr(search, "least_rate", slow)
    early = asyncio.create_task(text_of(strangers))
    await read.wait()
    async with database.transaction() as tx:
        await presence.close_standby(tx, cast.id)
    await strangers.app[PUSH].room_states([room])
    # Who comes now must not be handed what was read before.
    late = asyncio.create_task(text_of(strangers))
    await asyncio.sleep(0.05)
    go_on.set()
    assert 'data-state="open"' in await early
    assert 'data-state="closed"' in await late
    assert 'data-state="closed"' in await text_of(strangers)


async def test_members_neither_get_nor_leave_a_shared_page(
    strangers: TestClient[Any, Any], clock: Clock, made: list[str], database: Database, cast: User
) -> None:
    room = await make_room(database, cast)
    member = await make_user(database, nickname="とても珍しい名")
    cookie = f"session={await token_of(database, member)}"
    for path in ("/", f"/rooms/{room}", "/faq"):
        for _ in range(2):
            assert "とても珍しい名" in await text_of(strangers, path, Cookie=cookie)
            assert "とても珍しい名" not in await text_of(strangers, path)
    # A cookie that stands behind others, is good for nothing, or comes with HEAD, is one too.
    hidden = f"a=1; language=ja; {cookie}; b=2"
    assert "とても珍しい名" in await text_of(strangers, "/", Cookie=hidden)
    made.clear()
    await text_of(strangers, "/", Cookie=f"session={'x' * 43}")
    async with strangers.head("/", headers={"Cookie": cookie}) as answer:
        assert answer.status == 200
    assert len(made) == 2
    assert "とても珍しい名" not in await text_of(strangers)


async def test_a_blocked_member_never_sees_the_room_however_often_visitors_do(
    strangers: TestClient[Any, Any], clock: Clock, database: Database, cast: User
) -> None:
    room = await make_room(database, cast)
    blocked = await make_user(database)
    async with database.transaction() as tx:
        await blocks.block(tx, cast.id, blocked.id)
    cookie = f"session={await token_of(database, blocked)}"
    for _ in range(3):
        assert "お茶の時間" in await text_of(strangers)
        assert "お茶の時間" in await text_of(strangers, f"/rooms/{room}")
        assert "お茶の時間" not in await text_of(strangers, "/", Cookie=cookie)
        async with strangers.get(f"/rooms/{room}", headers={"Cookie": cookie}) as answer:
            assert answer.status == 404


async def test_languages_hosts_and_queries_are_kept_apart(
    strangers: TestClient[Any, Any], clock: Clock, database: Database, cast: User
) -> None:
    room = f"/rooms/{await make_room(database, cast)}"
    for _ in range(2):
        assert '<html lang="ja">' in await text_of(strangers, "/", **{"Accept-Language": "ja"})
        assert '<html lang="en">' in await text_of(strangers, "/", **{"Accept-Language": "en-GB"})
        english = {"Cookie": "language=en", "Accept-Language": "ja"}
        assert '<html lang="en">' in await text_of(strangers, "/", **english)
        here = await text_of(strangers, room, Host="a.example")
        assert "a.example" in here
        assert "a.example" not in await text_of(strangers, room, Host="b.example")
        assert "お茶の時間" in await text_of(strangers, "/?topic=雑談")
        assert "お茶の時間" not in await text_of(strangers, "/?topic=ほか")
        assert "お茶の時間" not in await text_of(strangers, "/?page=2")
        assert "お茶の時間" in await text_of(strangers, "/?x=1&topic=雑談&topic=ほか")
        # What a page does not read makes no page of its own.
        assert "お茶の時間" in await text_of(strangers, f"/?{'y' * 400}=1")


@pytest.mark.parametrize("encoding", ["gzip, deflate, br", "deflate", "gzip", "identity"])
async def test_the_answer_is_the_same_in_every_encoding_and_kept_by_nobody(
    strangers: TestClient[Any, Any], clock: Clock, encoding: str
) -> None:
    for _ in range(2):
        async with strangers.get("/faq", headers={"Accept-Encoding": encoding}) as answer:
            text = await answer.text()
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
            given = answer.headers.get("Content-Encoding", "identity")
            assert given in encoding
        assert text.startswith("<!doctype html>")
        assert text.rstrip().endswith("</html>")


async def test_a_refusal_is_made_for_each(
    strangers: TestClient[Any, Any], clock: Clock, made: list[str]
) -> None:
    for _ in range(2):
        async with strangers.get("/rooms/4711") as answer:
            text = await answer.text()
            assert answer.status == 404
            assert MARKS.csrf not in text
            assert is_token(TOKEN.findall(text)[0], answer.cookies["visitor"].value)
    assert made.count("error.html") == 2


async def test_who_waits_for_a_page_that_fails_is_told_why() -> None:
    kept = SharedPages(Clock())
    begun, fail = asyncio.Event(), asyncio.Event()

    async def make() -> str:
        begun.set()
        await fail.wait()
        raise ZeroDivisionError

    first = asyncio.create_task(kept.get(("a",), make))
    await begun.wait()
    second = asyncio.create_task(kept.get(("a",), make))
    await asyncio.sleep(0)
    fail.set()
    with pytest.raises(ZeroDivisionError):
        await first
    # It makes the page for itself then.
    assert await second is None


async def test_no_more_pages_are_kept_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_PAGES", 3)
    kept, made = SharedPages(Clock()), []

    async def make() -> str:
        made.append(1)
        return "page"

    for name in ("a", "b", "c", "a", "d", "a", "b"):
        await kept.get((name,), make)
    assert len(made) == 5
    assert len(kept._kept) == 3


@pytest.mark.parametrize(
    "html",
    [
        "",
        "no gap",
        MARKS.csrf,
        f"{MARKS.csrf}{MARKS.nonce}{MARKS.csrf}",
        f"あ{MARKS.nonce}" * 50,
        ("x" * 70_000) + MARKS.csrf + ("x" * 70_000) + MARKS.nonce + "c" * 500 + "n" * 500,
    ],
    # The marks differ in every process, and the workers must see the same names.
    ids=["empty", "none", "one", "several", "many", "long"],
)
def test_compressed_and_plain_say_the_same(html: str) -> None:
    kept = Kept(html, 0)
    wanted = html.replace(MARKS.csrf, SLOTS.csrf).replace(MARKS.nonce, SLOTS.nonce).encode()
    assert kept.plain(SLOTS) == wanted
    assert zlib.decompress(kept.deflated(SLOTS)) == wanted
