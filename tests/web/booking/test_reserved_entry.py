"""When a reservation is due: the banner, the way in, and what becomes of those who miss it."""

import re

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from rooms.booking import no_shows
from rooms.lobby import presence
from rooms.talk.past import history
from tests.web.booking.scene import (
    book,
    bookable_room,
    make_cast,
    move,
    rich,
)
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, Browser, make_user


async def test_a_banner_on_every_page_counts_down_and_then_leads_into_the_talk(
    open_browser: Open, database: Database, settings: Settings, owner_database: Database
) -> None:
    cast, caller = await make_cast(database), await rich(database)
    room_id = await bookable_room(database, cast)
    found = await book(database, settings, room_id, caller)
    way = f"/reservations/{found.id}"
    mine, theirs = await open_browser(), await open_browser()
    await mine.sign_in(caller, database)
    await theirs.sign_in(cast, database)
    assert "data-due" not in await (await mine.get("/points")).text()
    await move(owner_database, found.id, 31)
    page = await (await mine.get("/points")).text()
    assert re.search(r'data-opens-in="1[0-9]{3}"', page)
    assert re.search(rf'href="{way}" data-part="soon">', page)
    assert re.search(rf'href="{way}/enter" data-part="now" hidden>', page)
    await move(owner_database, found.id, 4)
    for path in ("/points", "/", "/guide", "/nothing-here"):
        page = await (await mine.get(path)).text()
        assert re.search(rf'href="{way}/enter" data-part="now">', page)
    page = await (await theirs.get("/points")).text()
    assert re.search(rf'href="/console\?room={room_id}" data-part="now">', page)
    await move(owner_database, found.id, -31)
    assert "data-due" not in await (await mine.get("/points")).text()


async def test_while_a_reservation_is_due_the_room_leads_its_caller_in_and_is_reserved_to_others(
    open_browser: Open, database: Database, settings: Settings, owner_database: Database
) -> None:
    cast, caller = await make_cast(database), await rich(database)
    room_id = await bookable_room(database, cast)
    found = await book(database, settings, room_id, caller)
    mine, other = await open_browser(), await open_browser()
    await mine.sign_in(caller, database)
    await other.sign_in(await rich(database), database)
    enter = f"/reservations/{found.id}/enter"
    assert enter not in await (await mine.get(f"/rooms/{room_id}")).text()
    await move(owner_database, found.id, 3)
    assert enter in await (await mine.get(f"/rooms/{room_id}")).text()
    page = await (await other.get(f"/rooms/{room_id}")).text()
    assert 'data-state="reserved"' in page
    assert enter not in page
    async with database.transaction() as tx:
        await presence.open_standby(tx, cast.id, room_id)
    refused = await other.post(f"/rooms/{room_id}/entry", {"video": "1"})
    assert refused.status == 409
    assert "room_reserved" in await refused.text()
    led = await mine.post(f"/rooms/{room_id}/entry", {"video": "1"})
    assert f'href="{enter}"' in await led.text()


async def test_one_who_enters_waits_until_the_cast_is_there(
    browser: Browser, database: Database, settings: Settings, owner_database: Database
) -> None:
    cast, caller = await make_cast(database), await rich(database)
    room_id = await bookable_room(database, cast)
    found = await book(database, settings, room_id, caller)
    entry = f"/reservations/{found.id}/entry"
    await browser.sign_in(caller, database)
    early = await browser.post(entry, {"video": "1"}, SCRIPT)
    assert early.status == 409
    assert (await early.json())["code"] == "too_early"
    page = await (await browser.get(f"/reservations/{found.id}/enter")).text()
    assert re.search(r'data-wait="[1-9][0-9]+"', page)
    await move(owner_database, found.id, 3)
    page = await (await browser.get(f"/reservations/{found.id}/enter")).text()
    assert 'data-wait="0"' in page
    answer = await browser.post(entry, {"video": "1"}, SCRIPT)
    assert await answer.json() == {"awaited": "not_yet"}
    await move(owner_database, found.id, 0)
    answer = await browser.post(entry, {"video": "1"}, SCRIPT)
    assert await answer.json() == {"awaited": "cast_away"}
    plain = await browser.post(entry, {"video": "1"})
    assert plain.headers["Location"] == f"/reservations/{found.id}/enter"
    async with database.transaction() as tx:
        await presence.open_standby(tx, cast.id, room_id)
    answer = await browser.post(entry, {"video": "1"}, SCRIPT)
    talk = (await answer.json())["talk_id"]
    way = await browser.get(f"/reservations/{found.id}/enter")
    assert way.headers["Location"] == f"/talks/{talk}"
    stage = await (await browser.get(f"/talks/{talk}")).text()
    assert "data-when-reserved" in stage
    assert "go-on-button" in stage
    async with database.transaction() as tx:
        await history.leave(tx, settings, talk, caller.id)
    account = await (await browser.get(f"/talks/{talk}")).text()
    assert "予約でお支払い済み" in account
    assert f"/reservations/{found.id}" in account


