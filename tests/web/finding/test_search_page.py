"""The front page and the search: what they show, without script, and what can't be asked for."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from rooms.finding.wishes import RoomWish
from scheduler.room_search import look
from tests.web.scene import Browser, make_room, make_user
from web.pages.finding.addresses import applied, asked, query_of

TODAY = datetime(2026, 11, 30, tzinfo=UTC).date()
LAST = TODAY + timedelta(days=14)


async def page_of(browser: Browser, path: str, **headers: Any) -> str:
    answer = await browser.get(path, **headers)
    text = await answer.text()
    assert answer.status == 200, text
    return text


async def test_a_kana_word_finds_kanji_without_script(
    browser: Browser, database: Database, settings: Settings
) -> None:
    cast = await make_user(database, is_cast=True, nickname="英会話のエマ")
    room = await make_room(database, cast)
    await make_room(database, await make_user(database, is_cast=True, nickname="ほか"))
    await look(settings, database)
    page = await page_of(browser, "/search?q=エイカイワ")
    assert f'href="/rooms/{room}"' in page
    assert "1件のルーム" in page
    assert 'name="q"' in page
    assert "エイカイワ" in page
    assert '<meta name="robots" content="noindex, follow">' in page


async def test_the_front_page_says_what_it_costs_and_who_runs_it(
    browser: Browser, database: Database
) -> None:
    await make_room(database, await make_user(database, is_cast=True), rate=130)
    page = await page_of(browser, "/")
    assert "料金は1分 ¥130 から" in page
    assert "いま話せる" in page
    assert 'href="/legal"' in page
    assert "¥130" in page


async def test_what_cannot_be_asked_for_is_said_beside_the_field(browser: Browser) -> None:
    page = await page_of(browser, "/search?from=abc&to=5&day=2020-01-01")
    assert page.count('aria-invalid="true"') == 2
    assert 'value="abc"' in page
    assert "10,000までの数字" in page
    assert "先までで選んでください" in page
    # Both prices wrong in the same way: said once, and it belongs to both.
    both = await page_of(browser, "/search?from=abc&to=abc")
    assert both.count('class="error"') == 1
    assert both.count('aria-describedby="from-error"') == 2


async def test_nothing_found_says_what_to_do(browser: Browser, database: Database) -> None:
    await make_room(database, await make_user(database, is_cast=True))
    page = await page_of(browser, "/search?q=なにもない&now=1")
    assert "合うルームが見つかりませんでした" in page
    assert "0件のルーム" in page
    assert "すべて外す" in page
    assert "もうルームがありません" in await page_of(browser, "/search?page=7")


async def test_what_is_typed_is_text(browser: Browser) -> None:
    page = await page_of(browser, "/search?q=%3Cscript%3Ealert(1)%3C/script%3E&topic=%22%3E%3Cb%3E")
    assert "<script>alert" not in page
    assert '"><b>' not in page


@pytest.mark.parametrize("query", ["page=0", "page=x", "q=%00", "topic=" + "あ" * 21])
async def test_what_no_page_of_ours_sends_is_refused(browser: Browser, query: str) -> None:
    assert (await browser.get(f"/search?{query}")).status == 400


async def test_calls_are_asked_for_only_where_there_are_any(
    browser: Browser, open_browser: Any, database: Database
) -> None:
    await make_room(database, await make_user(database, is_cast=True))
    without = await page_of(browser, "/search?medium=telephone")
    assert "電話で話せる" not in without
    assert "1件のルーム" in without
    page = await page_of(await open_browser(telephone=True), "/search?medium=telephone")
    assert '<option value="telephone" selected>' in page
    assert "条件「電話で話せる」を外す" in page
    assert "0件のルーム" in page


async def test_the_order_of_what_was_found_is_said_and_explained(
    browser: Browser, database: Database
) -> None:
    for _ in range(2):
        await make_room(database, await make_user(database, is_cast=True))
    page = await page_of(browser, "/search")
    assert '<a href="/faq#recommended">おすすめ順</a>' in page
    assert 'id="recommended"' in await page_of(browser, "/faq")
    assert "料金が安い順" in await page_of(browser, "/search?sort=rate")


async def test_a_usual_price_is_one_press_and_taken_back_by_one(
    browser: Browser, database: Database
) -> None:
    for rate in (100, 110):
        await make_room(database, await make_user(database, is_cast=True), rate=rate)
    # As a form sends both: the box that is pressed, and the field that is empty.
    page = await page_of(browser, "/search?to=100&from=&to=")
    assert "1件のルーム" in page
    assert 'name="to" value="100" checked' in page
    field = re.search(r'<input name="to" inputmode[^>]* value="([^"]*)"', page)
    assert field
    assert field[1] == ""
    assert "2件のルーム" in await page_of(browser, "/search?from=&to=")
    other = await page_of(browser, "/search?from=&to=120")
    assert re.search(r'<input name="to" inputmode[^>]* value="120"', other)
    assert 'value="100" checked' not in other


async def test_who_runs_the_site_stands_before_its_rooms(
    browser: Browser, database: Database
) -> None:
    await make_room(database, await make_user(database, is_cast=True))
    page = await page_of(browser, "/")
    steps, who, rooms = [page.index(one) for one in ("front-steps", "front-who", "room-card")]
    assert steps < who < rooms


async def test_a_room_that_can_only_be_waited_for_leads_to_being_told(
    browser: Browser, database: Database
) -> None:
    room = await make_room(database, await make_user(database, is_cast=True), waiting=False)
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE rooms SET booking = 'none', by_application = false"))
    assert "知らせを受け取る</a>" in await page_of(browser, "/search")
    assert "オンラインの知らせを受け取る" in await page_of(browser, f"/rooms/{room}")


async def test_the_next_page_keeps_what_was_asked(open_browser: Any, database: Database) -> None:
    browser = await open_browser(page_size=1)
    for _ in range(2):
        await make_room(database, await make_user(database, is_cast=True))
    page = await page_of(browser, "/search?medium=video&to=100&sort=rate")
    assert 'href="?to=100&amp;medium=video&amp;sort=rate&amp;page=2"' in page


async def test_a_category_is_a_way_that_keeps_the_rest(
    browser: Browser, database: Database, settings: Settings
) -> None:
    room = await make_room(database, await make_user(database, is_cast=True))
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE rooms SET category_id = 2"))
        name = await tx.scalar(sa.text("SELECT name_ja FROM room_categories WHERE id = 2"))
    assert 'href="/search?category=2"' in await page_of(browser, "/")
    page = await page_of(browser, "/search?category=2&medium=video")
    assert f'href="/rooms/{room}"' in page
    assert f"条件「{name}」を外す" in page
    assert 'name="category" value="2"' in page
    assert 'href="/search?q=x&amp;category=2"' in await page_of(browser, "/search?q=x&category=1")
    assert f'href="/rooms/{room}"' not in await page_of(browser, "/search?category=1")


async def test_a_card_tells_the_mean_from_three_on_and_leads_to_its_cast(
    browser: Browser, database: Database
) -> None:
    cast = await make_user(database, is_cast=True)
    room = await make_room(database, cast, waiting=False)
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE rooms SET booking = 'none', by_application = true"))
        await tx.execute(
            sa.text(
                "INSERT INTO rating_means (cast_id, one, two, three, four, five, sorting_mean)"
                " VALUES (:c, 0, 0, 0, 1, 1, 4)"
            ),
            {"c": cast.id},
        )
    page = await page_of(browser, "/search")
    assert "5点満点" not in page
    assert f'href="/casts/{cast.id}"' in page
    assert f'data-for="closed reserved" href="/rooms/{room}/apply"' in page
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE rating_means SET five = 2"))
        await tx.execute(sa.text("UPDATE rooms SET booking = 'direct'"))
    page = await page_of(browser, "/search?sort=rating")
    assert "評価は5点満点で4.7、3件" in page
    assert f'data-for="closed reserved" href="/rooms/{room}/book"' in page


WISHES = [
    RoomWish(),
    RoomWish(text="a & b=ねこ", now=True, evening=True, new=True),
    RoomWish(topic="英語", day=TODAY, hour=0, medium="voice", sort="rate"),
    RoomWish(medium="telephone", now=True),
    RoomWish(category=3, language="en", rated=True, sort="rating"),
    RoomWish(least_rate=0, most_rate=10_000, medium="video", sort="new", day=LAST),
]


@pytest.mark.parametrize("wish", WISHES)
def test_an_address_says_all_of_a_wish(wish: RoomWish) -> None:
    typed = dict(parse_qsl(query_of(wish)))
    assert asked(typed, TODAY, LAST, telephone=True).wish == wish


@pytest.mark.parametrize("wish", WISHES)
def test_each_condition_can_be_taken_away(wish: RoomWish) -> None:
    for condition in applied(wish):
        typed = dict(parse_qsl(condition.without))
        fewer = asked(typed, TODAY, LAST, telephone=True).wish
        assert len(applied(fewer)) == len(applied(wish)) - 1


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ({"from": "-1"}, "from"),
        ({"from": "10001"}, "from"),
        ({"to": "1e3"}, "to"),
        ({"from": "200", "to": "100"}, "to"),
        ({"day": "2026-11-29"}, "day"),
        ({"day": "2026-12-15"}, "day"),
        ({"day": "morgen"}, "day"),
    ],
)
def test_problems_are_told_by_field(query: dict[str, str], problem: str) -> None:
    found = asked(query, TODAY, LAST)
    assert set(found.problems) == {problem}
    assert found.wish == RoomWish()


def test_full_width_figures_are_figures() -> None:
    assert asked({"from": "８０"}, TODAY, LAST).wish.least_rate == 80
    assert asked({"to": "¥1,200"}, TODAY, LAST).wish.most_rate == 1200
