"""The settings: one page that leads everywhere, and what it leads to."""

import io
import json
import re
import zipfile

import pytest
import sqlalchemy as sa

from foundation.database import Database
from notify import choices
from notify.tables import CHANNELS, TOPICS
from people.accounts.accounts import User
from people.accounts.tables import sessions, users
from people.meeting import blocks, favourites
from tests.web.conftest import Open
from tests.web.scene import PASSWORD, Browser, buy, gift, make_room, make_user

PAGES = [
    "/settings", "/settings/notifications", "/settings/second-factor", "/settings/data",
    "/settings/withdrawal",
]  # fmt: skip
EMAIL = "sakura@example.jp"


@pytest.fixture
async def member(browser: Browser, database: Database) -> User:
    """A member, signed in."""
    user = await make_user(database, email=EMAIL, nickname="さくら")
    await browser.sign_in(user, database)
    return user


@pytest.mark.parametrize("path", PAGES)
async def test_settings_are_for_members(browser: Browser, path: str) -> None:
    answer = await browser.get(path)
    assert (answer.status, answer.headers["Location"]) == (303, f"/sign-in?next={path}")


@pytest.mark.parametrize("path", PAGES)
async def test_each_page_opens(browser: Browser, member: User, path: str) -> None:
    answer = await browser.get(path)
    assert answer.status == 200
    assert str(member.member_number) in await (await browser.get("/settings")).text()


async def test_the_settings_lead_to_every_part_and_last_to_the_withdrawal(
    browser: Browser, member: User
) -> None:
    main = (await (await browser.get("/settings")).text()).split("<main")[1].split("</main")[0]
    ways = re.findall('<a href="([^"]+)"', main)
    assert ways == [
        "/settings/email", "/settings/password", "/settings/devices", "/settings/second-factor",
        "/settings/notifications", "/time-zone?next=/settings", "/points/limits",
        "/reservations/calendar", "/settings/standing", "/settings/blocks", "/settings/data",
        "/settings/withdrawal",
    ]  # fmt: skip


async def test_casts_find_their_profile_and_rooms_too(browser: Browser, database: Database) -> None:
    await browser.sign_in(await make_user(database, is_cast=True), database)
    page = await (await browser.get("/settings")).text()
    assert 'href="/console/profile"' in page
    assert 'href="/console/rooms"' in page


async def test_the_menu_of_every_page_leads_to_the_settings(browser: Browser, member: User) -> None:
    assert '<a href="/settings">' in await (await browser.get("/points")).text()


async def test_choices_are_kept_and_a_box_without_a_tick_is_a_no(
    open_browser: Open, database: Database, member: User
) -> None:
    browser = await open_browser(board=True)
    await browser.sign_in(member, database)
    form = {f"{t}-{c}": "1" for t in TOPICS for c in CHANNELS}
    del form["favourites-mail"]
    answer = await browser.post("/settings/notifications", form)
    assert (answer.status, answer.headers["Location"]) == (303, "/settings/notifications?saved=1")
    async with database.transaction() as tx:
        chosen = await choices.of(tx, member.id)
    assert [key for key, wanted in chosen.items() if not wanted] == [("favourites", "mail")]
    page = await (await browser.get("/settings/notifications")).text()
    assert 'name="favourites-mail" value="1">' in page
    assert 'name="favourites-push" value="1" checked>' in page


async def test_a_site_without_a_board_asks_nothing_about_it_and_leaves_its_choices(
    browser: Browser, database: Database, member: User
) -> None:
    assert 'name="board-mail"' not in await (await browser.get("/settings/notifications")).text()
    await browser.post("/settings/notifications", {})
    async with database.transaction() as tx:
        chosen = await choices.of(tx, member.id)
    assert chosen[("board", "mail")]
    assert not chosen[("questions", "mail")]


async def test_a_choice_that_no_page_offers_is_refused(browser: Browser, member: User) -> None:
    assert (await browser.post("/settings/notifications", {"talks-mail": "2"})).status == 400


# One's own data


async def taken(browser: Browser, **form: str) -> zipfile.ZipFile:
    answer = await browser.post("/settings/data", {"password": PASSWORD} | form)
    assert (answer.status, answer.content_type) == (200, "application/zip")
    return zipfile.ZipFile(io.BytesIO(await answer.read()))


