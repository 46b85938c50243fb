"""The pages of talk applications, and the way to them from a room in each of its states."""

import html
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from foundation.database import Database, clock
from people.accounts.accounts import User
from rooms.applying import views
from rooms.applying.views import ApplicationView
from tests.web.scene import SCRIPT, Browser, give, make_room, make_user

APPLY = {"minutes": "30", "words": "ねこの話", "rate": "100"}


@pytest.fixture
async def cast(database: Database) -> User:
    return await make_user(database, nickname="さくら", is_cast=True)


@pytest.fixture
async def room(database: Database, cast: User) -> int:
    """The cast's room, which is closed."""
    return await make_room(database, cast, waiting=False)


@pytest.fixture
async def caller(browser: Browser, database: Database) -> User:
    """A caller with points, signed in."""
    user = await make_user(database, nickname="けん")
    await give(database, user, 1000)
    await browser.sign_in(user, database)
    return user


async def change(database: Database, statement: str, **values: object) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.text(statement), values)


async def mine(database: Database, user: User) -> ApplicationView:
    async with database.transaction() as tx:
        found = await views.live_of_caller(tx, user.id)
    assert found is not None
    return found


async def page_of(browser: Browser, path: str, status: int = 200) -> str:
    answer = await browser.get(path)
    assert answer.status == status, (path, answer.status, answer.headers.get("Location"))
    return html.unescape(await answer.text())


def act_bar(page: str) -> str:
    """The bar at the thumb."""
    found = re.search(r'<div class="room-act".*?\n</div>', page, re.DOTALL)
    assert found
    return found[0]


async def test_the_form_says_what_it_costs_and_leads_to_the_application(
    browser: Browser, database: Database, caller: User, room: int
) -> None:
    page = await page_of(browser, f"/rooms/{room}/apply")
    assert "1分¥100（100 pt）" in page
    assert page.count("<option") == 12
    answer = await browser.post(f"/rooms/{room}/apply", APPLY)
    one = await mine(database, caller)
    assert answer.headers["Location"] == f"/applications/{one.id}?done=applied"
    page = await page_of(browser, f"/applications/{one.id}")
    assert "お返事を待っています" in page
    assert "ねこの話" in page
    # The form once more leads to what is there.
    assert (await browser.get(f"/rooms/{room}/apply")).headers["Location"].endswith(f"/{one.id}")
    assert (await browser.post(f"/rooms/{room}/apply", APPLY)).status == 303


async def test_a_second_room_is_asked_about_and_then_done(
    browser: Browser, database: Database, caller: User, room: int
) -> None:
    await browser.post(f"/rooms/{room}/apply", APPLY)
    first = await mine(database, caller)
    other = await make_room(database, await make_user(database, is_cast=True), waiting=False)
    answer = await browser.post(f"/rooms/{other}/apply", APPLY)
    page = html.unescape(await answer.text())
    assert answer.status == 409
    assert "切り替えると、そちらの申し込みは取り消されます" in page
    assert f'name="replaces" value="{first.id}"' in page
    assert "ねこの話" in page
    await browser.post(f"/rooms/{other}/apply", APPLY | {"replaces": str(first.id)})
    assert (await mine(database, caller)).room_id == other
    assert "取り消されています" in await page_of(browser, f"/applications/{first.id}")


async def test_who_lacks_points_is_led_to_the_pack_that_suffices_and_back(
    browser: Browser, database: Database, room: int
) -> None:
    poor = await make_user(database, nickname="けん")
    await browser.sign_in(poor, database)
    answer = await browser.post(f"/rooms/{room}/apply", APPLY)
    page = html.unescape(await answer.text())
    assert answer.status == 409
    way = re.search(r'href="(/points/buy\?[^"]+)"', page)
    assert way
    shop = await page_of(browser, way[1])
    assert shop.count("これで足ります") == 1
    assert f'href="/rooms/{room}/apply"' in shop
    # From the room's page, for an open room, the same: with the way in as the way back.
    await change(
        database, "INSERT INTO standbys (cast_id, room_id) SELECT cast_id, id FROM rooms"
        " WHERE id = :id", id=room,
    )  # fmt: skip
    bar = act_bar(await page_of(browser, f"/rooms/{room}"))
    way = re.search(r'href="(/points/buy\?[^"]+)"', bar)
    assert way
    assert f'href="/rooms/{room}/enter"' in await page_of(browser, way[1])


@pytest.mark.parametrize(
    ("state", "act"),
    [
        ("closed", "トークを申し込む"),
        ("open", "入室する"),
        ("busy", "順番を待つ"),
        ("booked", "予約をリクエストする"),
        ("nothing", "オンラインの知らせを受け取る"),
    ],
)
async def test_the_bar_of_a_room_has_the_one_act_that_fits_its_state(
    browser: Browser, database: Database, caller: User, room: int, state: str, act: str
) -> None:
    if state in ("booked", "nothing"):
        booking = "request" if state == "booked" else "none"
        await change(
            database,
            "UPDATE rooms SET by_application = false, booking = :booking WHERE id = :id",
            id=room,
            booking=booking,
        )
    bar = act_bar(await page_of(browser, f"/rooms/{room}"))
    shown = "closed" if state in ("booked", "nothing") else state
    part = re.search(rf'data-for="{shown}".*?</div>', bar, re.DOTALL)
    assert part
    assert act in part[0]
    assert "¥100" in bar
    assert "5分で¥500" in bar


