"""A cast writes, previews, publishes and withdraws rooms; nobody else sees or touches them."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from people.accounts.accounts import User
from points import ledger
from rooms.ground.tables import rooms, talks
from rooms.lobby import own_rooms, presence, short_addresses
from rooms.offering import drafts
from rooms.offering.drafts import Draft
from tests.web.booking.scene import (
    bookable_room,
    make_cast,
    rich,
    starts,
)
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, Browser, give, make_room, make_user
from tests.world import World
from web.pages.booking.slots import start_text

FORM = {
    "title": "お茶の時間", "topic": "雑談", "text": "一行目\r\n<b>二行目</b>", "rate": "120",
    "allows_video": "1", "category": "1", "tags": "緑茶、団子", "by_standby": "1",
    "booking": "none",
}  # fmt: skip


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A site on which nobody looks at rooms first: that is told in test_looks."""
    return settings.model_copy(update={"rooms_looked_at": False})


@pytest.fixture
async def cast(browser: Browser, database: Database) -> User:
    """A cast, signed in."""
    user = await make_user(database, is_cast=True)
    await browser.sign_in(user, database)
    return user


async def row(database: Database, room_id: int) -> Any:
    async with database.transaction() as tx:
        return (await tx.execute(sa.select(rooms).where(rooms.c.id == room_id))).one_or_none()


async def written(browser: Browser, **changed: str) -> int:
    answer = await browser.post("/console/rooms", FORM | changed)
    assert answer.status == 303, await answer.text()
    return int(answer.headers["Location"].split("/")[3].split("?")[0])


async def test_a_new_room_is_the_casts_alone_until_it_is_published(
    browser: Browser, open_browser: Open, database: Database, cast: User
) -> None:
    room = await written(browser)
    caller, someone = await open_browser(), await open_browser()
    await caller.sign_in(await make_user(database), database)
    places = ["/", f"/rooms/{room}", f"/rooms/{room}/enter", f"/rooms/{room}/book"]
    for other in (caller, someone):
        assert FORM["title"] not in await (await other.get("/")).text()
        for place in places[1:]:
            assert (await other.get(place)).status in (303, 404), place
    entry = await caller.post(f"/rooms/{room}/entry", {"spend_cap": "", "video": "1"}, SCRIPT)
    assert (entry.status, (await entry.json())["code"]) == (404, "room_unknown")
    page = await browser.get(f"/rooms/{room}")
    assert page.status == 200
    assert "noindex" in await page.text()
    await browser.post(f"/console/rooms/{room}/publish", {})
    for other in (caller, someone):
        # Another process may show visitors what it has kept for a second.
        async with asyncio.timeout(30):
            while FORM["title"] not in await (await other.get("/")).text():
                await asyncio.sleep(0.1)
        assert (await other.get(f"/rooms/{room}")).status == 200


async def test_an_unpublished_room_is_no_place_to_wait_in(
    browser: Browser, database: Database, cast: User
) -> None:
    room = await written(browser)
    assert FORM["title"] not in await (await browser.get("/console")).text()
    async with database.transaction() as tx:
        with pytest.raises(UserError, match="room_unpublished"):
            await presence.open_standby(tx, cast.id, room)


async def test_the_preview_is_what_callers_see_and_can_not_be_pressed(
    browser: Browser, cast: User
) -> None:
    room = await written(browser)
    page = await (await browser.get(f"/console/rooms/{room}/preview")).text()
    assert "inert" in page
    assert 'data-state="open"' in page
    assert "<p>&lt;b&gt;二行目&lt;/b&gt;</p>" in page
    assert f"/rooms/{room}/enter" in page


@pytest.mark.parametrize(
    "wrong",
    [{"title": ""}, {"title": "あ" * 41}, {"topic": ""}, {"topic": "あ" * 21}, {"text": " "},
     {"title": "\ufe0f"}, {"title": "お茶\u202eの時間"}, {"topic": "\u034f"},
     {"category": ""}, {"category": "99999"}, {"tags": "一、二、三、四、五、六"},
     {"by_standby": "0"}, {"tags": "あ" * 21}, {"booking": "always"}, {"text": "あ" * 2001},
     {"rate": "5"}, {"rate": "1010"}, {"rate": "15"}, {"rate": "-10"},
     {"rate": "１００"}, {"rate": "1e2"}, {"rate": ""}, {"rate": "9" * 30}],
)  # fmt: skip
async def test_what_is_wrong_is_said_beside_its_field(
    browser: Browser, database: Database, cast: User, wrong: dict[str, str]
) -> None:
    answer = await browser.post("/console/rooms", FORM | wrong)
    page = await answer.text()
    assert answer.status == 422
    assert 'aria-invalid="true"' in page
    if "text" not in wrong:
        assert "一行目\n&lt;b&gt;二行目" in page
    room = await written(browser)
    assert (await browser.post(f"/console/rooms/{room}", FORM | wrong)).status == 422
    assert (await row(database, room)).rate == 120


