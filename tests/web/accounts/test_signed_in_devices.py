"""The devices on which one is signed in."""

import asyncio
import re

import pytest
import sqlalchemy as sa
from aiohttp.test_utils import TestServer

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.accounts import User
from people.joining import credentials, mailed_links
from people.sign_in import sessions
from people.sign_in.user_agents import Agent
from signaling import connections
from signaling.server import CONNECTIONS
from tests.signaling.browser import WAIT_SECONDS, FakeBrowser
from tests.web.accounts.registering import last_mail
from tests.web.scene import PASSWORD, Browser, make_user
from web.app import make_app

ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36"


@pytest.fixture
async def user(database: Database) -> User:
    return await make_user(database, email="sakura@example.jp")


async def open_on(database: Database, user: User, agent: Agent) -> str:
    async with database.transaction() as tx:
        return await sessions.open_for(tx, user.id, days=30, agent=agent)


async def ids(database: Database, user: User) -> list[int]:
    async with database.transaction() as tx:
        found = await sessions.signed_in(tx, user.id, "")
    return [one.id for one in found]


async def test_only_what_the_device_is_called_is_stored_of_its_user_agent(
    browser: Browser, database: Database, user: User
) -> None:
    form = {"email": user.email, "password": PASSWORD}
    await browser.post("/sign-in", form, {"User-Agent": ANDROID})
    async with database.transaction() as tx:
        row = (await tx.execute(sa.text("SELECT sessions::text FROM sessions"))).scalar_one()
    assert "Chrome,Android" in row
    assert "Mozilla" not in row
    page = await (await browser.get("/settings/devices")).text()
    assert "Chrome（Android）" in page
    assert "この端末" in page


async def test_the_list_shows_ones_own_devices_with_this_one_first(
    browser: Browser, database: Database, user: User
) -> None:
    await open_on(database, user, Agent("Safari", "iPhone"))
    await open_on(database, await make_user(database), Agent("Opera", "Windows"))
    await open_on(database, user, Agent())
    await browser.sign_in(user, database)
    page = await (await browser.get("/settings/devices")).text()
    assert "Safari（iPhone）" in page
    assert "不明な端末" in page
    assert "Opera" not in page
    assert page.index("この端末") < page.index("Safari（iPhone）")
    assert "JST" in page


async def test_one_device_is_signed_out_and_the_others_stay(
    browser: Browser, database: Database, user: User
) -> None:
    lost = await open_on(database, user, Agent("Safari", "iPhone"))
    await browser.sign_in(user, database)
    page = await (await browser.get("/settings/devices")).text()
    [path] = re.findall(r'action="(/settings/devices/[0-9]+)"', page)
    answer = await browser.post(path, {})
    assert answer.headers["Location"] == "/settings/devices?done=one"
    async with database.transaction() as tx:
        assert await sessions.find(tx, lost, days=30) is None
    assert (await browser.get("/points")).status == 200
    assert (await browser.post(path, {})).status == 404


async def test_anothers_device_is_not_there(
    browser: Browser, database: Database, user: User
) -> None:
    other = await make_user(database)
    token = await open_on(database, other, Agent())
    [theirs] = await ids(database, other)
    await browser.sign_in(user, database)
    assert (await browser.post(f"/settings/devices/{theirs}", {})).status == 404
    async with database.transaction() as tx:
        assert await sessions.find(tx, token, days=30) == other


async def test_all_others_are_signed_out_at_once(
    browser: Browser, database: Database, user: User
) -> None:
    for _ in range(2):
        await open_on(database, user, Agent())
    await browser.sign_in(user, database)
    answer = await browser.post("/settings/devices/others", {})
    assert answer.headers["Location"] == "/settings/devices?done=others"
    assert len(await ids(database, user)) == 1
    assert (await browser.get("/points")).status == 200


async def test_a_signed_out_devices_sockets_end_at_once_and_the_others_stay(
    database: Database, settings: Settings, user: User
) -> None:
    server = TestServer(make_app(settings, database))
    await server.start_server()
    lost = await FakeBrowser.open(server, database, settings, user.id)
    kept = await FakeBrowser.open(server, database, settings, user.id)
    try:
        first = min(await ids(database, user))
        async with database.transaction() as tx:
            assert await sessions.close_one(tx, user.id, first)
        assert server.app is not None
        await server.app[CONNECTIONS].recheck(user.id)
        await _ended(lost)
        assert kept.sio.connected
    finally:
        for one in (lost, kept):
            await one.close()
        await server.close()


async def test_sockets_at_another_process_end_within_seconds(
    database: Database, settings: Settings, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "CHECK_SECONDS", 0.3)
    server = TestServer(make_app(settings, database))
    await server.start_server()
    elsewhere = await FakeBrowser.open(server, database, settings, user.id)
    try:
        async with database.transaction() as tx:
            await sessions.close_all(tx, user.id)
        await _ended(elsewhere)
    finally:
        await elsewhere.close()
        await server.close()


async def _ended(browser: FakeBrowser) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while browser.sio.connected:
            await asyncio.sleep(0.02)


async def test_signing_the_others_out_ends_the_links_that_were_asked_for_there(
    browser: Browser, database: Database, settings: Settings, user: User
) -> None:
    async with database.transaction() as tx:
        await credentials.ask_email_change(tx, settings, user, "thief@example.jp")
    await browser.sign_in(user, database)
    await browser.post("/settings/devices/others", {})
    token = (await last_mail(database, "thief@example.jp")).token
    async with database.transaction() as tx:
        assert await mailed_links.find_open(tx, token, "email") is None
