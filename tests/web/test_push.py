"""The browser's side of notifications, favourites and waiting, as far as pages go."""

import base64
import json
import re
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from notify import devices, push_keys
from people.accounts.accounts import User
from people.meeting import favourites
from people.sign_in import sessions
from rooms.lobby import presence, turns
from rooms.talk import entry
from tests.notify.push_house import Phone
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, Browser, give, make_room, make_user
from web.pages.site import installed, offline


def form_of(phone: Phone) -> dict[str, str]:
    given = phone.subscription
    keys = {"p256dh": given.p256dh, "auth": given.auth}
    written = {name: base64.urlsafe_b64encode(key).decode() for name, key in keys.items()}
    return {"endpoint": given.endpoint} | {name: key.rstrip("=") for name, key in written.items()}


async def devices_of(database: Database, user: User) -> list[str]:
    async with database.transaction() as tx:
        return await devices.names(tx, user.id)


@pytest.fixture
async def member(browser: Browser, database: Database) -> User:
    """Who is signed in, on a site with its keys."""
    async with database.transaction() as tx:
        await push_keys.make(tx)
    user = await make_user(database, nickname="けんじ")
    await browser.sign_in(user, database)
    return user


async def test_a_member_opts_in_and_out_with_one_browser(
    browser: Browser, database: Database, member: User
) -> None:
    phone = Phone("phone-1")
    name = devices.name(phone.subscription.endpoint)
    before = await (await browser.get("/push/devices", **SCRIPT)).json()
    assert before["devices"] == []
    assert len(base64.urlsafe_b64decode(before["key"] + "=")) == 65
    answer = await browser.post("/push/devices", form_of(phone), SCRIPT)
    assert await answer.json() == {"device": name}
    assert (await (await browser.get("/push/devices")).json())["devices"] == [name]
    endpoint = {"endpoint": phone.subscription.endpoint}
    assert (await browser.post("/push/devices/remove", endpoint, SCRIPT)).status == 200
    assert await devices_of(database, member) == []


async def test_a_browser_that_signs_out_is_told_nothing_any_more(
    browser: Browser, database: Database, member: User
) -> None:
    await browser.post("/push/devices", form_of(Phone("a")), SCRIPT)
    assert len(await devices_of(database, member)) == 1
    await browser.post("/sign-out", {})
    assert await devices_of(database, member) == []


async def test_only_members_opt_in_and_only_from_our_pages(
    browser: Browser, database: Database, member: User
) -> None:
    form = form_of(Phone("a"))
    answer = await browser.client.post("/push/devices", data=form, headers=SCRIPT)
    assert answer.status == 403
    other = {"Origin": "https://evil.example"}
    assert (await browser.post("/push/devices", form, SCRIPT | other)).status == 403
    async with database.transaction() as tx:
        await sessions.close_all(tx, member.id)
    assert (await browser.post("/push/devices", form, SCRIPT)).status in (401, 403)
    assert await devices_of(database, member) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"endpoint": "https://127.0.0.1/a"},
        {"endpoint": "http://push.example.com/a"},
        {"p256dh": "AAAA"},
        {"auth": ""},
    ],
)
async def test_a_subscription_that_is_none_is_refused(
    browser: Browser, database: Database, member: User, changed: dict[str, str]
) -> None:
    answer = await browser.post("/push/devices", form_of(Phone("a")) | changed, SCRIPT)
    assert (answer.status, (await answer.json())["code"]) == (400, "push_refused")
    assert await devices_of(database, member) == []


