"""The pages of a call: what is said before, what is refused, what either side sees and may do."""

import html
import re

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.accounts import User
from people.telephones import proof_calls
from rooms.calling import gateways, progress
from rooms.calling.call_words import WORDS
from rooms.ground.calling_tables import CALL_ENDS, calls
from rooms.ground.tables import rooms, standbys
from tests.people.telephones.owned import give_number
from tests.web.conftest import Open
from tests.web.scene import Browser, give, make_room, make_user


@pytest.fixture
async def browser(open_browser: Open) -> Browser:
    return await open_browser(telephone=True)


@pytest.fixture
async def cast(database: Database) -> User:
    return await make_user(database, nickname="さくら", is_cast=True)


@pytest.fixture
async def room(database: Database, cast: User) -> int:
    """A room whose cast waits by telephone, on a site with a line."""
    room_id = await make_room(database, cast, waiting=False)
    async with database.transaction() as tx:
        await tx.execute(sa.update(rooms).values(by_telephone=True))
        until = sa.func.clock_timestamp() + sa.text("interval '2 hours'")
        waits = {"cast_id": cast.id, "room_id": room_id, "medium": "telephone", "until": until}
        await tx.execute(sa.insert(standbys).values(waits))
        gateway = await gateways.appear(tx)
        await gateways.beat(tx, gateway, None, 0)
    return room_id


@pytest.fixture
async def caller(browser: Browser, database: Database, settings: Settings) -> User:
    user = await make_user(database, nickname="けん")
    await give(database, user, 1000)
    async with database.transaction() as tx:
        await give_number(tx, settings, user.id)
    await browser.sign_in(user, database)
    return user


async def page_of(browser: Browser, path: str, status: int = 200) -> str:
    answer = await browser.get(path)
    assert answer.status == status, (path, answer.status, answer.headers.get("Location"))
    return html.unescape(await answer.text())


async def press(browser: Browser, room: int, **form: str) -> tuple[int, str]:
    answer = await browser.post(f"/rooms/{room}/call", {"rate": "120"} | form)
    return answer.status, answer.headers.get("Location") or html.unescape(await answer.text())


async def the_call(database: Database) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(sa.select(sa.func.max(calls.c.id))) or 0)


async def test_the_way_from_the_room_leads_over_a_page_that_says_all(
    browser: Browser, room: int, caller: User
) -> None:
    page = await page_of(browser, f"/rooms/{room}")
    assert "電話で相談する" in page
    assert 'data-medium="telephone"' in page
    assert (await browser.get(f"/rooms/{room}/enter")).headers["Location"] == f"/rooms/{room}/call"
    ask = await page_of(browser, f"/rooms/{room}/call")
    for said in ("¥120", "回線料 ¥20", "あなたの電話が鳴ります", "ポイント", "電話にはありません",
                 "どちらかが電話を切ったとき", "料金はかかりません", "今すぐ相談する"):  # fmt: skip
        assert said in ask, said


async def test_pressed_the_call_is_followed_and_called_off(
    browser: Browser, database: Database, room: int, caller: User
) -> None:
    status, where = await press(browser, room)
    call = await the_call(database)
    assert (status, where) == (303, f"/calls/{call}")
    assert await press(browser, room) == (303, where)
    page = await page_of(browser, where)
    assert "電話をかける準備をしています" in page
    assert "http-equiv" in page
    await browser.post(f"{where}/stop", {})
    page = await page_of(browser, where)
    assert "お電話を取りやめました" in page
    assert "料金はかかっていません" in page
    assert 'data-state="open"' in await page_of(browser, f"/rooms/{room}")


async def test_both_see_the_call_and_nobody_else(
    browser: Browser, database: Database, room: int, cast: User, caller: User
) -> None:
    _, where = await press(browser, room)
    call = await the_call(database)
    async with database.transaction() as tx:
        await progress.take_up(tx, call, 7)
        await progress.note_leg(tx, call, "caller", "answered")
        await progress.note_leg(tx, call, "cast", "ringing")
    assert "さくらさんをお呼びしています" in await page_of(browser, where)
    await browser.sign_in(cast, database)
    page = await page_of(browser, where)
    assert "けんさんとのお電話" in page
    assert "あなたの電話にかけています" in page
    stranger = await make_user(database)
    await browser.sign_in(stranger, database)
    await page_of(browser, where, 404)
    assert (await browser.post(f"{where}/stop", {})).status == 404


@pytest.mark.parametrize("side", ["caller", "cast"])
async def test_every_end_is_told_in_words(
    browser: Browser, database: Database, room: int, cast: User, caller: User, side: str
) -> None:
    assert set(WORDS) == set(CALL_ENDS)
    await browser.sign_in(caller, database)
    for why in ("cast_busy", "caller_unconfirmed", "line_failed", "cast_unreachable"):
        _, where = await press(browser, room)
        call = await the_call(database)
        async with database.transaction() as tx:
            await tx.execute(
                sa.update(calls)
                .where(calls.c.id == call)
                .values(state="ended", why=why, ended_at=sa.func.clock_timestamp())
            )
            until = sa.func.clock_timestamp() + sa.text("interval '2 hours'")
            waits = {"cast_id": cast.id, "room_id": room, "medium": "telephone", "until": until}
            await tx.execute(sa.insert(standbys).values(waits))
        await browser.sign_in(cast if side == "cast" else caller, database)
        assert WORDS[why][side == "cast"] in await page_of(browser, where)
        await browser.sign_in(caller, database)


