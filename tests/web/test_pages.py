"""Every page shows itself to everyone who may see it, and to nobody else."""

from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts import accounts
from people.meeting.blocks import block
from rooms.ground.tables import talks
from rooms.talk.past.history import leave
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, Browser, give, make_room, make_user
from tests.world import World

NOT_MINUTES = ["0", "-5", "5.5", "5e1", "1441", "9" * 40, "５", "abc", " 5", "0x5", "²"]


@pytest.mark.parametrize("path", ["/", "/?topic=雑談&page=1", "/guide", "/sign-in", "/sign-up"])
@pytest.mark.parametrize("language", ["ja", "en"])
async def test_a_visitor_sees_the_open_pages(
    browser: Browser, database: Database, path: str, language: str
) -> None:
    await make_room(database, await make_user(database, is_cast=True))
    answer = await browser.get(path, **{"Accept-Language": language})
    assert answer.status == 200, await answer.text()
    assert answer.content_type == "text/html"


@pytest.mark.parametrize("path", ["/", "/talks", "/points", "/guide", "/console"])
async def test_a_member_who_is_a_cast_sees_all_pages(
    browser: Browser, database: Database, path: str
) -> None:
    user = await make_user(database, is_cast=True)
    await make_room(database, user)
    await give(database, user, 1234)
    await browser.sign_in(user, database)
    answer = await browser.get(path)
    page = await answer.text()
    assert answer.status == 200, page
    assert "1,234" in page


@pytest.mark.parametrize("path", ["/talks", "/points", "/console", "/talks/1", "/rooms/1/enter"])
async def test_a_visitor_is_sent_to_sign_in(browser: Browser, path: str) -> None:
    assert (await browser.get(path)).headers["Location"] == f"/sign-in?next={path}"


async def test_the_console_is_for_casts(browser: Browser, database: Database) -> None:
    await browser.sign_in(await make_user(database), database)
    assert (await browser.get("/console")).status == 403


async def test_a_room_and_the_way_in_show_the_price(browser: Browser, database: Database) -> None:
    caller = await make_user(database)
    room = await make_room(database, await make_user(database, is_cast=True), rate=130)
    await give(database, caller, 2000)
    await browser.sign_in(caller, database)
    for path in (f"/rooms/{room}", f"/rooms/{room}/enter"):
        answer = await browser.get(path)
        assert answer.status == 200, await answer.text()
        assert "650" in await answer.text()


async def test_to_somebody_blocked_the_room_is_not_there(
    browser: Browser, database: Database
) -> None:
    caller, cast = await make_user(database), await make_user(database, is_cast=True)
    room = await make_room(database, cast)
    async with database.transaction() as tx:
        await block(tx, cast.id, caller.id)
    await browser.sign_in(caller, database)
    assert (await browser.get(f"/rooms/{room}")).status == 404
    assert (await browser.get(f"/rooms/{room}/enter")).status == 404
    entry = await browser.post(f"/rooms/{room}/entry", {"spend_cap": "", "video": "1"}, SCRIPT)
    assert (entry.status, (await entry.json())["code"]) == (404, "room_unknown")


async def _caller_at_a_room(
    browser: Browser, database: Database, points: int = 500, **room: Any
) -> int:
    caller = await make_user(database)
    await browser.sign_in(caller, database)
    if points:
        await give(database, caller, points)
    return await make_room(database, await make_user(database, is_cast=True), **room)


async def test_who_holds_five_minutes_enters_and_lands_in_the_talk(
    browser: Browser, database: Database
) -> None:
    room = await _caller_at_a_room(browser, database, 500)
    answer = await browser.post(f"/rooms/{room}/entry", {"spend_cap": "10", "video": "1"}, SCRIPT)
    body = await answer.json()
    assert answer.status == 200, body
    async with database.transaction() as tx:
        talk = (await tx.execute(sa.select(talks))).one()
    assert (body["talk_id"], talk.spend_cap_minutes, talk.with_video) == (talk.id, 10, True)
    page = await browser.get(f"/talks/{talk.id}")
    assert page.status == 200, await page.text()
    assert "talk-stage" in await page.text()


async def test_without_scripts_entry_leads_to_the_talk(
    browser: Browser, database: Database
) -> None:
    room = await _caller_at_a_room(browser, database)
    answer = await browser.post(f"/rooms/{room}/entry", {"spend_cap": "", "video": "0"})
    assert answer.status == 303
    assert answer.headers["Location"].startswith("/talks/")


async def test_a_point_short_is_told_with_what_is_missing_and_where_to_get_it(
    browser: Browser, database: Database
) -> None:
    room = await _caller_at_a_room(browser, database, 499)
    assert "あと1ポイント" in await (await browser.get(f"/rooms/{room}/enter")).text()
    answer = await browser.post(f"/rooms/{room}/entry", {"spend_cap": "", "video": "1"}, SCRIPT)
    body = await answer.json()
    assert (answer.status, body["code"]) == (409, "points_short")
    assert "あと1ポイント" in body["message"]
    assert body["help"]["url"] == f"/points/buy?next=%2Frooms%2F{room}&need=500"


