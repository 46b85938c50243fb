"""The pages of reservations and applications by telephone, and who sees them."""

import html
import re

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.accounts import User
from people.telephones import numbers
from rooms.calling import gateways, progress, promised
from rooms.ground.booking_tables import reservations
from rooms.ground.calling_tables import calls
from rooms.ground.request_tables import reservation_requests
from rooms.ground.tables import rooms
from tests.people.telephones.owned import give_name, give_number
from tests.web.booking.scene import bookable_room, make_cast, move, rich
from tests.web.conftest import Open
from tests.web.scene import Browser


@pytest.fixture
async def browser(open_browser: Open) -> Browser:
    return await open_browser(telephone=True)


@pytest.fixture
async def cast(database: Database, settings: Settings) -> User:
    made = await make_cast(database, "さくら")
    async with database.transaction() as tx:
        await give_number(tx, settings, made.id, "080-3333-4444")
        await give_name(tx, made.id)
        gateway = await gateways.appear(tx)
        await gateways.beat(tx, gateway, None, 0)
    return made


@pytest.fixture
async def room(database: Database, cast: User) -> int:
    made = await bookable_room(database, cast)
    async with database.transaction() as tx:
        await tx.execute(sa.update(rooms).values(by_telephone=True, by_application=True))
    return made


@pytest.fixture
async def caller(browser: Browser, database: Database, settings: Settings, room: int) -> User:
    made = await rich(database)
    async with database.transaction() as tx:
        await give_number(tx, settings, made.id)
    await browser.sign_in(made, database)
    return made


async def page_of(browser: Browser, path: str, status: int = 200) -> str:
    answer = await browser.get(path)
    assert answer.status == status, (path, answer.status, answer.headers.get("Location"))
    return html.unescape(await answer.text())


async def kept(browser: Browser, room: int, medium: str = "telephone") -> str:
    page = await page_of(browser, f"/rooms/{room}/book")
    start = re.findall(r'href="\?start=([^"]+)"', page)[-1].replace("%3A", ":")
    form = {"start": start, "minutes": "30", "medium": medium}
    answer = await browser.post(f"/rooms/{room}/book", form)
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"]


async def booked(browser: Browser, room: int) -> str:
    way = await kept(browser, room)
    answer = await browser.post(way, {"message": "", "pays": "points"})
    assert answer.status == 303, await answer.text()
    return way.removesuffix("/confirm")


async def do(database: Database, verb: object, *args: object) -> object:
    async with database.transaction() as tx:
        return await verb(tx, *args)  # type: ignore[operator]


async def test_the_medium_is_chosen_with_the_length_and_the_price_holds_the_line(
    browser: Browser, database: Database, room: int, caller: User
) -> None:
    page = await page_of(browser, f"/rooms/{room}/book")
    start = re.findall(r'href="\?start=([^"]+)"', page)[-1]
    choice = await page_of(browser, f"/rooms/{room}/book?start={start}")
    assert "電話で話す" in choice
    assert "1分¥20" in choice
    look = await page_of(browser, await kept(browser, room))
    for said in ("3,600", "120 pt × 30分", "電話で話す予約です", "•••-••••-5678",
                 "3,600 pt で予約する", "回線の都合", "電話が鳴ります"):  # fmt: skip
        assert said in look, said
    assert "開始の5分前から待てます" not in look
    way = await booked(browser, room)
    page = await page_of(browser, way)
    for said in (
        "お時間になったら、おふたりの電話が鳴ります",
        "電話（回線料込み）",
        "•••-••••-5678",
    ):
        assert said in page, said
    assert (await browser.get(f"{way}/enter")).headers["Location"] == way
    assert (await browser.post(f"{way}/entry", {"video": "0"})).status == 409


async def test_without_a_number_it_is_asked_for_in_the_way_and_nothing_can_be_pressed(
    browser: Browser, database: Database, room: int, caller: User
) -> None:
    await do(database, numbers.erase, caller.id)
    way = await kept(browser, room)
    look = await page_of(browser, way)
    assert "電話で確認番号を聞く" in look
    assert "pt で予約する" not in look
    answer = await browser.post(way, {"message": "", "pays": "points"})
    assert answer.status == 409
    assert "電話番号" in html.unescape(await answer.text())


async def test_a_room_whose_cast_cannot_be_rung_offers_no_call(
    browser: Browser, database: Database, room: int, cast: User, caller: User
) -> None:
    await do(database, numbers.erase, cast.id)
    page = await page_of(browser, f"/rooms/{room}/book")
    start = re.findall(r'href="\?start=([^"]+)"', page)[-1]
    assert "電話で話す" not in await page_of(browser, f"/rooms/{room}/book?start={start}")
    form = {"start": start.replace("%3A", ":"), "minutes": "30", "medium": "telephone"}
    answer = await browser.post(f"/rooms/{room}/book", form)
    assert answer.status == 409
    assert "お電話での相談を受け付けていません" in html.unescape(await answer.text())