@pytest.mark.parametrize("video", ["", "2", "yes"])
async def test_an_entry_that_no_page_sends_is_refused(
    browser: Browser, database: Database, settings: Settings, video: str
) -> None:
    caller = await rich(database)
    room_id = await bookable_room(database, await make_cast(database))
    found = await book(database, settings, room_id, caller)
    await browser.sign_in(caller, database)
    answer = await browser.post(f"/reservations/{found.id}/entry", {"video": video}, SCRIPT)
    assert answer.status == 400


async def missed(
    database: Database, settings: Settings, owner: Database, reservation_id: int
) -> None:
    """Let the time of a reservation pass without anybody, and be judged."""
    await move(owner, reservation_id, -31)
    async with database.transaction() as tx:
        while await no_shows.judge(tx, settings):
            pass


async def test_between_its_end_and_the_verdict_a_reservation_offers_nobody_a_way_in(
    open_browser: Open, database: Database, settings: Settings, owner_database: Database
) -> None:
    cast, caller = await make_cast(database), await rich(database)
    found = await book(database, settings, await bookable_room(database, cast), caller)
    await move(owner_database, found.id, -31)
    for user in (caller, cast):
        browser = await open_browser()
        await browser.sign_in(user, database)
        page = await (await browser.get(f"/reservations/{found.id}")).text()
        assert "予約の時間が終わりました。" in page
        assert f"/reservations/{found.id}/enter" not in page
        assert "/console?room=" not in page


async def test_points_for_a_cast_who_did_not_come_are_said_to_come_back(
    browser: Browser, database: Database, settings: Settings, owner_database: Database
) -> None:
    caller = await rich(database)
    room_id = await bookable_room(database, await make_cast(database))
    found = await book(database, settings, room_id, caller)
    await missed(database, settings, owner_database, found.id)
    await browser.sign_in(caller, database)
    page = await (await browser.get(f"/reservations/{found.id}")).text()
    assert 'data-reservation="cast_missed"' in page
    assert "に全額をお返しします" in page
    assert f"/reservations/{found.id}/claim" not in page


async def test_without_the_automatic_return_a_claim_is_made_from_the_reservation(
    open_browser: Open, database: Database, settings: Settings, owner_database: Database
) -> None:
    policy = settings.model_copy(update={"auto_return_no_show": False})
    browser = await open_browser(auto_return_no_show=False)
    caller = await rich(database)
    room_id = await bookable_room(database, await make_cast(database))
    found = await book(database, policy, room_id, caller)
    way = f"/reservations/{found.id}/claim"
    await browser.sign_in(caller, database)
    early = await browser.post(way, {"kind": "cast_absent", "text": ""})
    assert early.status == 409
    await missed(database, policy, owner_database, found.id)
    assert way in await (await browser.get(f"/reservations/{found.id}")).text()
    assert "3,000ポイントまで" in await (await browser.get(way)).text()
    for form, field in (
        ({"kind": "prize", "text": "x"}, "kind"),
        ({"text": "x"}, "kind"),
        ({"kind": "other", "text": ""}, "text"),
        ({"kind": "other", "text": "あ" * 501}, "text"),
    ):
        wrong = await browser.post(way, form)
        assert wrong.status == 422
        assert f'id="{field}-error"' in await wrong.text()
    answer = await browser.post(way, {"kind": "cast_absent", "text": "<30分待ちました>"})
    assert answer.headers["Location"] == f"/reservations/{found.id}"
    page = await (await browser.get(f"/reservations/{found.id}")).text()
    assert 'data-claim="open"' in page
    assert "&lt;30分待ちました&gt;" in page
    assert (await browser.get(way)).headers["Location"] == f"/reservations/{found.id}"

    staff = await make_user(database)
    async with database.transaction() as tx:
        await tx.execute(
            sa.text("UPDATE users SET staff_role = 'administrator' WHERE id = :id"),
            {"id": staff.id},
        )
    desk = await open_browser()
    await desk.sign_in(staff, database)
    queue = await (await desk.get("/staff/claims")).text()
    assert f"予約 {found.id}" in queue
    assert "キャストが来ませんでした" in queue
    assert "予約の時間のあいだ、通話はありませんでした" in queue


async def test_a_room_that_was_taken_off_the_list_still_lets_its_caller_in(
    browser: Browser, database: Database, settings: Settings, owner_database: Database
) -> None:
    caller = await rich(database)
    room_id = await bookable_room(database, await make_cast(database))
    found = await book(database, settings, room_id, caller)
    await move(owner_database, found.id, 2)
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE rooms SET published = false"))
    await browser.sign_in(caller, database)
    assert (await browser.get(f"/reservations/{found.id}/enter")).status == 200
