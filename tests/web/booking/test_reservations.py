"""One's reservations: the list, calling one off, and who sees and does what."""

import re
from datetime import timedelta

import pytest

from foundation.database import Database
from foundation.settings import Settings
from points import ledger
from rooms.booking import reservations
from tests.web.booking.scene import (
    book,
    bookable_room,
    count,
    forms,
    make_cast,
    move,
    rich,
    starts,
)
from tests.web.conftest import Open
from tests.web.scene import Browser, make_user
from web.pages.booking.slots import start_text


async def test_both_sides_see_a_reservation_each_with_its_own_figures(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    cast, caller = await make_cast(database), await rich(database)
    room_id = await bookable_room(database, cast)
    found = await book(database, settings, room_id, caller, message="本の話を")
    way = f"/reservations/{found.id}"
    mine, theirs = await open_browser(), await open_browser()
    await mine.sign_in(caller, database)
    await theirs.sign_in(cast, database)
    assert way in await (await mine.get("/reservations")).text()
    assert way not in await (await theirs.get("/reservations")).text()
    assert way in await (await theirs.get("/reservations?side=cast")).text()
    page = await (await mine.get(way)).text()
    assert "3,000" in page
    assert f"{way}/cancel" in page
    assert f"{way}/decline" not in page
    page = await (await theirs.get(way)).text()
    assert "2,400" in page
    assert "本の話を" in page
    assert f"{way}/decline" in page
    assert f"{way}/cancel" not in page


async def test_a_reservation_is_cancelled_after_a_question_and_stays_visible(
    browser: Browser, database: Database, settings: Settings
) -> None:
    cast, caller = await make_cast(database), await rich(database)
    room_id = await bookable_room(database, cast)
    found = await book(database, settings, room_id, caller)
    way = f"/reservations/{found.id}"
    await browser.sign_in(caller, database)
    before = await count(database)
    question = await (await browser.get(f"{way}/cancel")).text()
    assert forms(question) == [f"{way}/cancel"]
    assert "3,000" in question
    assert await count(database) == before
    answer = await browser.post(f"{way}/cancel", {})
    assert answer.headers["Location"] == f"{way}?done=cancelled"
    page = await (await browser.get(answer.headers["Location"])).text()
    assert "3,000 ptをお返ししました" in page
    assert 'data-reservation="cancelled"' in page
    assert way in await (await browser.get("/reservations")).text()
    again = await browser.post(f"{way}/cancel", {})
    assert again.status == 409
    assert 'href="/reservations"' in await again.text()
    async with database.transaction() as tx:
        assert await ledger.spendable(tx, caller.id) == 5000


async def test_after_the_limit_there_is_no_button_and_no_way(
    browser: Browser, database: Database, settings: Settings, owner_database: Database
) -> None:
    caller = await rich(database)
    room_id = await bookable_room(database, await make_cast(database))
    found = await book(database, settings, room_id, caller)
    await move(owner_database, found.id, 12 * 60 - 1)
    way = f"/reservations/{found.id}"
    await browser.sign_in(caller, database)
    page = await (await browser.get(way)).text()
    assert "は過ぎました" in page
    question = await (await browser.get(f"{way}/cancel")).text()
    assert forms(question) == [f"{way}/call-off"]
    assert "キャンセルの期限を過ぎています" in question
    answer = await browser.post(f"{way}/cancel", {})
    assert answer.status == 409
    assert "cancel_too_late" in await answer.text()
    answer = await browser.post(f"{way}/call-off", {})
    assert answer.headers["Location"] == f"{way}?done=called_off"
    page = await (await browser.get(f"{way}?done=called_off")).text()
    assert "取りやめました。キャストにお知らせしました。" in page
    assert "終了後にお返しします" in page
    assert (await browser.post(f"{way}/call-off", {})).status == 409


async def test_the_limit_is_told_before_one_books(
    browser: Browser, database: Database, settings: Settings
) -> None:
    room_id = await bookable_room(database, await make_cast(database))
    await browser.sign_in(await rich(database), database)
    free = await starts(database, settings, room_id)
    for start, told in ((free[0], "予約してから10分以内"), (free[-1], "までです。全額をすぐに")):
        form = {"start": start_text(start), "minutes": "30"}
        answer = await browser.post(f"/rooms/{room_id}/book", form)
        assert told in await (await browser.get(answer.headers["Location"])).text()


async def test_a_cast_declines_with_a_word(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    cast, caller = await make_cast(database), await rich(database)
    room_id = await bookable_room(database, cast)
    found = await book(database, settings, room_id, caller)
    way = f"/reservations/{found.id}"
    mine, theirs = await open_browser(), await open_browser()
    await mine.sign_in(caller, database)
    await theirs.sign_in(cast, database)
    assert forms(await (await theirs.get(f"{way}/decline")).text()) == [f"{way}/decline"]
    for words in ("", "   ", "あ" * 201):
        answer = await theirs.post(f"{way}/decline", {"words": words})
        assert answer.status == 422
        assert 'id="words-error"' in await answer.text()
    answer = await theirs.post(f"{way}/decline", {"words": "熱が出ました。<ごめんなさい>"})
    assert answer.headers["Location"] == f"{way}?done=declined"
    page = await (await mine.get(way)).text()
    assert "熱が出ました。&lt;ごめんなさい&gt;" in page
    assert "3,000 ptをお返ししました" in page
    assert (await theirs.get(f"{way}/decline")).headers["Location"] == way


ADDRESSES = ("", "/confirm", "/cancel", "/decline", "/claim", "/enter", ".ics")


@pytest.mark.parametrize("address", ADDRESSES)
async def test_other_peoples_reservations_are_not_there(
    browser: Browser, database: Database, settings: Settings, address: str
) -> None:
    room_id = await bookable_room(database, await make_cast(database))
    found = await book(database, settings, room_id, await rich(database))
    way = f"/reservations/{found.id}{address}"
    assert (await browser.get(way)).headers["Location"].startswith("/sign-in")
    await browser.sign_in(await make_user(database), database)
    assert (await browser.get(way)).status == 404


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/confirm", {"message": ""}),
        ("/let-go", {}),
        ("/cancel", {}),
        ("/decline", {"words": "x"}),
        ("/claim", {"kind": "no_media", "text": ""}),
        ("/entry", {"video": "1"}),
    ],
)
async def test_nobody_else_can_act_on_a_reservation(
    browser: Browser,
    database: Database,
    settings: Settings,
    address: str,
    form: dict[str, str],
) -> None:
    room_id = await bookable_room(database, await make_cast(database))
    found = await book(database, settings, room_id, await rich(database))
    await browser.sign_in(await make_user(database), database)
    before = await count(database)
    assert (await browser.post(f"/reservations/{found.id}{address}", form)).status == 404
    assert await count(database) == before


