"""Booking a time: from the room's week to the points that are set aside, and every refusal."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from points import ledger, limits
from rooms.booking import reservations
from rooms.booking.rules import Slot
from tests.web.booking.scene import (
    book,
    bookable_room,
    count,
    forms,
    make_cast,
    rich,
    starts,
)
from tests.web.conftest import Open
from tests.web.scene import Browser, make_room, make_user
from web.pages.booking.slots import by_day, start_text


async def kept(browser: Browser, room_id: int, page: str, minutes: int = 30) -> str:
    """Choose the first start of a page and a length; return the way of the last look."""
    start = re.search(r'href="\?start=([^"]+)"', page)
    assert start
    form = {"start": start[1].replace("%3A", ":"), "minutes": str(minutes)}
    answer = await browser.post(f"/rooms/{room_id}/book", form)
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"]


async def test_a_time_is_picked_looked_at_and_booked(browser: Browser, database: Database) -> None:
    cast, caller = await make_cast(database), await rich(database)
    room_id = await bookable_room(database, cast)
    await browser.sign_in(caller, database)
    assert f'href="/rooms/{room_id}/book"' in await (await browser.get(f"/rooms/{room_id}")).text()
    page = await (await browser.get(f"/rooms/{room_id}/book")).text()
    assert "日本時間" in page
    start = re.search(r'href="\?start=([^"]+)"', page)
    assert start
    lengths = await (await browser.get(f"/rooms/{room_id}/book?start={start[1]}")).text()
    assert re.findall('name="minutes" value="([0-9]+)"', lengths)[:3] == ["10", "15", "20"]
    assert "3,000" in lengths

    way = await kept(browser, room_id, page)
    look = await (await browser.get(way)).text()
    for told in (
        "3,000",
        "5,000",
        "2,000",
        "無料の時間はありません",
        "遅れて入室しても",
        "確保しています",
    ):
        assert told in look
    assert 'data-left="2' in look
    answer = await browser.post(way, {"message": "<b>はじめまして</b>"})
    reservation = answer.headers["Location"].partition("?")[0]
    assert answer.headers["Location"] == f"{reservation}?done=booked"
    page = await (await browser.get(answer.headers["Location"])).text()
    assert "予約しました" in page
    assert "&lt;b&gt;はじめまして" in page
    async with database.transaction() as tx:
        assert await ledger.spendable(tx, caller.id) == 2000
    # The last look is over: it leads to what has become of it.
    assert (await browser.get(way)).headers["Location"] == reservation


async def test_looking_changes_nothing(
    browser: Browser, database: Database, settings: Settings
) -> None:
    cast, caller = await make_cast(database), await rich(database)
    room_id = await bookable_room(database, cast)
    await browser.sign_in(caller, database)
    free = await starts(database, settings, room_id)
    way = await kept(browser, room_id, await (await browser.get(f"/rooms/{room_id}/book")).text())
    before = await count(database)
    for path in (f"/rooms/{room_id}/book?start={start_text(free[5])}", way, f"/rooms/{room_id}"):
        assert (await browser.get(path)).status == 200
    assert await count(database) == before


async def test_too_few_points_are_told_with_how_many_more_help(
    browser: Browser, database: Database
) -> None:
    room_id = await bookable_room(database, await make_cast(database))
    await browser.sign_in(await rich(database, 1000), database)
    look = await (await browser.get(f"/rooms/{room_id}/book")).text()
    start = re.search(r'href="\?start=([^"]+)"', look)
    assert start
    form = {"start": start[1].replace("%3A", ":"), "minutes": "30"}
    # A time is kept for confirmation only for those who can pay it.
    answer = await browser.post(f"/rooms/{room_id}/book", form)
    page = await answer.text()
    assert answer.status == 409
    assert "あと2,000ポイント足りません" in page or "あと2000ポイント足りません" in page
    assert 'href="/points/buy' in page


async def test_a_time_that_somebody_else_keeps_is_refused_with_what_is_left(
    open_browser: Open, database: Database
) -> None:
    room_id = await bookable_room(database, await make_cast(database))
    first, second = await open_browser(), await open_browser()
    await first.sign_in(await rich(database), database)
    await second.sign_in(await rich(database), database)
    page = await (await second.get(f"/rooms/{room_id}/book")).text()
    await kept(first, room_id, page)
    start = re.search(r'href="\?start=([^"]+)"', page)
    assert start
    wanted = start[1].replace("%3A", ":")
    answer = await second.post(f"/rooms/{room_id}/book", {"start": wanted, "minutes": "10"})
    told = await answer.text()
    assert answer.status == 409
    assert 'data-code="slot_taken"' in told
    assert 'href="?start=' in told
    assert f'href="?start={start[1]}"' not in told
    gone = await (await second.get(f"/rooms/{room_id}/book?start={start[1]}")).text()
    assert "もう予約できません" in gone


async def test_two_reservations_of_one_caller_cannot_overlap(
    browser: Browser, database: Database, settings: Settings
) -> None:
    caller = await rich(database)
    one, other = [await bookable_room(database, await make_cast(database)) for _ in range(2)]
    start = (await starts(database, settings, one))[8]
    await book(database, settings, one, caller, start=start)
    await browser.sign_in(caller, database)
    form = {"start": start_text(start), "minutes": "10"}
    answer = await browser.post(f"/rooms/{other}/book", form)
    page = await answer.text()
    assert answer.status == 409
    assert 'data-code="own_overlap"' in page
    assert 'href="/reservations">予約を見る' in page


@pytest.mark.parametrize(
    ("form", "status", "told"),
    [
        ({"start": "", "minutes": "30"}, 400, "開始時刻を選んでください"),
        ({"start": "tomorrow", "minutes": "30"}, 400, "開始時刻を選んでください"),
        ({"start": "2026-02-31T10:00Z", "minutes": "30"}, 400, "開始時刻を選んでください"),
        ({"start": "2026-01-31T10:00Z", "minutes": "30"}, 409, "ほかの時間をお選びください"),
        ({"start": "FREE", "minutes": ""}, 400, "半角の数字"),
        ({"start": "FREE", "minutes": "３０"}, 400, "半角の数字"),
        ({"start": "FREE", "minutes": "999999"}, 400, "までの数"),
        ({"start": "FREE", "minutes": "65"}, 400, "60分まで"),
        ({"start": "FREE", "minutes": "12"}, 400, "5分刻み"),
    ],
)
async def test_a_wrong_choice_is_told_beside_what_is_free(
    browser: Browser,
    database: Database,
    settings: Settings,
    form: dict[str, str],
    status: int,
    told: str,
) -> None:
    room_id = await bookable_room(database, await make_cast(database))
    await browser.sign_in(await rich(database), database)
    free = start_text((await starts(database, settings, room_id))[4])
    sent = {name: value.replace("FREE", free) for name, value in form.items()}
    answer = await browser.post(f"/rooms/{room_id}/book", sent)
    page = await answer.text()
    assert answer.status == status
    assert told in page
    assert "予約する" in page
    assert await count(database) == await count(database)
    async with database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT count(*) FROM reservations")) == 0


async def test_a_message_that_is_too_long_comes_back_to_be_cut(
    browser: Browser, database: Database
) -> None:
    room_id = await bookable_room(database, await make_cast(database))
    await browser.sign_in(await rich(database), database)
    way = await kept(browser, room_id, await (await browser.get(f"/rooms/{room_id}/book")).text())
    answer = await browser.post(way, {"message": "あ" * 151})
    page = await answer.text()
    assert answer.status == 400
    assert 'id="message-error"' in page
    assert "あ" * 151 in page
    assert (await browser.post(way, {"message": "あ" * 150})).status == 303


async def test_nobody_else_sees_or_books_a_kept_time(
    open_browser: Open, database: Database
) -> None:
    cast, caller = await make_cast(database), await rich(database)
    room_id = await bookable_room(database, cast)
    mine, other = await open_browser(), await open_browser()
    await mine.sign_in(caller, database)
    way = await kept(mine, room_id, await (await mine.get(f"/rooms/{room_id}/book")).text())
    for person in (cast, await rich(database)):
        await other.sign_in(person, database)
        assert (await other.get(way)).status == 404
        assert (await other.post(way, {"message": ""})).status == 404
        assert (await other.post(way.replace("confirm", "let-go"), {})).status == 404
    assert (await mine.get(way)).status == 200


async def test_a_time_that_was_let_go_is_free_again(
    browser: Browser, database: Database, settings: Settings
) -> None:
    room_id = await bookable_room(database, await make_cast(database))
    await browser.sign_in(await rich(database), database)
    free = await starts(database, settings, room_id)
    way = await kept(browser, room_id, await (await browser.get(f"/rooms/{room_id}/book")).text())
    answer = await browser.post(way.replace("confirm", "let-go"), {"message": "x"})
    assert answer.headers["Location"] == f"/rooms/{room_id}/book"
    assert (await starts(database, settings, room_id))[-3:] == free[-3:]
    assert (await browser.get(way)).status == 303


async def test_after_five_minutes_there_is_nothing_to_press(
    browser: Browser, database: Database, owner_database: Database
) -> None:
    room_id = await bookable_room(database, await make_cast(database))
    await browser.sign_in(await rich(database), database)
    way = await kept(browser, room_id, await (await browser.get(f"/rooms/{room_id}/book")).text())
    async with owner_database.transaction() as tx:
        await tx.execute(
            sa.text("UPDATE reservations SET kept_until = kept_until - interval '5 minutes'")
        )
    look = await (await browser.get(way)).text()
    assert re.search('data-part="confirm"[^>]* disabled', look)
    assert f'href="/rooms/{room_id}/book"' in look
    answer = await browser.post(way, {"message": ""})
    assert answer.status == 409
    assert 'data-code="keep_lapsed"' in await answer.text()


async def test_a_room_without_reservations_offers_none(
    browser: Browser, database: Database
) -> None:
    cast, caller = await make_cast(database), await rich(database)
    room_id = await make_room(database, cast)
    await browser.sign_in(caller, database)
    assert "/book" not in await (await browser.get(f"/rooms/{room_id}")).text()
    page = await (await browser.get(f"/rooms/{room_id}/book")).text()
    assert "いま予約できる時間はありません" in page
    assert forms(page) == []
    start = {"start": "2026-01-31T10:00Z", "minutes": "30"}
    answer = await browser.post(f"/rooms/{room_id}/book", start)
    assert 'data-code="booking_closed"' in await answer.text()


async def test_a_cast_cannot_book_their_own_room(
    browser: Browser, database: Database, settings: Settings
) -> None:
    cast = await make_cast(database)
    room_id = await bookable_room(database, cast)
    await browser.sign_in(cast, database)
    assert "/book" not in await (await browser.get(f"/rooms/{room_id}")).text()
    free = (await starts(database, settings, room_id))[4]
    answer = await browser.post(
        f"/rooms/{room_id}/book", {"start": start_text(free), "minutes": "30"}
    )
    assert answer.status == 409
    assert 'href="/console"' in await answer.text()


async def test_a_visitor_signs_in_before_booking(browser: Browser, database: Database) -> None:
    room_id = await bookable_room(database, await make_cast(database))
    page = await (await browser.get(f"/rooms/{room_id}")).text()
    assert f'href="/rooms/{room_id}/book"' in page
    answer = await browser.get(f"/rooms/{room_id}/book")
    assert answer.headers["Location"] == f"/sign-in?next=/rooms/{room_id}/book"


async def test_the_week_is_told_in_the_zone_of_who_looks_and_says_which(
    browser: Browser, database: Database, settings: Settings, owner_database: Database
) -> None:
    cast, caller = await make_cast(database), await rich(database)
    room_id = await bookable_room(database, cast)
    found = await book(database, settings, room_id, caller)
    await browser.sign_in(caller, database)
    page = await (await browser.get(f"/rooms/{room_id}")).text()
    assert len(re.findall('class="day-row"', page)) == 7
    assert 'data-kind="taken"' in page
    assert 'data-kind="free"' in page
    async with owner_database.transaction() as tx:
        await tx.execute(sa.text("UPDATE users SET time_zone = 'America/New_York'"))
    page = await (await browser.get(f"/rooms/{room_id}")).text()
    assert "アメリカ東部時間" in page
    page = await (await browser.get(f"/reservations/{found.id}")).text()
    assert re.search("<small>E[SD]T</small>", page)


async def test_a_price_is_the_one_of_the_moment_at_which_the_time_was_kept(
    browser: Browser, database: Database, settings: Settings
) -> None:
    cast, caller = await make_cast(database), await rich(database)
    room_id = await bookable_room(database, cast)
    await browser.sign_in(caller, database)
    way = await kept(browser, room_id, await (await browser.get(f"/rooms/{room_id}/book")).text())
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE rooms SET rate = 150 WHERE id = :id"), {"id": room_id})
    assert "3,000" in await (await browser.get(way)).text()
    assert (await browser.post(way, {"message": ""})).status == 303
    async with database.transaction() as tx:
        assert await ledger.spendable(tx, caller.id) == 2000


async def test_an_account_that_is_not_confirmed_books_nothing(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    room_id = await bookable_room(database, await make_cast(database))
    browser = await open_browser()
    await browser.sign_in(await make_user(database, confirmed=False), database)
    free = start_text((await starts(database, settings, room_id))[4])
    answer = await browser.post(f"/rooms/{room_id}/book", {"start": free, "minutes": "30"})
    assert answer.status == 403
    assert "メールアドレスの確認" in await answer.text()


async def test_a_refusal_within_the_deed_leaves_the_time_kept(
    browser: Browser, database: Database, settings: Settings
) -> None:
    room_id = await bookable_room(database, await make_cast(database))
    caller = await rich(database)
    await browser.sign_in(caller, database)
    way = await kept(browser, room_id, await (await browser.get(f"/rooms/{room_id}/book")).text())
    async with database.transaction() as tx:
        await limits.set_limits(tx, caller.id, day_points=100, month_points=None)
    refused = await browser.post(way, {"message": "よろしくお願いします"})
    assert refused.status == 409
    assert "よろしくお願いします" in await refused.text()
    number = int(way.split("/")[2])
    async with database.transaction() as tx:
        row = await reservations.row_of(tx, number)
    assert row.state == "kept"


async def test_nobody_keeps_one_time_after_the_other(
    browser: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.pages.booking.booking.MOST_KEEPS", 1)
    room_id = await bookable_room(database, await make_cast(database))
    await browser.sign_in(await rich(database), database)
    page = await (await browser.get(f"/rooms/{room_id}/book")).text()
    await kept(browser, room_id, page)
    form = {"start": "2026-01-31T10:00Z", "minutes": "30"}
    assert (await browser.post(f"/rooms/{room_id}/book", form)).status == 429


async def test_a_member_chooses_the_zone_in_which_times_are_told(
    browser: Browser, database: Database
) -> None:
    room_id = await bookable_room(database, await make_cast(database))
    assert (await browser.get("/time-zone")).headers["Location"].startswith("/sign-in")
    await browser.sign_in(await rich(database), database)
    assert (
        f"/time-zone?next=/rooms/{room_id}" in await (await browser.get(f"/rooms/{room_id}")).text()
    )
    page = await (await browser.get(f"/time-zone?next=/rooms/{room_id}")).text()
    assert '<option value="Asia/Tokyo" selected>' in page
    form = {"zone": "Europe/Berlin", "next": f"/rooms/{room_id}"}
    assert (await browser.post("/time-zone", form)).headers["Location"] == f"/rooms/{room_id}"
    assert "中央ヨーロッパ時間" in await (await browser.get(f"/rooms/{room_id}")).text()
    for wrong in ("", "Mars/Olympus", "../etc/passwd", "Asia/Tokyo\n"):
        assert (await browser.post("/time-zone", form | {"zone": wrong})).status == 400


def test_in_the_night_in_which_clocks_go_back_each_start_says_which_it_is() -> None:
    zone = ZoneInfo("America/New_York")
    first = datetime(2026, 11, 1, 5, 0, tzinfo=UTC)
    slots = [Slot(first + timedelta(hours=hour), 60) for hour in range(3)]
    days = by_day(slots, zone)
    assert [start.label for day in days for start in day.starts] == [
        "01:00 EDT",
        "01:00 EST",
        "02:00",
    ]
    assert len({start.value for day in days for start in day.starts}) == 3


async def test_a_time_whose_booking_has_not_opened_does_not_look_like_one_to_book(
    browser: Browser, database: Database
) -> None:
    room_id = await bookable_room(database, await make_cast(database))
    page = await (await browser.get(f"/rooms/{room_id}")).text()
    soon, later = [
        re.findall(rf'<li data-kind="{kind}"><(\w+)', page) for kind in ("free", "later")
    ]
    assert set(soon) == {"a"}
    assert set(later) == {"span"}
    assert page.count("まだ予約できません") == len(later)
