"""The cast's timetable page: hours, exceptions, the way of booking; nobody else changes them."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from rooms.booking import timetable
from tests.web.booking.scene import (
    book,
    bookable_room,
    count,
    make_cast,
    rich,
)
from tests.web.scene import Browser, make_room, make_user

HOURS = {"day0": "1", "day4": "1", "starts": "20:00", "ends": "22:30"}


async def cast_at_work(browser: Browser, database: Database) -> str:
    """Sign a cast with one room in; return where its timetable's forms go."""
    cast = await make_cast(database)
    room_id = await make_room(database, cast, waiting=False)
    await browser.sign_in(cast, database)
    return f"/console/timetable/{room_id}"


async def hours(database: Database) -> list[tuple[int, str, str]]:
    """Return all hours of all rooms."""
    async with database.transaction() as tx:
        room_id = await tx.scalar(sa.text("SELECT min(id) FROM rooms"))
        found = await timetable.hours_of(tx, room_id)
    return [(hour.weekday, f"{hour.starts:%H:%M}", f"{hour.ends:%H:%M}") for hour in found]


async def test_hours_are_added_for_several_days_and_taken_out_one_by_one(
    browser: Browser, database: Database
) -> None:
    way = await cast_at_work(browser, database)
    answer = await browser.post(f"{way}/hours", HOURS)
    assert answer.status == 303
    assert await hours(database) == [(0, "20:00", "22:30"), (4, "20:00", "22:30")]
    page = await (await browser.get("/console/timetable")).text()
    assert page.count("20:00–22:30") >= 2
    await browser.post(f"{way}/hours", {"day0": "1", "starts": "20:00", "ends": "01:00"})
    assert await hours(database) == [(0, "20:00", "01:00"), (4, "20:00", "22:30")]
    gone = {"weekday": "4", "starts": "20:00", "ends": "22:30"}
    for _ in range(2):
        assert (await browser.post(f"{way}/hours/remove", gone)).status == 303
    assert await hours(database) == [(0, "20:00", "01:00")]


@pytest.mark.parametrize("ends", ["00:00", "24:00"])
async def test_hours_reach_midnight_and_are_told_so(
    browser: Browser, database: Database, ends: str
) -> None:
    way = await cast_at_work(browser, database)
    answer = await browser.post(f"{way}/hours", {"day2": "1", "starts": "20:00", "ends": ends})
    assert answer.status == 303
    assert await hours(database) == [(2, "20:00", "00:00")]
    page = await (await browser.get("/console/timetable")).text()
    assert "20:00–24:00</span>" in page
    assert "翌日</small>" not in page
    gone = {"weekday": "2", "starts": "20:00", "ends": ends}
    assert (await browser.post(f"{way}/hours/remove", gone)).status == 303
    assert await hours(database) == []


async def test_from_midnight_to_midnight_is_a_whole_day(
    browser: Browser, database: Database
) -> None:
    way = await cast_at_work(browser, database)
    form = {"day5": "1", "starts": "00:00", "ends": "00:00"}
    assert (await browser.post(f"{way}/hours", form)).status == 303
    assert await hours(database) == [(5, "00:00", "12:00"), (5, "12:00", "00:00")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"day0": "0", "day4": "0"},
        {"starts": ""},
        {"ends": "25:00"},
        {"starts": "8時"},
        {"starts": "20:03"},
        {"ends": "20:00"},
    ],
)
async def test_hours_that_cannot_be_are_told_in_their_form(
    browser: Browser, database: Database, wrong: dict[str, str]
) -> None:
    way = await cast_at_work(browser, database)
    answer = await browser.post(f"{way}/hours", HOURS | wrong)
    page = await answer.text()
    assert answer.status == 422
    assert 'id="hours-error"' in page
    assert await hours(database) == []