async def test_taking_leads_to_the_console_which_rings_by_itself(
    browser: Browser, database: Database, caller: User, cast: User, room: int
) -> None:
    await browser.post(f"/rooms/{room}/apply", APPLY)
    one = await mine(database, caller)
    await browser.sign_in(cast, database)
    page = await page_of(browser, "/console/applications")
    assert "けんさん" in page
    assert "ねこの話" in page
    assert "はじめての方" in page
    taken = await browser.post(f"/console/applications/{one.id}/accept", {})
    assert taken.headers["Location"] == f"/console?room={room}"
    assert f'data-part="taken" data-afresh="taken" data-id="{one.id}"' in await page_of(
        browser, taken.headers["Location"]
    )
    rung = await browser.post(f"/console/applications/{one.id}/ring", {}, SCRIPT)
    assert await rung.json() == {"seconds": 90}
    await browser.sign_in(caller, database)
    assert "data-left-seconds" in act_bar(await page_of(browser, f"/rooms/{room}"))
    enter = await page_of(browser, f"/rooms/{room}/enter")
    assert 'data-refused="0"' in enter
    # Somebody else sees a busy room, and can't get in by the form either.
    stranger = await make_user(database, nickname="みお")
    await give(database, stranger, 1000)
    await browser.sign_in(stranger, database)
    assert 'data-state="busy"' in await page_of(browser, f"/rooms/{room}")
    form = {"rate": "100", "video": "0", "spend_cap": ""}
    answer = await browser.post(f"/rooms/{room}/entry", form, SCRIPT)
    assert (await answer.json())["code"] == "room_rung"
    await browser.sign_in(caller, database)
    entered = await browser.post(f"/rooms/{room}/entry", form, SCRIPT)
    assert (await entered.json())["talk_id"]


async def test_declined_and_asked_once_more(
    browser: Browser, database: Database, caller: User, cast: User, room: int
) -> None:
    await browser.post(f"/rooms/{room}/apply", APPLY)
    one = await mine(database, caller)
    await browser.sign_in(cast, database)
    way = f"/console/applications/{one.id}"
    long = await browser.post(f"{way}/decline", {"words": "あ" * 201})
    assert long.status == 422
    assert "あ" * 201 in await long.text()
    await browser.post(f"{way}/decline", {"words": "また今度"})
    page = await page_of(browser, "/console/applications")
    assert f'action="{way}/ask-again"' in page
    await browser.post(f"{way}/ask-again", {})
    assert "再依頼しました" in await page_of(browser, "/console/applications")
    await browser.sign_in(caller, database)
    page = await page_of(browser, f"/applications/{one.id}")
    assert "いまなら話せるそうです" in page
    assert "また今度" in page
    await browser.post(f"/applications/{one.id}/again", {"rate": "100"})
    again = await mine(database, caller)
    assert (again.words, again.minutes) == ("ねこの話", 30)


async def test_a_price_that_changed_is_said_before_one_applies_again(
    browser: Browser, database: Database, caller: User, room: int
) -> None:
    await browser.post(f"/rooms/{room}/apply", APPLY)
    one = await mine(database, caller)
    await browser.post(f"/applications/{one.id}/withdraw", {})
    await change(database, "UPDATE rooms SET rate = 120 WHERE id = :id", id=room)
    assert "1分¥120に変わっています（前は¥100）" in await page_of(
        browser, f"/applications/{one.id}"
    )
    answer = await browser.post(f"/applications/{one.id}/again", {"rate": "100"})
    assert answer.status == 409
    assert "120ポイントに変わりました" in await answer.text()


async def test_whoever_is_rung_reads_that_the_price_changed(
    browser: Browser, database: Database, caller: User, room: int
) -> None:
    await browser.post(f"/rooms/{room}/apply", APPLY)
    assert "に変わっています" not in await page_of(browser, f"/rooms/{room}/enter")
    await change(database, "UPDATE rooms SET rate = 120 WHERE id = :id", id=room)
    page = await page_of(browser, f"/rooms/{room}/enter")
    assert "1分¥120に変わっています（前は¥100）" in page


async def test_one_that_is_over_is_withdrawn_by_nobody(
    browser: Browser, database: Database, caller: User, room: int
) -> None:
    await browser.post(f"/rooms/{room}/apply", APPLY)
    one = await mine(database, caller)
    for _ in range(2):
        answer = await browser.post(f"/applications/{one.id}/withdraw", {})
        assert answer.status == 303
    assert "取り消されています" in await page_of(browser, f"/applications/{one.id}")


async def test_a_wait_is_told_in_the_readers_time(
    browser: Browser, database: Database, caller: User, room: int
) -> None:
    await change(database, "UPDATE users SET time_zone = 'Asia/Tokyo' WHERE id = :id", id=caller.id)
    await browser.post(f"/rooms/{room}/apply", APPLY)
    async with database.transaction() as tx:
        until = await clock(tx) + timedelta(minutes=30, hours=9)
    page = await page_of(browser, f"/applications/{(await mine(database, caller)).id}")
    near = [f"{until - timedelta(minutes=back):%-H:%M}" for back in range(3)]
    assert any(f"{one} まで待ちます" in page for one in near)


async def test_both_lists_say_what_to_do_where_there_is_nothing(
    browser: Browser, database: Database, cast: User
) -> None:
    await browser.sign_in(cast, database)
    page = await page_of(browser, "/console/applications")
    assert "お返事を待っている申し込みはありません" in page
    assert "まだありません" in page
    assert (await browser.get("/console/applications?page=0")).status in (400, 404)
