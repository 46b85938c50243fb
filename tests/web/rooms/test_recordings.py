"""The pages of recordings: the list, the player, its files piece by piece, and their deletion."""

import html
import json
import re
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import ClientPayloadError

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.accounts import User
from people.accounts.tables import users
from people.meeting import blocks
from rooms.ground.tables import rooms
from tests.rooms.recording.scene import age
from tests.web.conftest import Open
from tests.web.recorded import READABLE, Recorded, recorded
from tests.web.scene import PASSWORD, Browser, give, hashed, make_room, make_user
from tests.web.staff.scene import make_staff
from web.pages.rooms import sealed_files


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update=READABLE)


@pytest.fixture
async def tape(database: Database, settings: Settings) -> Recorded:
    return await recorded(database, settings)


async def signed_in(open_browser: Open, database: Database, user: User) -> Browser:
    browser = await open_browser()
    await browser.sign_in(user, database)
    return browser


def address(tape: Recorded, side: str = "cast") -> str:
    return f"/recordings/{tape.recording}/{side}/0"


async def test_both_find_it_and_the_player_knows_where_each_file_lies(
    tape: Recorded, open_browser: Open, database: Database
) -> None:
    for user, other in ((tape.caller, "さくら"), (tape.cast, "けんじ")):
        browser = await signed_in(open_browser, database, user)
        listed = await (await browser.get("/recordings")).text()
        assert "1件" in listed
        assert f'href="/recordings/{tape.recording}"' in listed
        assert other in listed
        assert "/recordings" in await (await browser.get("/talks")).text()
        assert (
            f"/recordings/{tape.recording}"
            in await (await browser.get(f"/talks/{tape.world.talk}")).text()
        )
        page = await (await browser.get(f"/recordings/{tape.recording}")).text()
        found = re.search('data-files="([^"]+)"', page)
        assert found
        files: list[dict[str, Any]] = json.loads(html.unescape(found[1]))
        assert {one["side"]: one["src"] for one in files} == {
            side: address(tape, side) for side in ("caller", "cast")
        }
        begins = {one["side"]: one["at"] for one in files}
        assert begins["caller"] == 0
        assert begins["cast"] == pytest.approx(0.5, abs=0.1)
        assert all(one["seconds"] == pytest.approx(4, abs=0.2) for one in files)
        assert "自動で消えます" in page


async def test_who_has_none_is_told_how_there_may_be_one(
    browser: Browser, database: Database
) -> None:
    await browser.sign_in(await make_user(database), database)
    assert "録画はありません" in await (await browser.get("/recordings")).text()
    assert "/recordings" not in await (await browser.get("/talks")).text()


RANGES = [(0, 0), (0, 99), (100, 299), (1000, None), (None, 500)]


@pytest.mark.parametrize(("first", "last"), RANGES)
async def test_a_piece_is_what_the_whole_has_there(
    tape: Recorded, open_browser: Open, database: Database, first: int | None, last: int | None
) -> None:
    browser = await signed_in(open_browser, database, tape.caller)
    plain = tape.plain("cast")
    asked = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    answer = await browser.get(address(tape), Range=asked)
    body = await answer.read()
    begin = len(plain) - (last or 0) if first is None else first
    end = len(plain) if first is None or last is None else last + 1
    assert answer.status == 206
    assert body == plain[begin:end]
    assert answer.headers["Content-Range"] == f"bytes {begin}-{end - 1}/{len(plain)}"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content_type == "video/webm"
    name = f"{tape.recording}-cast-0.webm"
    assert answer.headers["Content-Disposition"] == f'inline; filename="{name}"'


async def test_the_whole_comes_in_pieces_of_a_bound(
    tape: Recorded, open_browser: Open, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed_files, "MOST_AT_ONCE", 10_000)
    browser = await signed_in(open_browser, database, tape.caller)
    plain, got = tape.plain("caller"), b""
    while len(got) < len(plain):
        answer = await browser.get(address(tape, "caller"), Range=f"bytes={len(got)}-")
        piece = await answer.read()
        assert 0 < len(piece) <= 10_000
        got += piece
    assert got == plain
    answer = await browser.get(address(tape, "caller"))
    assert (answer.status, await answer.read()) == (200, plain)


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=99999999-99999999"])
async def test_what_is_not_there_is_out_of_range(
    tape: Recorded, open_browser: Open, database: Database, asked: str
) -> None:
    browser = await signed_in(open_browser, database, tape.caller)
    answer = await browser.get(address(tape), Range=asked)
    assert answer.status == 416
    assert answer.headers["Content-Range"].startswith("bytes */")