async def test_there_are_five_rooms_at_most(
    browser: Browser, database: Database, cast: User
) -> None:
    for number in range(5):
        form = FORM | {"title": f"部屋{number}"}
        assert (await browser.post("/console/rooms", form)).status == 303
    answer = await browser.post("/console/rooms", FORM, SCRIPT)
    assert (answer.status, (await answer.json())["code"]) == (409, "rooms_too_many")


async def test_to_another_cast_a_room_is_not_there(
    browser: Browser, open_browser: Open, database: Database, cast: User
) -> None:
    room = await written(browser)
    other = await open_browser()
    await other.sign_in(await make_user(database, is_cast=True), database)
    before = await row(database, room)
    for place in ("", "/preview"):
        assert (await other.get(f"/console/rooms/{room}{place}")).status == 404
    for act in ("", "/publish", "/unpublish", "/delete"):
        assert (await other.post(f"/console/rooms/{room}{act}", FORM)).status == 404
    assert await row(database, room) == before


async def test_the_editor_is_for_casts(browser: Browser, database: Database) -> None:
    await browser.sign_in(await make_user(database), database)
    for place in ("/console/rooms", "/console/rooms/new", "/console/profile"):
        assert (await browser.get(place)).status == 403
    assert (await browser.post("/console/rooms", FORM)).status == 403


async def test_a_room_in_which_the_cast_waits_or_talks_stays_published(
    database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings)
    async with database.transaction() as tx:
        with pytest.raises(UserError, match="room_open"):
            await own_rooms.unpublish(tx, world.room, world.cast)
    await world.enter()
    for verb in (own_rooms.unpublish, own_rooms.delete):
        async with database.transaction() as tx:
            with pytest.raises(UserError, match="room_in_talk"):
                await verb(tx, world.room, world.cast)
    assert (await row(database, world.room)).published


async def test_a_running_talk_keeps_its_rate(database: Database, settings: Settings) -> None:
    world = await World.of(database, settings, rate=100)
    await world.enter()
    await world.beat()
    async with database.transaction() as tx:
        draft = Draft("あたらしい題", "雑談", "…", 1000, True)
        await drafts.change(tx, settings, world.room, world.cast, draft)
    await world.talk_for(125)
    await world.tick()
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(talks.c.rate)) == 100
    assert await world.points() == 800


async def test_nobody_enters_at_another_price_than_they_were_shown(
    browser: Browser, database: Database, settings: Settings
) -> None:
    caller, cast = await make_user(database), await make_user(database, is_cast=True)
    room = await make_room(database, cast, rate=100)
    await give(database, caller, 20_000)
    await browser.sign_in(caller, database)
    assert 'name="rate" value="100"' in await (await browser.get(f"/rooms/{room}/enter")).text()
    async with database.transaction() as tx:
        await drafts.change(tx, settings, room, cast.id, Draft("題", "雑談", "…", 900, True))
    form = {"spend_cap": "", "video": "1"}
    answer = await browser.post(f"/rooms/{room}/entry", form | {"rate": "100"}, SCRIPT)
    assert (answer.status, (await answer.json())["code"]) == (409, "rate_changed")
    answer = await browser.post(f"/rooms/{room}/entry", form | {"rate": "900"}, SCRIPT)
    assert answer.status == 200


