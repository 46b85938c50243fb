"""By points or afterwards: what pages let one choose, and what a form that says so does."""

import re
from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from foundation.database import Database, clock
from foundation.settings import Settings
from people.accounts import accounts
from points.tables import holds
from rooms.booking import timetable
from rooms.booking.rules import Hour
from rooms.ground.tables import rooms, talks
from tests.rooms.booked import ALWAYS
from tests.web.conftest import Open
from tests.web.scene import Browser, make_user
from tests.world import World

POINTS = re.compile(r'<input type="radio" name="pays" value="points"([^>]*)>')
TAB = re.compile(r'<input type="radio" name="pays" value="tab"([^>]*)>')
HOURS: Sequence[Hour] = ALWAYS


async def before_a_room(
    browser: Browser, database: Database, settings: Settings, *, points: int = 0
) -> World:
    """A signed-in caller before an open room that takes the tab."""
    world = await World.of(database, settings, points=points)
    async with database.transaction() as tx:
        await tx.execute(sa.update(rooms).values(takes_tab=True).where(rooms.c.id == world.room))
        user = await accounts.find_user(tx, world.caller)
    assert user
    await browser.sign_in(user, database)
    return world


async def text(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status == 200, path
    return str(await answer.text())


@pytest.mark.parametrize(("points", "first"), [(0, "tab"), (1000, "points")])
async def test_the_page_before_a_talk_offers_both_and_points_first_where_they_suffice(
    open_browser: Open, database: Database, settings: Settings, points: int, first: str
) -> None:
    browser = await open_browser(tab=True, tab_asks="nothing")
    world = await before_a_room(browser, database, settings, points=points)
    page = await text(browser, f"/rooms/{world.room}/enter")
    (by_points,), (by_tab,) = POINTS.findall(page), TAB.findall(page)
    assert ("checked" in by_points, "checked" in by_tab) == (first == "points", first == "tab")
    assert ("disabled" in by_points) is (not points)
    assert "あと¥8,000まで" in page
    assert 'data-refused="0"' in page


async def test_a_site_without_tabs_says_nothing_of_them(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    browser = await open_browser(tab=False)
    world = await before_a_room(browser, database, settings, points=1000)
    page = await text(browser, f"/rooms/{world.room}/enter")
    assert not POINTS.findall(page)
    assert "後払い" not in page


async def test_a_form_that_pays_afterwards_begins_a_talk_on_the_tab(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    browser = await open_browser(tab=True, tab_asks="nothing")
    world = await before_a_room(browser, database, settings)
    way, form = f"/rooms/{world.room}/entry", {"video": "1", "rate": "100", "spend_cap": ""}
    assert (await browser.post(way, form)).status == 409
    assert (await browser.post(way, form | {"pays": "gold"})).status == 400
    answer = await browser.post(way, form | {"pays": "tab"})
    assert answer.status == 303
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(talks.c.pays)) == "tab"


async def test_what_the_limit_refuses_is_said_on_the_page(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    browser = await open_browser(tab=True, tab_asks="nothing", tab_limit=400)
    world = await before_a_room(browser, database, settings, points=1000)
    page = await text(browser, f"/rooms/{world.room}/enter")
    assert "500円必要ですが、ご利用いただけるのはあと400円です。" in page
    assert "disabled" in TAB.findall(page)[0]


async def test_a_kept_time_is_booked_afterwards(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    browser = await open_browser(tab=True, tab_asks="nothing")
    world = await before_a_room(browser, database, settings)
    async with database.transaction() as tx:
        await timetable.set_hours(tx, world.room, world.cast, HOURS)
        await timetable.set_booking(
            tx, world.room, world.cast, booking="direct", shortest=10, longest=120
        )
        start = (await clock(tx) + timedelta(hours=20)).replace(minute=0, second=0, microsecond=0)
    kept = await browser.post(
        f"/rooms/{world.room}/book", {"start": f"{start:%Y-%m-%dT%H:%MZ}", "minutes": "30"}
    )
    way = kept.headers["Location"]
    page = await text(browser, way)
    assert "¥3,000で予約する" in page
    assert "checked" in TAB.findall(page)[0]
    answer = await browser.post(way, {"message": "", "pays": "tab"})
    assert answer.status == 303
    async with database.transaction() as tx:
        held = (await tx.execute(sa.select(holds.c.points, holds.c.to_bill))).one()
    assert tuple(held) == (3000, True)


async def test_a_cast_says_in_the_room_whether_one_may_pay_afterwards(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(tab=True, tab_asks="nothing")
    cast = await make_user(database, is_cast=True)
    await browser.sign_in(cast, database)
    form = {"title": "お茶", "topic": "雑談", "text": "話", "rate": "100", "allows_video": "1"}
    form |= {"category": "1", "tags": "", "by_standby": "1", "booking": "none"}
    way = (await browser.post("/console/rooms", form | {"takes_tab": "1"})).headers["Location"]
    page = await text(browser, way)
    assert 'name="takes_tab" value="1" aria-describedby="takes_tab-hint" checked' in page
    await browser.post(way.partition("?")[0], form)
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(rooms.c.takes_tab)) is False


async def test_the_tab_has_a_statement_of_its_own(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    browser = await open_browser(tab=True, tab_asks="nothing")
    world = await before_a_room(browser, database, settings, points=700)
    assert "まだ明細がありません" in await text(browser, "/points/statement/tab")
    form = {"video": "1", "rate": "100", "spend_cap": "", "pays": "tab"}
    answer = await browser.post(f"/rooms/{world.room}/entry", form)
    world.talk = int(answer.headers["Location"].rpartition("/")[2])
    for side in ("caller", "cast"):
        await world.join(side)
    await world.beat()
    await world.talk_for(60 + 125)
    page = await text(browser, "/points/statement/tab")
    assert "−¥300" in page
    assert "¥7,700" in page
    points = await text(browser, "/points/statement")
    assert "さくらさんとの通話" not in points
    assert "/points/statement/tab" in points
