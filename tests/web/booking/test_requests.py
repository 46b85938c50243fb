"""Requests for a reservation: up to three wished times, one answer, and every wrong wish."""

import re

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from points import ledger
from tests.web.booking.scene import (
    asked,
    bookable_room,
    count,
    forms,
    make_cast,
    rich,
    starts,
)
from tests.web.conftest import Open
from tests.web.scene import Browser
from web.pages.booking.slots import start_text


async def test_one_who_asked_sees_the_answer_and_the_cast_gives_it(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    cast, caller = await make_cast(database), await rich(database)
    room_id = await bookable_room(database, cast, "request")
    mine, theirs = await open_browser(), await open_browser()
    await mine.sign_in(caller, database)
    await theirs.sign_in(cast, database)
    ask = f"/rooms/{room_id}/request"
    assert (await mine.get(f"/rooms/{room_id}/book")).headers["Location"] == ask
    page = await (await mine.get(f"{ask}?minutes=30")).text()
    assert "3,000" in page
    values = re.findall('<option value="(2[^"]+)"', page)
    form = {
        "minutes": "30",
        "first": values[0],
        "second": values[4],
        "third": "",
        "message": "<あ>",
    }
    answer = await mine.post(ask, form)
    way = answer.headers["Location"].partition("?")[0]
    assert way.startswith("/requests/")
    assert way in await (await mine.get("/reservations")).text()
    async with database.transaction() as tx:
        assert await ledger.spendable(tx, caller.id) == 2000

    assert way in await (await theirs.get("/console/timetable")).text()
    page = await (await theirs.get(way)).text()
    assert "&lt;あ&gt;" in page
    assert forms(page) == [f"{way}/accept", f"{way}/accept", f"{way}/refuse"]
    for place in ("", "0", "4", "x", "3"):
        assert (await theirs.post(f"{way}/accept", {"place": place})).status in (400, 409)
    taken = await theirs.post(f"{way}/accept", {"place": "2"})
    assert taken.headers["Location"].startswith("/reservations/")
    page = await (await mine.get(way)).text()
    assert taken.headers["Location"].partition("?")[0] in page
    assert (await theirs.post(f"{way}/accept", {"place": "1"})).status == 409


async def test_a_request_is_refused_with_words_or_withdrawn(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    cast, caller = await make_cast(database), await rich(database)
    room_id = await bookable_room(database, cast, "request")
    mine, theirs = await open_browser(), await open_browser()
    await mine.sign_in(caller, database)
    await theirs.sign_in(cast, database)
    way = f"/requests/{(await asked(database, settings, room_id, caller)).id}"
    wrong = await theirs.post(f"{way}/refuse", {"words": " "})
    assert wrong.status == 422
    assert 'id="words-error"' in await wrong.text()
    await theirs.post(f"{way}/refuse", {"words": "今週は忙しくて"})
    page = await (await mine.get(way)).text()
    assert "今週は忙しくて" in page
    assert 'data-reservation="refused"' in page
    way = f"/requests/{(await asked(database, settings, room_id, caller)).id}"
    answer = await mine.post(f"{way}/withdraw", {})
    assert "3,000 ptをお返ししました" in await (await mine.get(answer.headers["Location"])).text()
    async with database.transaction() as tx:
        assert await ledger.spendable(tx, caller.id) == 5000
    assert (await mine.post(f"{way}/withdraw", {})).status == 409


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"first": ""}, "first"),
        ({"first": "soon"}, "first"),
        ({"first": "2026-01-31T10:00Z"}, "first"),
        ({"second": "FREE"}, "first"),
        ({"message": "あ" * 151}, "message"),
    ],
)
async def test_a_wrong_wish_is_told_at_its_field(
    browser: Browser,
    database: Database,
    settings: Settings,
    wrong: dict[str, str],
    field: str,
) -> None:
    room_id = await bookable_room(database, await make_cast(database), "request")
    await browser.sign_in(await rich(database), database)
    free = start_text((await starts(database, settings, room_id))[0])
    form = {"minutes": "30", "first": free, "second": "", "third": "", "message": ""} | wrong
    sent = {name: value.replace("FREE", free) for name, value in form.items()}
    answer = await browser.post(f"/rooms/{room_id}/request", sent)
    assert answer.status in (400, 409)
    assert f'id="{field}-error"' in await answer.text()
    async with database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT count(*) FROM reservation_requests")) == 0


async def test_a_request_beyond_ones_points_says_how_many_are_missing(
    browser: Browser, database: Database, settings: Settings
) -> None:
    room_id = await bookable_room(database, await make_cast(database), "request")
    await browser.sign_in(await rich(database, 700), database)
    page = await (await browser.get(f"/rooms/{room_id}/request?minutes=10")).text()
    assert "あと300 pt必要です" in page
    free = start_text((await starts(database, settings, room_id))[0])
    form = {"minutes": "10", "first": free, "message": ""}
    answer = await browser.post(f"/rooms/{room_id}/request", form)
    assert answer.status == 409
    assert 'data-code="points_short"' in await answer.text()


async def test_other_peoples_requests_are_not_there(
    browser: Browser, database: Database, settings: Settings
) -> None:
    room_id = await bookable_room(database, await make_cast(database), "request")
    found = await asked(database, settings, room_id, await rich(database))
    await browser.sign_in(await rich(database), database)
    before = await count(database)
    assert (await browser.get(f"/requests/{found.id}")).status == 404
    for act, form in (("accept", {"place": "1"}), ("refuse", {"words": "x"}), ("withdraw", {})):
        assert (await browser.post(f"/requests/{found.id}/{act}", form)).status == 404
    assert await count(database) == before
