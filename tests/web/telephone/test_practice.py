"""The page of the practice telephones: there on a demo that has them, for one page of its own."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import WSMsgType, WSServerHandshakeError

from foundation.database import Database
from foundation.settings import Settings
from people.telephones import digits
from rooms.calling.practice import Practice, PracticeOwner
from tests.web.conftest import Open
from tests.web.scene import Browser, make_user
from web.app import make_app
from web.pages.telephone.practice import LINE, MOST_UNREAD, NOT_UNDERSTOOD, PAGE, TAKEN

NUMBERS = {"front": "050-1234-0000", "online": "050-1234-0001", "standby": "050-1234-0004"}
ON = {"demo": True, "telephone": True}


class Door:
    """Telephones of which nothing is wanted but who has them."""

    def __init__(self) -> None:
        self.tell: Callable[[str | None], None] | None = None
        self.heard: list[str] = []
        self.address = ""

    async def open(
        self, tell: Callable[[str | None], None], address: str, *, take: bool
    ) -> "Door | None":
        if self.tell is not None and not take:
            return None
        if self.tell is not None:
            self.tell(None)
        self.tell, self.address = tell, address
        tell("hello")
        return self

    async def hear(self, text: str) -> None:
        if text == "nonsense":
            raise ValueError(text)
        if text == "much" and self.tell is not None:
            for _ in range(MOST_UNREAD + 1):
                self.tell("news")
        self.heard.append(text)

    async def close(self) -> None:
        if self.tell is not None:
            self.tell(None)
        self.tell = None


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
async def practising(
    aiohttp_client: Any, database: Database, settings: Settings, door: Door
) -> Browser:
    """A browser on a demo site with practice telephones of a caller and a cast."""
    people = [
        await make_user(database, nickname="けんた"),
        await make_user(database, nickname="なぎ", is_cast=True),
    ]
    async with database.transaction() as tx:
        await digits.give(tx, people[1].id)
    owners = tuple(
        PracticeOwner(name, person.email, f"090-1234-000{n}", f"{n}739")
        for n, (name, person) in enumerate(zip(("caller", "cast"), people, strict=True))
    )
    site = settings.model_copy(update=ON)
    practice = Practice(door, (*owners, PracticeOwner("gone", "g@x.example", "0", "0")), NUMBERS)
    return Browser(await aiohttp_client(make_app(site, database, practice=practice)))


async def test_the_page_says_whose_they_are_and_what_they_ring(
    practising: Browser, database: Database
) -> None:
    answer = await practising.get(PAGE)
    text = await answer.text()
    assert answer.status == 200
    for wanted in ("けんたさんの電話", "090-1234-0000", "0739#", "1739#", *NUMBERS.values()):
        assert wanted in text
    async with database.transaction() as tx:
        four = await digits.of(tx, int(await tx.scalar(sa.text("SELECT max(id) FROM users")) or 0))
    assert f'data-keys="{four}"' in text
    assert PAGE in await (await practising.get("/sign-in")).text()


@pytest.mark.parametrize("changed", [{}, {"telephone": True}, ON])
async def test_nobody_reaches_them_elsewhere(open_browser: Open, changed: dict[str, Any]) -> None:
    browser = await open_browser(demo=False, **changed) if "demo" not in changed else None
    browser = browser or await open_browser(**changed)
    for path in (PAGE, LINE):
        assert (await browser.get(path)).status == 404


async def test_a_page_holds_them_until_another_takes_them(practising: Browser, door: Door) -> None:
    client = practising.client
    async with client.ws_connect(LINE) as first:
        assert await first.receive_str() == "hello"
        assert door.address == "127.0.0.1"
        await first.send_str("a key")
        async with client.ws_connect(LINE) as second:
            assert (await second.receive()).type is WSMsgType.CLOSE
            assert second.close_code == TAKEN
        async with client.ws_connect(f"{LINE}?take=1") as third:
            assert await third.receive_str() == "hello"
            assert (await first.receive()).type is WSMsgType.CLOSE
            assert first.close_code == TAKEN
    assert door.heard == ["a key"]


async def test_it_goes_with_the_page(practising: Browser, door: Door) -> None:
    async with practising.client.ws_connect(LINE) as socket:
        await socket.receive_str()
    async with asyncio.timeout(20):
        while door.tell is not None:
            await asyncio.sleep(0.01)


async def test_what_is_no_message_closes_it(practising: Browser) -> None:
    async with practising.client.ws_connect(LINE) as socket:
        await socket.receive_str()
        await socket.send_str("nonsense")
        assert (await socket.receive()).type is WSMsgType.CLOSE
        assert socket.close_code == NOT_UNDERSTOOD


async def test_what_a_page_does_not_read_is_not_kept_for_it(
    practising: Browser, door: Door
) -> None:
    async with practising.client.ws_connect(LINE) as socket:
        await socket.receive_str()
        await socket.send_str("much")
        async with asyncio.timeout(20):
            while (await socket.receive()).type is WSMsgType.TEXT:
                pass
    assert door.tell is None


async def test_no_other_sites_page_gets_them(practising: Browser, door: Door) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await practising.client.ws_connect(LINE, headers={"Origin": "https://evil.example"})
    assert refused.value.status == 403
    assert door.tell is None