async def test_nothing_is_held_at_another_price_than_the_caller_was_shown(
    browser: Browser, database: Database, settings: Settings
) -> None:
    cast, caller = await make_cast(database), await rich(database)
    room = await bookable_room(database, cast, "request", rate=100)
    await browser.sign_in(caller, database)
    ask = f"/rooms/{room}/request"
    assert 'name="rate" value="100"' in await (await browser.get(f"{ask}?minutes=30")).text()
    first = start_text((await starts(database, settings, room))[0])
    form = {"minutes": "30", "first": first, "second": "", "third": "", "message": ""}
    async with database.transaction() as tx:
        await drafts.change(tx, settings, room, cast.id, Draft("題", "雑談", "…", 150, True))
    refused = await browser.post(ask, form | {"rate": "100"})
    assert refused.status == 409
    assert "150" in await refused.text()
    async with database.transaction() as tx:
        assert await ledger.spendable(tx, caller.id) == 5000
    assert (await browser.post(ask, form | {"rate": "150"})).status == 303


async def test_only_a_room_that_was_never_used_is_deleted(
    browser: Browser, database: Database, settings: Settings, cast: User
) -> None:
    room = await written(browser)
    answer = await browser.post(f"/console/rooms/{room}/delete", {})
    assert answer.headers["Location"] == "/console/rooms?done=deleted"
    assert await row(database, room) is None
    world = await World.of(database, settings)
    await world.enter()
    await world.wait(timedelta(hours=1).total_seconds())
    await world.tick()
    async with database.transaction() as tx:
        with pytest.raises(UserError, match="room_used"):
            await own_rooms.delete(tx, world.room, world.cast)
    async with database.transaction() as tx:
        await own_rooms.unpublish(tx, world.room, world.cast)
    assert not (await row(database, world.room)).published


async def test_a_booked_room_stays_published(database: Database, settings: Settings) -> None:
    world = await World.of(database, settings)
    async with database.transaction() as tx:
        await presence.close_standby(tx, world.cast)
        await tx.execute(_BOOKED, {"room": world.room, "cast": world.cast, "caller": world.caller})
    for verb in (own_rooms.unpublish, own_rooms.delete):
        async with database.transaction() as tx:
            with pytest.raises(UserError, match="room_booked"):
                await verb(tx, world.room, world.cast)


_BOOKED = sa.text("""
INSERT INTO reservations (room_id, cast_id, caller_id, starts_at, ends_at, minutes, rate, share,
  points, cancel_until, kept_until)
SELECT :room, :cast, :caller, at, at + interval '10 minutes', 10, 100, 80, 1000,
  at - interval '1 hour', now() + interval '5 minutes'
FROM (SELECT date_trunc('hour', now()) + interval '3 hours' AS at) s
""")


async def test_a_link_to_a_room_previews_in_messengers(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(public_url="https://talk.example")
    room = await make_room(database, await make_user(database, is_cast=True), waiting=False)
    async with database.transaction() as tx:
        code = await short_addresses.give(tx, room)
    page = await (await browser.get(f"/rooms/{room}")).text()
    url = f"https://talk.example/rooms/{room}"
    assert f'<link rel="canonical" href="{url}">' in page
    assert f'<meta property="og:url" content="{url}">' in page
    assert '<meta property="og:title" content="お茶の時間 – さくらさん">' in page
    assert f'<meta property="og:image" content="{url}/card-ja-' in page
    assert '<meta name="twitter:card" content="summary_large_image">' in page
    assert "1分100ポイント" in page
    assert f'data-share="https://talk.example/r/{code}"' in page


async def test_talks_go_through_the_site_where_the_room_says_so(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(media_secret=SecretStr("s" * 32))
    await browser.sign_in(await make_user(database, is_cast=True), database)
    room = await written(browser)
    box = 'name="relayed" value="1"'
    assert box in await (await browser.get("/console/rooms/new")).text()
    assert not (await row(database, room)).relayed
    await browser.post(f"/console/rooms/{room}", FORM | {"relayed": "1"})
    assert (await row(database, room)).relayed
    page = await (await browser.get(f"/console/rooms/{room}")).text()
    assert re.search(rf"<input type=.checkbox. {box}[^>]* checked", page)
    # Not ticked, it isn't sent.
    await browser.post(f"/console/rooms/{room}", FORM)
    assert not (await row(database, room)).relayed


async def test_without_media_processes_it_is_not_asked_and_not_forgotten(
    browser: Browser, database: Database, cast: User
) -> None:
    room = await written(browser, relayed="1")
    page = await (await browser.get(f"/console/rooms/{room}")).text()
    assert 'type="checkbox" name="relayed"' not in page
    assert '<input type="hidden" name="relayed" value="1">' in page
    assert 'name="relayed"' not in await (await browser.get("/console/rooms/new")).text()