@pytest.mark.parametrize("asked", ["bytes=9-5", "bytes=0-1,5-6", "lines=1-2", "bytes=x-"])
async def test_what_is_no_range_is_no_error(
    tape: Recorded, open_browser: Open, database: Database, asked: str
) -> None:
    browser = await signed_in(open_browser, database, tape.caller)
    answer = await browser.get(address(tape), Range=asked)
    assert answer.status == 200
    assert len(await answer.read()) == len(tape.plain("cast"))


async def test_nobody_else_sees_anything_of_it(
    tape: Recorded, open_browser: Open, database: Database
) -> None:
    ways = ["", "/caller/0", "/cast/0"]
    for user in (await make_user(database), await make_staff(database)):
        browser = await signed_in(open_browser, database, user)
        for way in ways:
            assert (await browser.get(f"/recordings/{tape.recording}{way}")).status == 404
        answer = await browser.post(f"/recordings/{tape.recording}/delete", {"on": "1"})
        assert answer.status == 404
    visitor = await open_browser()
    for way in ways:
        answer = await visitor.get(f"/recordings/{tape.recording}{way}")
        assert answer.status == 303
        assert answer.headers["Location"].startswith("/sign-in")
    owner = await signed_in(open_browser, database, tape.caller)
    for way in ("/cast/1", "/staff/0", "/cast/00", "/cast/0.webm"):
        assert (await owner.get(f"/recordings/{tape.recording}{way}")).status == 404, way


async def test_a_block_hides_it_from_both(
    tape: Recorded, open_browser: Open, database: Database
) -> None:
    async with database.transaction() as tx:
        await blocks.block(tx, tape.caller.id, tape.cast.id)
    for user in (tape.caller, tape.cast):
        browser = await signed_in(open_browser, database, user)
        assert (await browser.get(address(tape))).status == 404
        assert "録画はありません" in await (await browser.get("/recordings")).text()


async def test_both_want_it_gone_and_it_is_gone(
    tape: Recorded, open_browser: Open, database: Database, settings: Settings
) -> None:
    caller = await signed_in(open_browser, database, tape.caller)
    cast = await signed_in(open_browser, database, tape.cast)
    way = f"/recordings/{tape.recording}"
    answer = await caller.post(f"{way}/delete", {"on": "1"})
    assert answer.headers["Location"] == f"{way}?done=asked"
    assert "希望しています" in await (await cast.get(way)).text()
    assert "相手が削除を希望しています" in await (await cast.get("/recordings")).text()
    assert len(list(settings.recording_folder.iterdir())) == 2
    # Taken back, it stays.
    await caller.post(f"{way}/delete", {"on": "0"})
    answer = await cast.post(f"{way}/delete", {"on": "1"})
    assert (await caller.get(way)).status == 200
    answer = await caller.post(f"{way}/delete", {"on": "1"})
    assert answer.headers["Location"] == "/recordings?done=deleted"
    assert list(settings.recording_folder.iterdir()) == []
    for browser in (caller, cast):
        assert (await browser.get(way)).status == 404
        assert (await browser.get(f"{way}/cast/0")).status == 404


async def test_it_goes_with_the_account_and_its_files_with_it(
    tape: Recorded, open_browser: Open, database: Database, settings: Settings
) -> None:
    async with database.transaction() as tx:
        theirs = sa.update(users).where(users.c.id == tape.caller.id)
        await tx.execute(theirs.values(password_hash=hashed()))
    cast = await signed_in(open_browser, database, tape.cast)
    leaver = await signed_in(open_browser, database, tape.caller)
    assert "通話の録画は" in await (await leaver.get("/settings/withdrawal")).text()
    answer = await leaver.post("/settings/withdrawal", {"password": PASSWORD, "sure": "1"})
    assert answer.status == 303
    assert list(settings.recording_folder.iterdir()) == []
    assert (await cast.get(f"/recordings/{tape.recording}")).status == 404


async def test_after_its_days_nobody_sees_it(
    tape: Recorded, open_browser: Open, database: Database, owner_database: Database
) -> None:
    await age(owner_database, "keep_until", 31 * 86_400)
    browser = await signed_in(open_browser, database, tape.caller)
    assert (await browser.get(address(tape))).status == 404


