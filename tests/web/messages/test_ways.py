"""Asking in writing: from the first page to the form in two presses; a closed door isn't named."""

import re

import pytest

from foundation.database import Database
from foundation.settings import Settings
from people.meeting import blocks
from tests.web.conftest import Open
from tests.web.scene import Browser, make_room, make_user
from writing.letters import offers
from writing.letters.offers import LetterOffer

OFFER = LetterOffer(accepts=True, points=1500, usual_hours=48, most_open=1, takes_tab=False)


async def text_of(browser: Browser, path: str, status: int = 200) -> str:
    answer = await browser.get(path)
    assert answer.status == status, path
    return await answer.text()


async def test_from_the_first_page_to_asking(open_browser: Open) -> None:
    browser = await open_browser(board=True, letters=True)
    assert 'href="/write"' in await text_of(browser, "/")
    page = await text_of(browser, "/write")
    for said in ('href="/board/new"', "無料", "全額お返しします", 'href="/search?medium=voice"'):
        assert said in page
    assert 'href="/sign-up?next=/write"' in page
    asked = await browser.get("/board/new")
    assert asked.headers["Location"] == "/sign-in?next=/board/new"
    for path in ("/guide", "/faq", "/board/guide"):
        assert 'href="/write"' in await text_of(browser, path)


@pytest.mark.parametrize(
    ("doors", "named", "unnamed"),
    [
        ({"board": True, "letters": False}, "掲示板", "メール相談"),
        ({"board": False, "letters": True}, "メール相談", "掲示板"),
    ],
)
async def test_a_closed_door_is_not_named(
    open_browser: Open, doors: dict[str, bool], named: str, unnamed: str
) -> None:
    browser = await open_browser(**doors)
    page = await text_of(browser, "/write")
    main = re.search(r"<main.*</main>", page, re.DOTALL)
    assert main
    assert named in main[0]
    assert unnamed not in main[0]
    assert "電話で話せる" not in main[0]


async def test_without_any_door_there_is_no_such_page(open_browser: Open) -> None:
    browser = await open_browser(board=False, letters=False)
    await text_of(browser, "/write", 404)
    for path in ("/", "/guide"):
        assert 'href="/write"' not in await text_of(browser, path)


async def test_casts_who_take_letters_stand_there_with_price_and_time(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    browser = await open_browser(letters=True)
    caller = await make_user(database, nickname="けんじ")
    cast = await make_user(database, nickname="さくら", is_cast=True)
    room = await make_room(database, cast, waiting=False)
    way = f'href="/casts/{cast.id}/letter"'
    await browser.sign_in(caller, database)
    assert way not in await text_of(browser, "/write")
    async with database.transaction() as tx:
        await offers.set_own(tx, settings, cast.id, OFFER)
    page = await text_of(browser, "/write")
    assert way in page
    assert "1,500" in page
    assert "目安2日" in page
    assert 'href="/write"' in await text_of(browser, f"/rooms/{room}")
    # Whom one blocks isn't there.
    async with database.transaction() as tx:
        await blocks.block(tx, cast.id, caller.id)
    assert way not in await text_of(browser, "/write")


async def test_the_guide_for_who_answers_has_pictures(open_browser: Open) -> None:
    browser = await open_browser(board=True, letters=True)
    for lang, shots in (("ja", "guide-answer-list-ja"), ("en", "guide-answer-list-en")):
        page = await text_of(browser, f"/board/guide/members?lang={lang}")
        assert page.count('class="shot"') == 5
        assert shots in page
    assert 'href="/board/guide/members"' in await text_of(browser, "/board/guide")