async def test_whoever_talks_already_is_led_back_there(
    browser: Browser, database: Database
) -> None:
    room = await _caller_at_a_room(browser, database)
    form = {"spend_cap": "", "video": "1"}
    first = await (await browser.post(f"/rooms/{room}/entry", form, SCRIPT)).json()
    again = await browser.post(f"/rooms/{room}/entry", form, SCRIPT)
    body = await again.json()
    assert (again.status, body["code"]) == (409, "already_in_talk")
    assert body["talk_id"] == first["talk_id"]
    assert body["help"]["url"] == f"/talks/{first['talk_id']}"
    assert f"/talks/{first['talk_id']}" in await (await browser.get("/")).text()


async def test_a_cap_that_is_no_number_of_minutes_starts_no_talk(
    browser: Browser, database: Database
) -> None:
    room = await _caller_at_a_room(browser, database)
    for minutes in NOT_MINUTES:
        form = {"spend_cap": minutes, "video": "1"}
        answer = await browser.post(f"/rooms/{room}/entry", form, SCRIPT)
        assert answer.status == 400, minutes
        assert (await answer.json())["code"].startswith("number_")
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(talks)) == 0


async def test_a_demo_person_that_is_no_number_signs_in_nobody(browser: Browser) -> None:
    for user in ("", "-1", "1.0", "１", "abc", "9" * 30, "0", "1 OR 1=1"):
        answer = await browser.post("/demo/sign-in", {"user": user, "next": "/"}, SCRIPT)
        assert answer.status == 400, user
    assert browser.cookie("session") is None


async def test_a_visitor_who_enters_is_told_to_sign_in(
    browser: Browser, database: Database
) -> None:
    room = await make_room(database, await make_user(database, is_cast=True))
    answer = await browser.post(f"/rooms/{room}/entry", {"spend_cap": "", "video": "1"}, SCRIPT)
    assert (answer.status, (await answer.json())["code"]) == (401, "sign_in_needed")


async def test_an_unconfirmed_member_cannot_enter(browser: Browser, database: Database) -> None:
    caller = await make_user(database, confirmed=False)
    await give(database, caller, 500)
    await browser.sign_in(caller, database)
    room = await make_room(database, await make_user(database, is_cast=True))
    assert (await browser.get(f"/rooms/{room}/enter")).status == 200
    answer = await browser.post(f"/rooms/{room}/entry", {"spend_cap": "", "video": "1"}, SCRIPT)
    assert (answer.status, (await answer.json())["code"]) == (403, "not_confirmed")


async def test_a_talk_and_its_account_are_for_its_two_people_alone(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings)
    talk_id = await world.enter()
    await world.beat()
    people = {"caller": world.caller, "cast": world.cast, "other": (await make_user(database)).id}
    for ended in (False, True):
        for who, user_id in people.items():
            browser = await open_browser()
            await _sign_in_as(browser, database, user_id)
            answer = await browser.get(f"/talks/{talk_id}")
            page = await answer.text()
            assert answer.status == (404 if who == "other" else 200), page
            assert ("talk-stage" in page) is (who != "other" and not ended)
            # It never connected: once it is over, it stands apart.
            history = await browser.get("/talks?show=failed" if ended else "/talks")
            assert (f'"/talks/{talk_id}"' in await history.text()) is (who != "other")
        await _end(world)


async def _sign_in_as(browser: Browser, database: Database, user_id: int) -> None:
    async with database.transaction() as tx:
        user = await accounts.find_user(tx, user_id)
    assert user
    await browser.sign_in(user, database)


async def _end(world: World) -> None:
    async with world.database.transaction() as tx:
        await leave(tx, world.settings, world.talk, world.caller)


async def test_the_language_is_the_members_then_the_cookies_then_the_browsers(
    english: None, browser: Browser, database: Database
) -> None:
    asking = {"Accept-Language": "en"}
    assert '<html lang="en"' in await (await browser.get("/", **asking)).text()
    answer = await browser.post("/language", {"locale": "ja", "next": "/guide"})
    assert answer.headers["Location"] == "/guide"
    assert '<html lang="ja"' in await (await browser.get("/", **asking)).text()
    await browser.sign_in(await make_user(database, locale="en"), database)
    assert '<html lang="en"' in await (await browser.get("/")).text()
    await browser.post("/language", {"locale": "ja", "next": "//evil.example"})
    assert '<html lang="ja"' in await (await browser.get("/")).text()
    assert (await browser.post("/language", {"locale": "xx"})).status == 400