async def test_one_member_cannot_fill_the_table(
    browser: Browser, database: Database, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.pages.site.push_devices.TRIES_AN_HOUR", 2)
    answers = [
        (await browser.post("/push/devices", form_of(Phone(f"p{n}")), SCRIPT)).status
        for n in range(3)
    ]
    assert answers == [200, 200, 429]


async def test_no_page_asks_for_permission_by_itself(browser: Browser, member: User) -> None:
    page = await (await browser.get("/inbox")).text()
    assert "<push-card" in page
    assert re.search(r"<push-card[^>]* hidden>", page)


async def test_the_manifest_speaks_the_browsers_language(browser: Browser) -> None:
    for language, name in (("ja", "ひととき"), ("en", "Hitotoki")):
        answer = await browser.get("/manifest.webmanifest", **{"Accept-Language": language})
        assert answer.content_type == "application/manifest+json"
        said = json.loads(await answer.text())
        assert (said["short_name"], said["lang"], said["scope"]) == (name, language, "/")
        purposes = {icon["sizes"] + " " + icon["purpose"] for icon in said["icons"]}
        assert purposes == {"192x192 any", "512x512 any", "512x512 maskable"}
    page = await browser.get("/guide")
    policy = page.headers["Content-Security-Policy"]
    assert "worker-src 'self'" in policy
    assert "manifest-src 'self'" in policy
    assert '<link rel="manifest" href="/manifest.webmanifest">' in await page.text()


async def test_the_worker_is_served_from_the_root_and_never_kept(
    browser: Browser, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installed, "STATIC", tmp_path)
    assert (await browser.get("/worker.js")).status == 404
    (tmp_path / "manifest.json").write_text('{"worker.js": "worker-abc.js"}', "utf-8")
    (tmp_path / "worker-abc.js").write_text("// works", "utf-8")
    answer = await browser.get("/worker.js")
    assert answer.content_type == "text/javascript"
    assert re.fullmatch(r"// works\n// [0-9a-f]{16}\n", await answer.text())
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; connect-src 'self'"


async def test_a_heart_on_the_rooms_page_puts_the_cast_into_the_list(
    browser: Browser, database: Database, member: User
) -> None:
    cast = await make_user(database, is_cast=True, nickname="さくら")
    room = await make_room(database, cast)
    page = await (await browser.get(f"/rooms/{room}")).text()
    assert 'aria-pressed="false"' in page
    way = f"/casts/{cast.id}/favourite"
    answer = await browser.post(way, {"on": "1", "next": f"/rooms/{room}"})
    assert (answer.status, answer.headers["Location"]) == (303, f"/rooms/{room}")
    assert 'aria-pressed="true"' in await (await browser.get(f"/rooms/{room}")).text()
    listed = await (await browser.get("/favourites")).text()
    assert "さくら" in listed
    assert 'data-state="open"' in listed
    assert (await browser.post(f"{way}/tell", {"on": "1"}, SCRIPT)).status == 200
    async with database.transaction() as tx:
        found = await favourites.find(tx, member.id, cast.id)
    assert found is not None
    assert found.tells
    assert (await browser.post(way, {"on": "0"}, SCRIPT)).status == 200
    assert "さくら" not in await (await browser.get("/favourites")).text()


async def test_no_answer_leads_to_another_site(
    browser: Browser, database: Database, member: User
) -> None:
    cast = await make_user(database, is_cast=True)
    form = {"on": "1", "next": "//evil.example"}
    answer = await browser.post(f"/casts/{cast.id}/favourite", form)
    assert answer.headers["Location"] == "/"


async def test_a_visitor_has_no_favourites(browser: Browser) -> None:
    answer = await browser.get("/favourites")
    assert answer.status in (303, 401)


async def test_a_member_waits_on_the_rooms_page_and_comes_in_turn(
    open_browser: Open, browser: Browser, database: Database, member: User, settings: Any
) -> None:
    cast = await make_user(database, is_cast=True, nickname="さくら")
    room = await make_room(database, cast)
    other = await make_user(database)
    for user in (member, other):
        await give(database, user, 5000)
    async with database.transaction() as tx:
        await entry.enter(tx, settings, room, other.id)
    page = await (await browser.get(f"/rooms/{room}")).text()
    assert 'data-waiting="none"' in page
    answer = await browser.post(f"/rooms/{room}/wait", {"on": "1"}, SCRIPT)
    assert (await answer.json())["place"] == {
        "room_id": room,
        "name": "さくら",
        "place": 1,
        "waiting": 1,
        "seconds": None,
        "key": None,
        "pause": None,
        "resumes": None,
    }
    assert 'data-waiting="waiting"' in await (await browser.get(f"/rooms/{room}")).text()
    await _next_please(database, cast.id, room, settings)
    page = await (await browser.get(f"/rooms/{room}")).text()
    assert 'data-waiting="turn"' in page
    assert 'data-code="room_busy"' not in await (await browser.get(f"/rooms/{room}/enter")).text()
    stranger = await open_browser()
    visitor = await make_user(database)
    await give(database, visitor, 5000)
    await stranger.sign_in(visitor, database)
    refused = await stranger.post(f"/rooms/{room}/entry", {"video": "0"}, SCRIPT)
    assert (await refused.json())["code"] == "room_turn"
    entered = await browser.post(f"/rooms/{room}/entry", {"video": "0"}, SCRIPT)
    assert "talk_id" in await entered.json()


async def _next_please(database: Database, cast: int, room: int, settings: Any) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            sa.text(
                "UPDATE talks SET state = 'ended', ended_at = clock_timestamp(),"
                " end_reason = 'caller_left' WHERE room_id = :room"
            ),
            {"room": room},
        )
        await presence.open_standby(tx, cast, room)
    async with database.transaction() as tx:
        assert [turn.news for turn in await turns.call_next(tx, settings)] == ["turn"]


async def test_leaving_the_line_is_a_button_too(
    browser: Browser, database: Database, member: User, settings: Any
) -> None:
    cast = await make_user(database, is_cast=True)
    room = await make_room(database, cast)
    other = await make_user(database)
    await give(database, other, 5000)
    async with database.transaction() as tx:
        await entry.enter(tx, settings, room, other.id)
    await browser.post(f"/rooms/{room}/wait", {"on": "1"})
    answer = await browser.post(f"/rooms/{room}/wait", {"on": "0"})
    assert (answer.status, answer.headers["Location"]) == (303, f"/rooms/{room}")
    assert 'data-waiting="none"' in await (await browser.get(f"/rooms/{room}")).text()


async def test_the_page_for_no_line_needs_nothing_else_and_is_nobodys(
    browser: Browser, database: Database, member: User
) -> None:
    answer = await browser.get("/offline")
    text = await answer.text()
    assert "インターネットにつながっていません" in text
    assert 'lang="en"' in text
    assert member.nickname not in text
    assert not re.search(r"<script|<link|src=|url\(", text)
    nonce = re.search('<style nonce="([^"]+)"', text)
    assert nonce
    assert f"style-src 'nonce-{nonce[1]}'" in answer.headers["Content-Security-Policy"]


async def test_a_changed_page_for_no_line_renews_the_worker(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await (await browser.get("/worker.js")).text()
    assert before == await (await browser.get("/worker.js")).text()
    monkeypatch.setattr(offline, "WORDS", ("一", "二", "三", "四"))
    assert before != await (await browser.get("/worker.js")).text()