async def test_another_price_is_refused_in_words_on_the_page(
    browser: Browser, room: int, caller: User
) -> None:
    status, page = await press(browser, room, rate="100")
    assert status == 409
    assert "料金" in page
    assert "今すぐ相談する" in page


async def test_the_first_press_asks_for_the_number_and_later_ones_show_it_masked(
    browser: Browser, database: Database, settings: Settings, room: int
) -> None:
    fresh = await make_user(database, nickname="はじめ")
    await give(database, fresh, 1000)
    await browser.sign_in(fresh, database)
    ask = f"/rooms/{room}/call"
    page = await page_of(browser, ask)
    assert 'formaction="/settings/telephone"' in page
    assert "今すぐ相談する" not in page
    status, page = await press(browser, room)
    assert status == 409
    assert "先に、電話番号を登録してください。" in page
    # The button within the form sends what stands in it, and the way back.
    form = {"rate": "120", "spend_cap": "", "number": "090-1234-5678", "next": ask}
    answer = await browser.post("/settings/telephone", form)
    assert answer.headers["Location"].startswith("/settings/telephone/code?next=%2Frooms")
    assert "への確認のお電話で" in await page_of(browser, ask)
    async with database.transaction() as tx:
        proof = await tx.scalar(sa.text("SELECT max(id) FROM telephone_proofs"))
        told = await proof_calls.to_speak(tx, settings, int(proof or 0))
    assert told is not None
    answer = await browser.post("/settings/telephone/code", {"code": told.code, "next": ask})
    assert answer.headers["Location"] == ask
    page = await page_of(browser, ask)
    assert "•••-••••-5678" in page
    assert "今すぐ相談する" in page
    assert (await press(browser, room))[0] == 303


@pytest.mark.parametrize(
    ("away", "shown", "told"),
    [("refused", "電話回線がお休み", "おつなぎできません"),
     ("silent", "電話回線がお休み", "おつなぎできません"),
     ("full", "電話回線が混み合っています", "電話回線が混み合っています")],
)  # fmt: skip
async def test_while_the_line_is_away_or_taken_the_page_says_so(
    browser: Browser,
    database: Database,
    room: int,
    caller: User,
    away: str,
    shown: str,
    told: str,
) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE telephone_gateways SET away = :away"), {"away": away})
    page = await page_of(browser, f"/rooms/{room}/call")
    assert shown in page
    assert re.search(r"<button[^>]*data-part=.call. disabled", page)
    status, page = await press(browser, room)
    assert status == 409
    assert told in page


async def test_who_has_too_few_points_is_led_to_more(
    browser: Browser, database: Database, room: int
) -> None:
    poor = await make_user(database)
    await give(database, poor, 599)
    await browser.sign_in(poor, database)
    assert "/points/buy?need=600" in await page_of(browser, f"/rooms/{room}/call")
    status, _ = await press(browser, room)
    assert status == 409


async def test_a_cast_waits_by_telephone_with_one_press(
    browser: Browser, database: Database, settings: Settings, room: int, cast: User
) -> None:
    await browser.sign_in(cast, database)
    assert "電話で待機中です" in await page_of(browser, "/console/telephone")
    assert "電話で待機中です" in await page_of(browser, "/console")
    await browser.post("/console/telephone", {"on": "0"})
    # Whoever has no number is asked for it first.
    page = await page_of(browser, "/console/telephone")
    assert 'formaction="/settings/telephone"' in page
    assert "電話で待機をはじめる" not in page
    waits = {"on": "1", "room": str(room)}
    assert (await browser.post("/console/telephone", waits)).status == 409
    async with database.transaction() as tx:
        await give_number(tx, settings, cast.id)
    assert "電話で待機をはじめる" in await page_of(browser, "/console/telephone")
    assert 'data-state="closed"' in await page_of(browser, f"/rooms/{room}")
    await browser.post("/console/telephone", waits)
    assert "電話で待機中です" in await page_of(browser, "/console/telephone")
    assert 'data-state="open"' in await page_of(browser, f"/rooms/{room}")


async def test_a_room_takes_telephone_by_its_form(
    browser: Browser, database: Database, room: int, cast: User
) -> None:
    await browser.sign_in(cast, database)
    page = await page_of(browser, f"/console/rooms/{room}")
    assert 'name="by_telephone"' in page


async def test_without_telephone_there_is_no_word_of_it(
    open_browser: Open, database: Database, room: int, cast: User
) -> None:
    browser = await open_browser()
    await browser.sign_in(cast, database)
    assert 'type="checkbox" name="by_telephone"' not in await page_of(
        browser, f"/console/rooms/{room}"
    )
    await page_of(browser, "/console/telephone", 404)