async def test_the_cast_cannot_act_as_the_caller_nor_the_caller_as_the_cast(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    cast, caller = await make_cast(database), await rich(database)
    room_id = await bookable_room(database, cast)
    found = await book(database, settings, room_id, caller)
    way = f"/reservations/{found.id}"
    mine, theirs = await open_browser(), await open_browser()
    await mine.sign_in(caller, database)
    await theirs.sign_in(cast, database)
    assert (await theirs.post(f"{way}/cancel", {})).status == 404
    assert (await theirs.get(f"{way}/cancel")).headers["Location"] == way
    assert (await theirs.post(f"{way}/entry", {"video": "1"})).status == 404
    assert (await theirs.get(f"{way}/enter")).status == 404
    assert (await mine.post(f"{way}/decline", {"words": "x"})).status == 404
    assert (await mine.get(f"{way}/decline")).headers["Location"] == way


async def test_looking_at_reservations_changes_nothing(
    browser: Browser, database: Database, settings: Settings
) -> None:
    caller = await rich(database)
    room_id = await bookable_room(database, await make_cast(database))
    found = await book(database, settings, room_id, caller)
    await browser.sign_in(caller, database)
    before = await count(database)
    way = f"/reservations/{found.id}"
    for path in ("/reservations", way, f"{way}/cancel", f"{way}/enter", f"{way}.ics"):
        assert (await browser.get(path)).status == 200
    for path in ("/confirm", "/decline", "/claim"):
        assert (await browser.get(way + path)).status in (303, 404)
    assert await count(database) == before


@pytest.mark.parametrize("page", ["0", "x", "99999"])
async def test_a_page_of_the_list_that_cannot_be_is_refused(
    browser: Browser, database: Database, page: str
) -> None:
    await browser.sign_in(await rich(database), database)
    assert (await browser.get(f"/reservations?page={page}")).status == 400


async def test_a_caller_sees_until_when_to_the_minute(
    browser: Browser, database: Database, settings: Settings
) -> None:
    caller = await rich(database)
    room_id = await bookable_room(database, await make_cast(database))
    found = await book(database, settings, room_id, caller)
    assert found.cancel_until == found.starts_at - timedelta(hours=12)
    await browser.sign_in(caller, database)
    page = await (await browser.get(f"/reservations/{found.id}")).text()
    assert re.search(
        r"[0-9]{4}年[0-9]+月[0-9]+日\(.\) [0-9]+:[0-9]{2} JST までキャンセルできます", page
    )


async def test_a_confirmed_reservation_is_confirmed_once(
    browser: Browser, database: Database, settings: Settings
) -> None:
    caller = await rich(database)
    room_id = await bookable_room(database, await make_cast(database))
    free = await starts(database, settings, room_id)
    async with database.transaction() as tx:
        kept = await reservations.keep(tx, settings, room_id, caller.id, free[0], 30)
    await browser.sign_in(caller, database)
    for _ in range(2):
        answer = await browser.post(f"/reservations/{kept.id}/confirm", {"message": ""})
        assert answer.status == 303
    async with database.transaction() as tx:
        assert await ledger.spendable(tx, caller.id) == 2000