async def test_a_day_off_and_an_extra_evening_stand_on_the_page_until_taken_back(
    browser: Browser, database: Database
) -> None:
    way = await cast_at_work(browser, database)
    day = datetime.now(UTC).date() + timedelta(days=3)
    assert (await browser.post(f"{way}/off", {"day": day.isoformat()})).status == 303
    extra = {"day": day.isoformat(), "starts": "21:00", "ends": "23:00"}
    assert (await browser.post(f"{way}/extra", extra)).status == 303
    page = await (await browser.get("/console/timetable")).text()
    assert "21:00–23:00" in page
    removals = re.findall(rf'action="({way}/changes/[0-9]+/remove)"', page)
    assert len(removals) == 2
    for removal in removals:
        assert (await browser.post(removal, {})).status == 303
    page = await (await browser.get("/console/timetable")).text()
    assert "/changes/" not in page


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ("off", {"day": ""}),
        ("off", {"day": "2026-02-30"}),
        ("off", {"day": "2020-01-01"}),
        ("off", {"day": "2999-01-01"}),
        ("extra", {"day": "x", "starts": "21:00", "ends": "22:00"}),
        ("extra", {"day": "TODAY", "starts": "", "ends": "22:00"}),
        ("extra", {"day": "TODAY", "starts": "21:00", "ends": "21:00"}),
        ("extra", {"day": "TODAY", "starts": "21:01", "ends": "22:00"}),
        ("booking", {"booking": "maybe", "shortest": "10", "longest": "60"}),
        ("booking", {"booking": "direct", "shortest": "60", "longest": "10"}),
        ("booking", {"booking": "direct", "shortest": "7", "longest": "60"}),
    ],
)
async def test_what_cannot_be_is_told_in_its_form(
    browser: Browser, database: Database, form: str, fields: dict[str, str]
) -> None:
    way = await cast_at_work(browser, database)
    before = await count(database)
    today = (datetime.now(UTC).date() + timedelta(days=1)).isoformat()
    sent = {name: value.replace("TODAY", today) for name, value in fields.items()}
    answer = await browser.post(f"{way}/{form}", sent)
    assert answer.status == 422
    assert f'id="{form}-error"' in await answer.text()
    assert await count(database) == before


@pytest.mark.parametrize("shortest", ["", "-5", "x", "500"])
async def test_a_length_that_is_no_number_is_refused(
    browser: Browser, database: Database, shortest: str
) -> None:
    way = await cast_at_work(browser, database)
    form = {"booking": "direct", "shortest": shortest, "longest": "60"}
    assert (await browser.post(f"{way}/booking", form)).status == 400


async def test_the_way_of_booking_is_chosen_and_the_room_follows(
    browser: Browser, database: Database
) -> None:
    way = await cast_at_work(browser, database)
    form = {"booking": "request", "shortest": "20", "longest": "90"}
    assert (await browser.post(f"{way}/booking", form)).status == 303
    page = await (await browser.get("/console/timetable")).text()
    assert 'value="request" checked' in page
    assert '<option value="90" selected>' in page
    await browser.sign_in(await rich(database), database)
    room = await (await browser.get(way.replace("/console/timetable", "/rooms"))).text()
    assert "/request" in room


async def test_the_page_shows_two_weeks_and_what_comes_in(
    browser: Browser, database: Database, settings: Settings
) -> None:
    cast = await make_cast(database)
    room_id = await bookable_room(database, cast)
    found = await book(database, settings, room_id, await rich(database))
    await browser.sign_in(cast, database)
    before = await count(database)
    page = await (await browser.get(f"/console/timetable?room={room_id}")).text()
    assert page.count('class="day-row"') == 14
    assert f"/reservations/{found.id}" in page
    assert 'data-kind="taken"' in page
    assert await count(database) == before


async def test_a_reservation_stands_when_its_hours_go(
    browser: Browser, database: Database, settings: Settings
) -> None:
    cast = await make_cast(database)
    room_id = await bookable_room(database, cast)
    found = await book(database, settings, room_id, await rich(database))
    await browser.sign_in(cast, database)
    for day in range(7):
        for starts, ends in (("00:00", "12:00"), ("12:00", "00:00")):
            gone = {"weekday": str(day), "starts": starts, "ends": ends}
            await browser.post(f"/console/timetable/{room_id}/hours/remove", gone)
    assert await hours(database) == []
    page = await (await browser.get("/console/timetable")).text()
    assert f"/reservations/{found.id}" in page
    assert 'data-kind="taken"' in page
    assert 'data-kind="free"' not in page


async def test_nobody_else_changes_a_timetable(browser: Browser, database: Database) -> None:
    room_id = await make_room(database, await make_cast(database), waiting=False)
    way = f"/console/timetable/{room_id}"
    posts = {
        f"{way}/hours": HOURS,
        f"{way}/hours/remove": {"weekday": "0", "starts": "20:00", "ends": "21:00"},
        f"{way}/off": {"day": (datetime.now(UTC).date() + timedelta(days=2)).isoformat()},
        f"{way}/booking": {"booking": "direct", "shortest": "10", "longest": "60"},
        f"{way}/changes/1/remove": {},
    }
    await browser.sign_in(await make_cast(database), database)
    before = await count(database)
    for path, form in posts.items():
        assert (await browser.post(path, form)).status == 404
    assert (await browser.get(f"/console/timetable?room={room_id}")).status == 404
    assert await count(database) == before


async def test_the_page_is_for_casts(browser: Browser, database: Database) -> None:
    assert (await browser.get("/console/timetable")).headers["Location"].startswith("/sign-in")
    await browser.sign_in(await make_user(database), database)
    assert (await browser.get("/console/timetable")).status == 403
    await browser.sign_in(await make_cast(database), database)
    assert "ルームがまだありません" in await (await browser.get("/console/timetable")).text()