async def test_the_download_holds_ones_own_data_and_of_others_the_names_alone(
    browser: Browser, database: Database, member: User
) -> None:
    other = await make_user(
        database, email="tonari@example.jp", nickname="となりのひと", is_cast=True
    )
    blocked = await make_user(database, email="iya@example.jp", nickname="にがてなひと")
    await make_room(database, other)
    await gift(database, member, 700)
    await buy(database, member, 3000)
    async with database.transaction() as tx:
        await favourites.add(tx, member.id, other.id)
        await blocks.block(tx, member.id, blocked.id)
    archive = await taken(browser)
    account = json.loads(archive.read("account.json"))
    assert (account["email"], account["nickname"]) == (EMAIL, "さくら")
    assert [one["name"] for one in json.loads(archive.read("favourites.json"))] == ["となりのひと"]
    assert [one["name"] for one in json.loads(archive.read("blocks.json"))] == ["にがてなひと"]
    assert "700" in archive.read("statement.csv").decode()
    assert len(json.loads(archive.read("purchases.json"))) == 1
    assert len(json.loads(archive.read("sign_ins.json"))) == 1
    everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    for secret in ("tonari@example.jp", "iya@example.jp", "argon2", member_hash(browser)):
        assert secret not in everything


def member_hash(browser: Browser) -> str:
    """The session's token, which opens it."""
    return browser.cookie("session") or "?"


async def test_the_download_asks_for_the_password(browser: Browser, member: User) -> None:
    answer = await browser.post("/settings/data", {"password": "wrong password"})
    assert (answer.status, answer.content_type) == (422, "text/html")


async def test_the_download_is_there_some_times_a_day(browser: Browser, member: User) -> None:
    for _ in range(3):
        await taken(browser)
    assert (await browser.post("/settings/data", {"password": PASSWORD})).status == 429


# Withdrawal


async def test_the_withdrawal_says_first_what_it_does(
    browser: Browser, database: Database, member: User
) -> None:
    await gift(database, member, 700)
    await buy(database, member, 3000, bonus=150)
    page = await (await browser.get("/settings/withdrawal")).text()
    assert "3,850ポイント" in page
    for figure in ("3,000", "850"):
        assert f'<span class="amount">{figure}' in page
    assert '先にポイントをお使いください。 <a href="/">' in page


async def test_who_has_no_points_is_not_told_to_use_them(browser: Browser, member: User) -> None:
    page = await (await browser.get("/settings/withdrawal")).text()
    assert "先にポイントをお使いください。" not in page


@pytest.mark.parametrize(
    "form", [{"password": "wrong password", "sure": "1"}, {"password": PASSWORD}]
)
async def test_the_withdrawal_needs_the_password_and_a_tick(
    browser: Browser, database: Database, member: User, form: dict[str, str]
) -> None:
    assert (await browser.post("/settings/withdrawal", form)).status == 422
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(users.c.withdrawn_at)) is None


async def test_who_withdraws_is_gone_at_once_and_may_come_anew(
    browser: Browser, database: Database, member: User
) -> None:
    answer = await browser.post("/settings/withdrawal", {"password": PASSWORD, "sure": "1"})
    assert (answer.status, answer.headers["Location"]) == (303, "/withdrawn?mailed=1")
    assert not browser.cookie("session")
    assert (await browser.get("/withdrawn?mailed=1")).status == 200
    answer = await browser.post("/sign-in", {"email": EMAIL, "password": PASSWORD})
    assert answer.status == 422
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(sessions)) == 0
    fresh = await make_user(database, email=EMAIL)
    assert fresh.id != member.id
    answer = await browser.post("/sign-in", {"email": EMAIL, "password": PASSWORD})
    assert answer.status == 303


async def test_a_person_of_the_demo_ticks_instead_of_a_password_nobody_knows(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(demo=True)
    await browser.sign_in(await make_user(database, is_demo=True), database)
    assert (await browser.post("/settings/withdrawal", {})).status == 422
    assert (await browser.post("/settings/withdrawal", {"sure": "1"})).status == 303


async def test_off_the_demo_a_tick_is_no_password(open_browser: Open, database: Database) -> None:
    browser = await open_browser(demo=False)
    await browser.sign_in(await make_user(database, is_demo=True), database)
    assert (await browser.post("/settings/withdrawal", {"sure": "1"})).status == 422


async def test_who_guesses_the_password_is_stopped(browser: Browser, member: User) -> None:
    wrong = {"password": "wrong password", "sure": "1"}
    answers = [await browser.post("/settings/withdrawal", wrong) for _ in range(11)]
    assert [answer.status for answer in answers] == [422] * 10 + [429]
