"""One inbox: questions and letters in one list, what waits in each, and one number in the menu."""

import re

import pytest

from foundation.database import Database
from people.accounts.accounts import User
from tests.web.conftest import Open
from tests.web.letters.test_letter_pages import OFFER, send
from tests.web.scene import Browser, make_room, make_user
from tests.world import buy


@pytest.fixture
async def two(database: Database) -> tuple[User, User, int]:
    """A caller with points, and a cast with a room."""
    caller = await make_user(database, nickname="けんじ")
    cast = await make_user(database, nickname="さくら", is_cast=True)
    room = await make_room(database, cast, waiting=False)
    async with database.transaction() as tx:
        await buy(tx, caller.id, 9000)
    return caller, cast, room


@pytest.fixture
async def pair(
    open_browser: Open, database: Database, two: tuple[User, User, int]
) -> tuple[Browser, Browser]:
    one, other = await open_browser(letters=True), await open_browser(letters=True)
    await one.sign_in(two[0], database)
    await other.sign_in(two[1], database)
    await other.post("/console/letters", OFFER)
    return one, other


async def page(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status == 200
    return await answer.text()


def lines(text: str) -> list[str]:
    """Where the lines of a list lead, in their order."""
    return re.findall(r'<h2><a href="(/(?:messages|letters)/\d+)', text)


async def test_one_list_of_all_kinds_the_newest_first(
    pair: tuple[Browser, Browser], two: tuple[User, User, int]
) -> None:
    one, other = pair
    letter = await send(one, two[1].id, "転職するか迷っています")
    said = await one.post(f"/rooms/{two[2]}/ask", {"text": "旅の話も？", "press": "press-one"})
    thread = said.headers["Location"].partition("#")[0]
    text = await page(other, "/messages")
    assert lines(text) == [thread, letter]
    assert "2件・新しい順" in text
    assert text.count("data-unread") >= 2
    # In the menu one number, in the tabs one of each.
    assert re.search(r'data-part="messages-count">2<', text)
    tabs = re.search(r'<nav class="tabs".*?</nav>', text, re.DOTALL)
    assert tabs
    assert re.findall(r'class="count">(\d+)<', tabs[0]) == ["2", "1", "1"]
    assert lines(await page(other, "/messages?kind=questions")) == [thread]
    assert lines(await page(other, "/letters")) == [letter]
    # What was answered wants nothing more of the cast, and comes to the front for both.
    await other.post(f"{letter}/answer", {"text": "焦らずに", "back": "0"})
    assert lines(await page(other, "/messages")) == [letter, thread]
    assert lines(await page(other, "/messages?show=unread")) == [thread]
    assert lines(await page(one, "/messages?show=unread")) == [letter]
    assert re.search(r'data-part="messages-count">1<', await page(other, "/guide"))


async def test_a_site_without_letters_has_questions_alone(
    open_browser: Open, database: Database, two: tuple[User, User, int]
) -> None:
    one = await open_browser(letters=False)
    await one.sign_in(two[0], database)
    text = await page(one, "/messages")
    assert "メール相談" not in text
    assert "メッセージはまだありません" in text
    # What nobody can mean is left out.
    assert (await one.get("/messages?kind=nothing&page=99999")).status in (200, 400)
