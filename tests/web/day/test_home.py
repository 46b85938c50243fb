"""The home of a cast: its figures, the pause, what they earned, and what they are asked."""

import re

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts import accounts
from people.accounts.accounts import User
from rooms.care import claims
from rooms.lobby import pauses
from rooms.talk.past import history
from tests.rooms.care.desk import carry_out
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, Browser, make_room, make_user
from tests.world import World


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    """A talk of three charged minutes at 100 points, ended by the caller."""
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(190, step=14)
    async with database.transaction() as tx:
        await history.leave(tx, settings, world.talk, world.caller)
    return world


async def user_of(database: Database, user_id: int) -> User:
    async with database.transaction() as tx:
        found = await accounts.find_user(tx, user_id)
    assert found
    return found


@pytest.fixture
async def cast(browser: Browser, world: World) -> User:
    """The talk's cast, signed in."""
    user = await user_of(world.database, world.cast)
    await browser.sign_in(user, world.database)
    return user


async def page(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status == 200, path
    return await answer.text()


def figure(html: str, name: str) -> str:
    found = re.search(rf'data-home="{name}">(.*?)</', html)
    assert found, name
    return re.sub(r"<[^>]+>", "", found[1])


async def test_the_home_says_what_was_earned_and_who_waits(
    browser: Browser, cast: User, world: World
) -> None:
    for path in ("/console", "/console/figures"):
        html = await page(browser, path)
        assert figure(html, "earned") == "240pt"
        assert figure(html, "waiting") == "0人"
        assert figure(html, "next") == "なし"


async def test_a_beginner_is_told_what_comes_first_and_each_step_by_fact(
    browser: Browser, database: Database
) -> None:
    user = await make_user(database, is_cast=True)
    await browser.sign_in(user, database)
    html = await page(browser, "/console")
    assert 'data-step="room" data-done="0"' in html
    # Without a room there is nothing for the scripts to do.
    assert "console.js" not in html
    assert not re.search(r'src="[^"]*console-[0-9a-f]+\.js"', html)
    await make_room(database, user)
    async with database.transaction() as tx:
        await pauses.note_standby(tx, user.id)
    html = await page(browser, "/console")
    assert 'data-step="room" data-done="1"' in html
    assert 'data-step="standby" data-done="1"' in html
    assert 'data-step="photo" data-done="0"' in html


async def test_after_the_first_talk_no_steps_are_shown(browser: Browser, cast: User) -> None:
    assert "data-step" not in await page(browser, "/console")


async def test_the_pause_stands_on_the_account_on_the_home_and_on_the_rooms_page(
    browser: Browser, open_browser: Open, cast: User, world: World
) -> None:
    for path in (f"/talks/{world.talk}", "/console"):
        assert "のこり" in await page(browser, path), path
    visitor = await open_browser()
    html = await page(visitor, f"/rooms/{world.room}")
    assert re.search(r"休憩中・のこり[0-9]:[0-5][0-9]", html)
    answer = await browser.post("/console/pause/stop", {})
    assert answer.headers["Location"] == "/console"
    html = await page(await open_browser(), f"/rooms/{world.room}")
    assert not re.search(r"休憩中・のこり[0-9]:[0-5][0-9]", html)
    assert 'data-state="closed"' in html


async def test_a_cast_chooses_the_pause(browser: Browser, cast: User, world: World) -> None:
    assert (await browser.post("/console/pause", {"seconds": "180"})).status == 303
    assert '<option value="180" selected>' in await page(browser, "/console")
    for wrong in ("601", "-1", "x", ""):
        assert (await browser.post("/console/pause", {"seconds": wrong})).status == 400
    assert '<option value="180" selected>' in await page(browser, "/console")


async def test_the_earnings_say_how_they_came_about_and_add_up(
    browser: Browser, cast: User, world: World
) -> None:
    for query in ("", "?period=today", "?period=month", "?period=all"):
        html = await page(browser, f"/console/earnings{query}")
        assert "料金300 pt × 80％ = 240 pt" in html, query
        assert "けんじさんとの通話" in html
    csv = await (await browser.get("/console/earnings.csv?period=all")).text()
    rows = csv.lstrip("\ufeff").splitlines()
    assert len(rows) == 2
    assert rows[1].split(",")[4:8] == ["3", "300", "60", "240"]
    html = await page(browser, "/console/earnings?month=2020-01")
    assert "この期間の報酬はありません" in html
    assert (await browser.get("/console/earnings?month=2020-13")).status == 400


async def test_who_has_earned_nothing_is_told_how_to(browser: Browser, database: Database) -> None:
    user = await make_user(database, is_cast=True)
    await browser.sign_in(user, database)
    assert "まだ報酬がありません" in await page(browser, "/console/earnings")


@pytest.mark.parametrize(
    "path", ["/console", "/console/figures", "/console/earnings", "/console/earnings.csv"]
)
async def test_only_casts_have_a_home(browser: Browser, database: Database, path: str) -> None:
    user = await make_user(database, is_cast=False)
    await browser.sign_in(user, database)
    assert (await browser.get(path)).status == 403
    assert (await browser.post("/console/pause", {"seconds": "60"})).status == 403


async def test_a_note_is_kept_and_comes_back(browser: Browser, cast: User, world: World) -> None:
    way = f"/console/talks/{world.talk}"
    answer = await browser.post(f"{way}/note", {"note": "猫の<b>ミケ"}, SCRIPT)
    assert await answer.json() == {"saved": True}
    for path in (way, f"/talks/{world.talk}"):
        html = await page(browser, path)
        assert "猫の&lt;b&gt;ミケ" in html
        assert "はじめての通話です" in html
    too_long = await browser.post(f"{way}/note", {"note": "あ" * 1001}, SCRIPT)
    assert (too_long.status, (await too_long.json())["code"]) == (400, "note_too_long")


async def test_the_caller_sees_nothing_of_it(
    browser: Browser, open_browser: Open, cast: User, world: World
) -> None:
    await browser.post(f"/console/talks/{world.talk}/note", {"note": "ひみつの印"}, SCRIPT)
    caller = await open_browser()
    await caller.sign_in(await user_of(world.database, world.caller), world.database)
    html = await page(caller, f"/talks/{world.talk}")
    assert "ひみつの印" not in html
    assert "自分用のメモ" not in html
    assert (await caller.get(f"/console/talks/{world.talk}")).status == 404


async def test_a_claim_is_answered_once_and_what_was_typed_stays(
    browser: Browser, cast: User, world: World
) -> None:
    async with world.database.transaction() as tx:
        claim = await claims.file_claim(
            tx, world.settings, world.talk, world.caller, "other", "<b>音が途切れた"
        )
    home = await page(browser, "/console")
    assert f"/console/claims/{claim}" in home
    html = await page(browser, f"/console/claims/{claim}")
    assert "&lt;b&gt;音が途切れた" in html
    wrong = await browser.post(f"/console/claims/{claim}", {"text": "あ" * 1001})
    assert wrong.status == 422
    assert "あ" * 1001 in await wrong.text()
    answer = await browser.post(f"/console/claims/{claim}", {"text": "接続は正常でした。"})
    assert answer.headers["Location"] == f"/console/claims/{claim}?said=1"
    assert "接続は正常でした。" in await page(browser, answer.headers["Location"])
    assert f"/console/claims/{claim}" not in await page(browser, "/console")
    again = await browser.post(f"/console/claims/{claim}", {"text": "もう一度"}, SCRIPT)
    assert (await again.json())["code"] == "answer_given"


async def test_staff_read_what_the_cast_says_beside_the_claim(
    browser: Browser, open_browser: Open, cast: User, world: World
) -> None:
    async with world.database.transaction() as tx:
        claim = await claims.file_claim(
            tx, world.settings, world.talk, world.caller, "no_media", ""
        )
    staff = await make_user(world.database)
    async with world.database.transaction() as tx:
        await tx.execute(
            sa.text("UPDATE users SET staff_role = 'administrator' WHERE id = :id"),
            {"id": staff.id},
        )
    desk = await open_browser()
    await desk.sign_in(staff, world.database)
    assert "回答を待っています" in await page(desk, "/staff/claims")
    form = {"scope": "all", "points": "", "reason": "確認しました"}
    hasty = await desk.post(f"/staff/claims/{claim}/return", form, SCRIPT)
    assert (await hasty.json())["code"] == "cast_not_heard"
    await browser.post(f"/console/claims/{claim}", {"text": "回線が<i>切れました"})
    html = await page(desk, "/staff/claims")
    assert "回線が&lt;i&gt;切れました" in html
    assert "at_once" not in html
    done = await desk.post(f"/staff/claims/{claim}/return", form)
    assert done.headers["Location"].endswith("done=returned")
    await carry_out(world.database, world.settings)
    assert "返却：けんじさんとの通話" in await page(browser, "/console/earnings")
