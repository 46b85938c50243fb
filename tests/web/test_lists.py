"""Every list of one's own says how long it is and how it is ordered, and shows all of it."""

import html
import re

from foundation.database import Database
from foundation.pages import MOST_COUNTED
from foundation.settings import Settings
from notify import inbox
from people.accounts.accounts import User
from people.meeting import blocks
from rooms.applying import answering, applying
from rooms.booking import answering as request_answering
from tests.web.booking.scene import asked, book, bookable_room, make_cast, rich
from tests.web.conftest import Open
from tests.web.scene import Browser, buy, give, make_room, make_user


async def page_of(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status == 200, (path, answer.status)
    return html.unescape(await answer.text())


def tab_count(page: str, word: str) -> str | None:
    """What stands on a tab as its count."""
    found = re.search(rf'{word}(?: <span class="count">(\d+)</span>)?</a>', page)
    assert found, word
    return found[1]


async def told(database: Database, user: User, times: int) -> None:
    async with database.transaction() as tx:
        for n in range(times):
            await inbox.tell(tx, user.id, kind="claim", title=f"その{n}", text="あ", mail=False)


async def test_an_inbox_says_how_much_it_holds_up_to_a_bound(
    browser: Browser, database: Database
) -> None:
    user = await make_user(database)
    await browser.sign_in(user, database)
    assert "新しい順" not in await page_of(browser, "/inbox")
    await told(database, user, 2)
    assert "2件・新しい順" in await page_of(browser, "/inbox")
    await told(database, user, MOST_COUNTED)
    assert f"{MOST_COUNTED}件以上・新しい順" in await page_of(browser, "/inbox?page=2")


async def test_blocks_purchases_and_messages_say_how_many(
    browser: Browser, database: Database
) -> None:
    user, cast = await make_user(database), await make_user(database, is_cast=True)
    await browser.sign_in(user, database)
    room = await make_room(database, cast, waiting=False)
    for _ in range(3):
        await buy(database, user, 1000)
    assert "3件・新しい順" in await page_of(browser, "/points/purchases")
    form = {"text": "話せますか", "press": "one-press-of-mine"}
    assert (await browser.post(f"/rooms/{room}/ask", form)).status == 303
    assert "1件・新しい順" in await page_of(browser, "/messages")
    assert "新しい順" not in await page_of(browser, "/messages?show=unread")
    async with database.transaction() as tx:
        await blocks.block(tx, user.id, cast.id)
    assert "1件・新しい順" in await page_of(browser, "/settings/blocks")


async def test_both_sides_of_reservations_count_what_is_before_one(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    cast, caller = await make_cast(database), await rich(database, 20_000)
    await book(database, settings, await bookable_room(database, cast), caller)
    wished = await bookable_room(database, cast, "request")
    await asked(database, settings, wished, caller)
    theirs = await open_browser()
    await theirs.sign_in(cast, database)
    page = await page_of(theirs, "/reservations")
    assert tab_count(page, "受けた予約") == "2"
    assert tab_count(page, "自分の予約") is None


async def test_requests_that_came_to_nothing_are_all_to_be_had(
    browser: Browser, database: Database, settings: Settings
) -> None:
    cast, caller = await make_cast(database), await rich(database, 20_000)
    room = await bookable_room(database, cast, "request")
    ways = []
    for _ in range(11):
        one = await asked(database, settings, room, caller)
        ways.append(f'href="/requests/{one.id}"')
        async with database.transaction() as tx:
            await request_answering.refuse(tx, settings, one.id, cast.id, "またこんど")
    await browser.sign_in(caller, database)
    first, second = [await page_of(browser, f"/reservations?asked={n}") for n in (1, 2)]
    assert [way in first for way in ways] == [False] + [True] * 10
    assert [way in second for way in ways] == [True] + [False] * 10
    assert "asked=2" in first


async def test_a_caller_finds_all_applications_and_the_way_to_apply_again(
    browser: Browser, database: Database, settings: Settings
) -> None:
    cast, caller = await make_cast(database), await make_user(database)
    room = await make_room(database, cast, waiting=False)
    await give(database, caller, 5000)
    await browser.sign_in(caller, database)
    page = await page_of(browser, "/applications")
    assert "申し込みはまだありません" in page
    assert "/applications" not in await page_of(browser, "/talks")
    async with database.transaction() as tx:
        made, _ = await applying.apply(tx, settings, room, caller.id, 30, "", seen_rate=100)
    assert "いまの申し込み" in await page_of(browser, "/applications")
    async with database.transaction() as tx:
        await answering.decline(tx, settings, made.id, cast.id, "また今度")
    page = await page_of(browser, "/applications")
    assert "1件・新しい順" in page
    assert "お受けできないとのお返事" in page
    assert 'href="/applications"' in await page_of(browser, "/talks")
    async with database.transaction() as tx:
        await answering.ask_again(tx, settings, made.id, cast.id)
    assert "いまなら話せるとのお返事" in await page_of(browser, "/applications")
    assert "もう一度申し込む" in await page_of(browser, f"/applications/{made.id}")
    # They are nobody else's.
    await browser.sign_in(await make_user(database), database)
    assert f"/applications/{made.id}" not in await page_of(browser, "/applications")


async def test_a_casts_past_applications_say_how_many(
    browser: Browser, database: Database, settings: Settings
) -> None:
    cast, caller = await make_cast(database), await make_user(database)
    room = await make_room(database, cast, waiting=False)
    await give(database, caller, 5000)
    for _ in range(2):
        async with database.transaction() as tx:
            made, _ = await applying.apply(tx, settings, room, caller.id, 30, "", seen_rate=100)
            await answering.decline(tx, settings, made.id, cast.id, "")
    await browser.sign_in(cast, database)
    assert "2件・新しい順" in await page_of(browser, "/console/applications")


async def test_beyond_the_last_page_one_is_led_to_the_first(
    browser: Browser, database: Database
) -> None:
    user = await make_user(database)
    await browser.sign_in(user, database)
    await told(database, user, 1)
    await buy(database, user, 1000)
    for path in ("/inbox", "/points/purchases"):
        page = await page_of(browser, f"{path}?page=9")
        assert "もう何もありません" in page
        assert f'class="button" href="{path}"' in page
    # Where there is nothing at all, that is said.
    assert "まだ通話がありません" in await page_of(browser, "/talks?page=9")
