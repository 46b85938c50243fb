"""A cast's day: live figures at home, notes in the talk, and a pause that leads back by itself."""

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from foundation.database import Database
from tests.browser.conftest import StartSite, one_talk
from tests.browser.person import PHONE, SECONDS, Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CALLER, CAST, ROOM = "健太", "はるか", 1
NOTE = "猫のミケ。次は旅の話。"
# Long enough to be looked at, also on a busy machine.
PAUSE = {"HITOTOKI_PAUSE_SECONDS": "20"}


async def do(database: Database, query: str, **values: object) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.text(query), values)


async def count(database: Database, query: str) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(sa.text(query)) or 0)


@one_talk
async def test_a_talk_its_note_its_pause_and_the_standby_again(
    browser: Browser, start_site: StartSite, database: Database
) -> None:
    site = await start_site(**PAUSE)
    cast = await Person.arrive(browser, site.url, CAST)
    caller = await Person.arrive(browser, site.url, CALLER, PHONE)
    await cast.page.goto(f"{site.url}/console")
    steps = cast.page.locator(".home-steps")
    # What the browser alone can know is ticked by it.
    await expect(steps.locator('[data-step="check"]')).to_have_attribute("data-done", "1")
    await expect(steps.locator('[data-step="standby"]')).to_have_attribute("data-done", "0")
    title = await cast.page.locator("input[name=room]").first.get_attribute("data-title")
    await cast.stand_by(title or "")

    await caller.enter(ROOM)
    for person, name in ((cast, CALLER), (caller, CAST)):
        await person.see("talking", 60)
        await expect(person.page.locator("[data-part=who-name]")).to_have_text(name)
        await expect(person.page.locator("[data-part=who-name]")).to_be_visible()
    await expect(cast.page.locator("[data-part=who-known]")).to_have_text("はじめての通話です")
    await cast.page.locator("[data-part=note-open]").click()
    await cast.page.get_by_label("自分用のメモ").fill(NOTE)
    await expect(cast.page.locator("[data-part=note-said]")).to_have_text("保存しました")
    await expect(cast.page.locator(".char-count")).to_have_text(f"{len(NOTE)} / 1,000")
    await cast.page.locator("[data-part=note-close]").click()
    await expect(cast.page.locator("[data-meter-earned]")).not_to_have_attribute(
        "data-value", "0", timeout=60 * SECONDS
    )
    await caller.hang_up()
    await cast.see_account(60)
    await expect(cast.page.get_by_label("自分用のメモ")).to_have_value(NOTE)
    await expect(cast.page.locator("[data-part=pause-left]")).to_contain_text("のこり")

    await caller.page.goto(f"{site.url}/rooms/{ROOM}")
    await expect(caller.page.locator("[data-badge]").first).to_contain_text("休憩中・のこり")
    await caller.page.get_by_role("button", name="順番を待つ").click()
    await expect(caller.page.locator("[data-part=waiting-place]")).to_contain_text("1番目")
    # The page leads home by itself, and the stand-by goes on there.
    await cast.page.wait_for_url("**/console", timeout=90 * SECONDS)
    await cast.page.locator("[data-part=console][data-view=on]").wait_for(timeout=90 * SECONDS)
    await expect(cast.page.locator("[data-home=waiting]")).to_have_text("1人")
    await expect(cast.page.locator("[data-home=earned]")).not_to_have_text("0pt")
    await expect(caller.page.get_by_text("順番になりました").first).to_be_visible()
    assert await count(database, "SELECT count(*) FROM pauses") == 0
    assert not cast.problems + caller.problems


async def test_the_figures_change_when_something_happens(
    browser: Browser, start_site: StartSite, database: Database
) -> None:
    site = await start_site()
    cast = await Person.arrive(browser, site.url, CAST)
    caller = await Person.arrive(browser, site.url, CALLER, PHONE)
    title = await room_title(cast)
    await cast.stand_by(title)
    waiting = cast.page.locator("[data-home=waiting]")
    await expect(waiting).to_have_text("0人")
    # Somebody is led already, so the room is one to wait for.
    await do(
        database,
        "INSERT INTO waiting_turns (room_id, user_id)"
        " SELECT :room, id FROM users WHERE nickname = '正夫'",
        room=ROOM,
    )
    await caller.page.goto(f"{site.url}/rooms/{ROOM}")
    await caller.page.get_by_role("button", name="順番を待つ").click()
    await expect(waiting).to_have_text("2人")
    await caller.page.get_by_role("button", name="順番待ちをやめる").click()
    await expect(waiting).to_have_text("1人")
    assert not cast.problems


async def test_a_pause_without_devices_or_stopped_by_hand_opens_nothing(
    browser: Browser, start_site: StartSite, database: Database
) -> None:
    site = await start_site(**PAUSE)
    cast = await Person.arrive(browser, site.url, CAST)
    rest = (
        "INSERT INTO pauses (cast_id, room_id, ends_at)"
        " SELECT cast_id, id, now() + :seconds * interval '1 s' FROM rooms WHERE id = :room"
    )
    await do(database, rest, room=ROOM, seconds=120)
    await cast.page.goto(f"{site.url}/console")
    await cast.page.locator("[data-part=pause-stop]").click()
    await cast.page.locator("[data-part=console][data-view=off]").wait_for()
    assert await count(database, "SELECT count(*) FROM pauses") == 0

    await cast.page.add_init_script(
        "navigator.mediaDevices.getUserMedia ="
        " () => Promise.reject(new DOMException('', 'NotFoundError'))"
    )
    await do(database, rest, room=ROOM, seconds=3)
    await cast.page.goto(f"{site.url}/console")
    problem = cast.page.locator("[data-part=console-problem]")
    await expect(problem).to_contain_text("待機を再開できませんでした")
    assert await count(database, "SELECT count(*) FROM standbys") == 0


async def test_a_cast_without_a_room_meets_no_broken_script(
    browser: Browser, start_site: StartSite, database: Database
) -> None:
    site = await start_site()
    await do(database, "UPDATE rooms SET published = false WHERE id = :room", room=ROOM)
    cast = await Person.arrive(browser, site.url, CAST)
    await cast.page.goto(f"{site.url}/console")
    await expect(cast.page.get_by_text("公開しているルームがありません")).to_be_visible()
    await expect(cast.page.locator("[data-home=earned]")).to_have_text("0pt")
    assert not cast.problems + cast.complaints


async def room_title(cast: Person) -> str:
    await cast.page.goto(f"{cast.base}/console")
    title = await cast.page.locator("input[name=room]").first.get_attribute("data-title")
    return title or ""