async def test_what_was_tampered_with_is_not_played(
    tape: Recorded, open_browser: Open, database: Database, settings: Settings
) -> None:
    path = settings.recording_folder / f"{tape.recording}-cast-0.webm"
    sealed = bytearray(path.read_bytes())
    sealed[len(sealed) // 3] ^= 1
    path.write_bytes(sealed)
    browser = await signed_in(open_browser, database, tape.caller)
    plain = len(tape.plain("caller"))
    answer = await browser.get(address(tape), Range=f"bytes=0-{plain}")
    try:
        body = await answer.read()
    except ClientPayloadError:
        # Broken off in the middle: what is sent is true as far as it goes.
        return
    assert (answer.status, len(body) < plain) == (503, True)


async def test_without_the_key_it_is_not_there_and_with_another_not_readable(
    tape: Recorded, open_browser: Open, database: Database
) -> None:
    keyless = await open_browser(recording_key=None, recording=False)
    await keyless.sign_in(tape.caller, database)
    assert (await keyless.get(address(tape))).status == 404


@pytest.mark.parametrize("matter", ["claims", "reports"])
async def test_staff_watch_beside_an_open_matter_and_it_stands_in_the_log(
    tape: Recorded,
    open_browser: Open,
    database: Database,
    owner_database: Database,
    matter: str,
) -> None:
    staff = await make_staff(database)
    statement = (
        "INSERT INTO claims (talk_id, user_id, kind) VALUES (:talk, :caller, 'no_media')"
        if matter == "claims"
        else "INSERT INTO reports (reporter_id, subject_id, talk_id, kind)"
        " VALUES (:caller, :cast, :talk, 'other')"
    )
    told = {"talk": tape.world.talk, "caller": tape.caller.id, "cast": tape.cast.id}
    async with owner_database.transaction() as tx:
        named = {name: value for name, value in told.items() if f":{name}" in statement}
        await tx.execute(sa.text(statement), named)
        number = await tx.scalar(sa.text(f"SELECT id FROM {matter}"))
    browser = await signed_in(open_browser, database, staff)
    place = "/staff/claims" if matter == "claims" else f"/staff/reports/{number}"
    way = f"/staff/{matter}/{number}/recordings/{tape.recording}"
    assert way in await (await browser.get(place)).text()
    page = await browser.get(way)
    assert page.status == 200
    assert f"{way}/cast/0" in html.unescape(await page.text())
    answer = await browser.get(f"{way}/cast/0", Range="bytes=0-99")
    assert (answer.status, await answer.read()) == (206, tape.plain("cast")[:100])
    log = await (await browser.get("/staff/acts")).text()
    assert "通話の録画を閲覧" in log
    async with owner_database.transaction() as tx:
        await tx.execute(sa.text("SET LOCAL session_replication_role = replica"))
        await tx.execute(sa.text(f"DELETE FROM {matter}"))
    for path in (way, f"{way}/cast/0"):
        assert (await browser.get(path)).status == 404
    other = "reports" if matter == "claims" else "claims"
    assert (await browser.get(way.replace(matter, other))).status == 404


async def test_a_room_that_asks_says_so_before_one_enters(
    open_browser: Open, database: Database
) -> None:
    cast = await make_user(database, is_cast=True)
    room = await make_room(database, cast)
    caller = await make_user(database)
    await give(database, caller, 1000)
    words = "録画をお願いすることがあります"
    for asks in (False, True):
        async with database.transaction() as tx:
            since = sa.func.now() if asks else None
            change = sa.update(rooms).where(rooms.c.id == room).values(recording_since=since)
            await tx.execute(change)
        browser = await signed_in(open_browser, database, caller)
        for path in (f"/rooms/{room}", f"/rooms/{room}/enter"):
            assert (words in await (await browser.get(path)).text()) is asks, path
        elsewhere = await open_browser(recording=False)
        await elsewhere.sign_in(caller, database)
        assert words not in await (await elsewhere.get(f"/rooms/{room}")).text()


async def test_a_cast_says_in_the_room_whether_it_asks(
    open_browser: Open, database: Database
) -> None:
    cast = await make_user(database, is_cast=True)
    browser = await signed_in(open_browser, database, cast)
    form = {"title": "お茶", "topic": "雑談", "text": "話", "rate": "100", "allows_video": "1"}
    form |= {"category": "1", "tags": "", "by_standby": "1", "booking": "none"}
    answer = await browser.post("/console/rooms", form | {"records": "1"})
    way = answer.headers["Location"].partition("?")[0]
    assert (
        'name="records" value="1" aria-describedby="records-hint" checked'
        in await (await browser.get(way)).text()
    )
    async with database.transaction() as tx:
        since = await tx.scalar(sa.select(rooms.c.recording_since))
    # Saved again, it has asked since the first time.
    await browser.post(way, form | {"records": "1"})
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(rooms.c.recording_since)) == since
    await browser.post(way, form)
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(rooms.c.recording_since)) is None
    elsewhere = await open_browser(recording=False)
    await elsewhere.sign_in(cast, database)
    assert "records-hint" not in await (await elsewhere.get(way)).text()