async def test_the_page_follows_the_rings_for_both_sides_and_for_nobody_else(
    browser: Browser,
    database: Database,
    owner_database: Database,
    settings: Settings,
    room: int,
    cast: User,
    caller: User,
) -> None:
    way = await booked(browser, room)
    number = int(way.rsplit("/", 1)[1])
    await move(owner_database, number, -0.1)
    async with owner_database.transaction() as tx:
        due = sa.update(reservations).values(ring_at=reservations.c.starts_at)
        await tx.execute(due)
    assert "まもなく、おふたりの電話が鳴ります" in await page_of(browser, way)
    site = settings.model_copy(update={"telephone": True})
    await do(database, promised.ring_due, site)
    page = await page_of(browser, way)
    assert "いま、おふたりにお電話しています" in page
    call = re.search(r'href="(/calls/\d+)"', page)
    assert call
    async with database.transaction() as tx:
        await progress.take_up(tx, int(call[1].rsplit("/", 1)[1]), 7)
    assert "電話をかけています" in await page_of(browser, call[1])
    await browser.sign_in(cast, database)
    assert call[1] in await page_of(browser, way)
    await browser.sign_in(await rich(database), database)
    await page_of(browser, way, 404)
    assert (await browser.post(f"{way}/ring", {})).status == 404


async def test_how_it_ended_is_told_to_both(
    browser: Browser, database: Database, owner_database: Database, room: int, cast: User,
    caller: User,
) -> None:  # fmt: skip
    way = await booked(browser, room)
    number = int(way.rsplit("/", 1)[1])
    await move(owner_database, number, -40)
    told = {
        "line_failed": (
            "電話回線の都合でおつなぎできなかった",
            "電話回線の都合でおつなぎできませんでした",
        ),
        "caller_missed": ("2回お電話しましたが", "お客様は、お電話に出られませんでした"),
        "cast_missed": ("キャストが電話に出なかった", "料金はお客様にお返しします"),
    }
    for state, (to_caller, to_cast) in told.items():
        async with owner_database.transaction() as tx:
            judged = {"state": state, "judged_at": sa.func.clock_timestamp(), "ring_at": None}
            await tx.execute(sa.update(reservations).values(judged))
        await browser.sign_in(caller, database)
        assert to_caller in await page_of(browser, way)
        await browser.sign_in(cast, database)
        assert to_cast in await page_of(browser, way)


async def test_a_wish_by_telephone_becomes_a_reservation_by_telephone(
    browser: Browser, database: Database, room: int, cast: User, caller: User
) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.update(rooms).values(booking="request"))
    page = await page_of(browser, f"/rooms/{room}/request?minutes=30&medium=telephone")
    assert "3,600" in page
    start = re.findall(r'<option value="(2[^"]+)"', page)[-1]
    form = {"minutes": "30", "message": "", "rate": "120", "first": start, "medium": "telephone"}
    answer = await browser.post(f"/rooms/{room}/request", form | {"rate": "100"})
    assert answer.status == 409
    answer = await browser.post(f"/rooms/{room}/request", form)
    assert answer.status == 303, html.unescape(await answer.text())
    async with database.transaction() as tx:
        asked = (await tx.execute(sa.select(reservation_requests))).one()
    assert (asked.medium, asked.line_fee, asked.points) == ("telephone", 20, 3600)
    await browser.sign_in(cast, database)
    answer = await browser.post(f"/requests/{asked.id}/accept", {"place": "1"})
    assert answer.status == 303
    async with database.transaction() as tx:
        made = (await tx.execute(sa.select(reservations))).one()
    assert (made.medium, made.line_fee, made.ring_at) == ("telephone", 20, made.starts_at)


async def test_an_application_by_telephone_is_answered_by_a_call(
    browser: Browser, database: Database, room: int, cast: User, caller: User
) -> None:
    page = await page_of(browser, f"/rooms/{room}/apply?medium=telephone")
    for said in ("1分¥120", "•••-••••-5678", "すぐにおふたりの電話が鳴ります"):
        assert said in page, said
    form = {"minutes": "30", "words": "", "rate": "120", "medium": "telephone"}
    answer = await browser.post(f"/rooms/{room}/apply", form)
    assert answer.status == 303, html.unescape(await answer.text())
    mine = answer.headers["Location"].split("?")[0]
    number = mine.rsplit("/", 1)[1]
    await browser.sign_in(cast, database)
    page = await page_of(browser, "/console/applications")
    assert "電話でつなぐ" in page
    answer = await browser.post(f"/console/applications/{number}/accept", {"medium": "telephone"})
    async with database.transaction() as tx:
        call = await tx.scalar(sa.select(sa.func.max(calls.c.id)))
    assert answer.headers["Location"] == f"/calls/{call}"
    assert "おふたりにお電話しています" in await page_of(browser, "/console/applications")
    await browser.sign_in(caller, database)
    page = await page_of(browser, mine)
    assert f"/calls/{call}" in page
    answer = await browser.post(f"{mine}/withdraw", {})
    assert answer.status == 303
    async with database.transaction() as tx:
        row = (await tx.execute(sa.select(calls).where(calls.c.id == call))).one()
    assert row.stop_asked_by == "site"
