"""One's own telephone on its page: asked for in the flow, proved, changed; its PIN and a name."""

import html
import re

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.accounts import User
from people.sign_in import totp
from people.telephones import digits, numbers, pins, proof_calls, proofs, spoken_names
from people.telephones.words import PAGE
from rooms.ground.calling_tables import telephone_orders
from tests.web.conftest import Open
from tests.web.scene import PASSWORD, Browser, make_user
from web.pages.telephone.own_telephone import CODE_PAGE

NUMBER = "０９０−１２３４−５６７８"
PIN = {"pin": "7294", "pin_again": "7294", "password": PASSWORD}


@pytest.fixture
async def caller(browser: Browser, database: Database) -> User:
    """A member, signed in."""
    user = await make_user(database, nickname="けんじ")
    await browser.sign_in(user, database)
    return user


async def text(browser: Browser, path: str = PAGE) -> str:
    answer = await browser.get(path)
    assert answer.status == 200, path
    return html.unescape(await answer.text())


async def posted(browser: Browser, path: str, form: dict[str, str]) -> tuple[int, str]:
    answer = await browser.post(path, form)
    return answer.status, html.unescape(await answer.text())


async def spoken_code(database: Database, settings: Settings) -> str:
    """Have the ordered call be made; the code that it speaks."""
    async with database.transaction() as tx:
        orders = (await tx.execute(sa.select(telephone_orders).order_by("id"))).all()
        assert {order.kind for order in orders} == {"prove"}
        told = await proof_calls.to_speak(tx, settings, orders[-1].subject)
    assert told is not None
    assert told.e164 == "+819012345678"
    return told.code


async def prove(browser: Browser, database: Database, settings: Settings) -> None:
    assert (await browser.post(PAGE, {"number": NUMBER})).status == 303
    code = await spoken_code(database, settings)
    answer = await browser.post(CODE_PAGE, {"code": code})
    assert answer.headers["Location"] == f"{PAGE}?saved=number"


async def later(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE telephone_proofs SET made_at = made_at - interval '61 s'"))


async def test_from_a_rooms_page_through_the_code_and_back(
    browser: Browser, database: Database, settings: Settings, caller: User
) -> None:
    room = "/rooms/7?by=telephone"
    page = await text(browser, f"{PAGE}?next=/rooms/7?by=telephone")
    assert 'name="next" value="/rooms/7?by=telephone"' in page
    answer = await browser.post(PAGE, {"number": NUMBER, "next": room})
    code_page = answer.headers["Location"]
    assert code_page == f"{CODE_PAGE}?next=%2Frooms%2F7%3Fby%3Dtelephone"
    page = await text(browser, code_page)
    assert "•••-••••-5678 に、自動音声でお電話しています。" in page
    assert "9012345678" not in page
    code = await spoken_code(database, settings)
    wrong = "00000" if code != "00000" else "11111"
    status, page = await posted(browser, CODE_PAGE, {"code": wrong, "next": room})
    assert status == 422
    assert "あと4回入力できます。" in page
    assert wrong not in page
    # Typed full-width, with a space, as phones do.
    wide = code[:2].translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)}) + " " + code[2:]
    answer = await browser.post(CODE_PAGE, {"code": wide, "next": room})
    assert answer.headers["Location"] == room
    page = await text(browser)
    assert "•••-••••-5678" in page
    assert "12345678" not in page
    assert "•••-••••-5678" in await text(browser, "/settings")
    assert (await browser.get(CODE_PAGE)).headers["Location"] == PAGE
    assert "電話番号を登録しました" in await text(browser, "/inbox")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("0570-000-000", "この番号には、おかけできません"),
        ("110", "この番号には、おかけできません"),
        ("+1 212 555 1234", "この番号には、おかけできません"),
        ("090-1234", "正しく入力してください"),
        ('"><script>', "正しく入力してください"),
        ("9" * 3000, "正しく入力してください"),
    ],
)
async def test_what_can_not_be_rung_is_said_beside_the_field(
    browser: Browser, database: Database, caller: User, typed: str, words: str
) -> None:
    answer = await browser.post(PAGE, {"number": typed, "next": "/rooms/7"})
    assert answer.status == 422
    page = await answer.text()
    assert words in page
    assert 'name="next" value="/rooms/7"' in page
    assert '"><script>' not in page
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(telephone_orders)) == 0


async def test_no_way_leads_off_the_site(browser: Browser, caller: User) -> None:
    for evil in ("https://evil.example", "//evil.example", "/\\evil.example", PAGE):
        form = (await text(browser, f"{PAGE}?next={evil}")).partition(
            'action="/settings/telephone"'
        )
        assert 'name="next"' not in form[2].partition("</form>")[0], evil
        answer = await browser.post(CODE_PAGE, {"code": "1", "next": evil})
        assert "evil" not in answer.headers.get("Location", "")


async def test_pressed_twice_it_rings_once_and_says_so(
    browser: Browser, database: Database, caller: User
) -> None:
    await browser.post(PAGE, {"number": NUMBER})
    status, page = await posted(browser, PAGE, {"number": NUMBER})
    assert status == 429
    assert "60秒たってから" in page
    assert "確認番号" in await text(browser)
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(telephone_orders)) == 1


async def test_without_a_line_nothing_is_asked_for(
    browser: Browser, database: Database, caller: User
) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE telephone_gateways SET away = 'silent'"))
    status, page = await posted(browser, PAGE, {"number": NUMBER})
    assert status == 409
    assert "おつなぎできません" in page
    assert NUMBER in page
    async with database.transaction() as tx:
        assert await proofs.waiting(tx, caller.id) is None


async def test_after_five_wrong_codes_a_new_call_is_needed(
    browser: Browser, database: Database, settings: Settings, caller: User
) -> None:
    await browser.post(PAGE, {"number": NUMBER})
    for _ in range(5):
        await browser.post(CODE_PAGE, {"code": "x"})
    status, page = await posted(browser, CODE_PAGE, {"code": "x"})
    assert status == 409
    assert "期限が切れました" in page


async def test_it_is_changed_and_taken_back_with_its_pin(
    browser: Browser, database: Database, settings: Settings, caller: User
) -> None:
    await prove(browser, database, settings)
    await browser.post(f"{PAGE}/pin", PIN)
    page = await text(browser, f"{PAGE}?change=1")
    assert "新しい電話番号" in page
    answer = await browser.post(f"{PAGE}/remove", {})
    assert answer.headers["Location"] == f"{PAGE}?saved=removed"
    assert "登録を取り消しました。" in await text(browser, f"{PAGE}?saved=removed")
    async with database.transaction() as tx:
        assert await numbers.number_of(tx, settings, caller.id) is None
        assert not await pins.has(tx, caller.id)


async def test_the_pin_wants_the_password_twice_the_same_and_no_guess(
    browser: Browser, database: Database, settings: Settings, caller: User
) -> None:
    assert "先に、電話番号を登録してください。" in await text(browser)
    await prove(browser, database, settings)
    for wrong, words in (
        ({"password": "ちがう合言葉です"}, "パスワードがちがいます"),
        ({"pin_again": "7295"}, "2回の入力がちがいます"),
        ({"pin": "1234", "pin_again": "1234"}, "推測されやすい"),
        ({"pin": "5678", "pin_again": "5678"}, "推測されやすい"),
        ({"pin": "12", "pin_again": "12"}, "4桁から8桁"),
    ):
        status, page = await posted(browser, f"{PAGE}/pin", PIN | wrong)
        assert status == 422
        assert words in page
        assert "7294" not in page
    answer = await browser.post(f"{PAGE}/pin", PIN | {"pin": "７２９４"})
    assert answer.headers["Location"] == f"{PAGE}?saved=pin"
    async with database.transaction() as tx:
        assert await pins.check(tx, settings, caller.id, "7294")
    assert "設定しています。" in await text(browser)
    async with database.transaction() as tx:
        for _ in range(pins.MOST_WRONG):
            await pins.check(tx, settings, caller.id, "0000")
    assert "いまは使えません" in await text(browser)
    await browser.post(f"{PAGE}/pin/remove", {})
    async with database.transaction() as tx:
        assert not await pins.has(tx, caller.id)


async def test_who_has_a_second_factor_proves_it_for_a_pin(
    browser: Browser, database: Database, settings: Settings, caller: User
) -> None:
    await prove(browser, database, settings)
    async with database.transaction() as tx:
        await totp.offer(tx, settings, caller.id, "x")
        await tx.execute(sa.text("UPDATE totp_keys SET confirmed_at = now()"))
        await tx.execute(sa.text("UPDATE sessions SET proved_at = NULL"))
    answer = await browser.post(f"{PAGE}/pin", PIN)
    assert answer.status == 303
    assert answer.headers["Location"].startswith("/sign-in/second")
    async with database.transaction() as tx:
        assert not await pins.has(tx, caller.id)


async def test_a_cast_says_hears_and_confirms_their_name(
    browser: Browser, database: Database
) -> None:
    cast = await make_user(database, is_cast=True, nickname="遥")
    await browser.sign_in(cast, database)
    async with database.transaction() as tx:
        four = await digits.give(tx, cast.id)
    page = await text(browser)
    assert four in page
    assert "Mei" in page
    status, page = await posted(browser, f"{PAGE}/name", {"reading": "遥"})
    assert status == 422
    assert "ひらがなかカタカナで" in page
    answer = await browser.post(f"{PAGE}/name", {"reading": "はるか"})
    assert answer.headers["Location"] == f"{PAGE}?saved=name#name"
    assert "音声をつくっています。" in await text(browser)
    assert (await browser.get(f"{PAGE}/name.wav")).status == 404
    async with database.transaction() as tx:
        await spoken_names.keep(tx, cast.id, "ハルカ", bytes(100))
    assert "<audio" in await text(browser)
    heard = await browser.get(f"{PAGE}/name.wav")
    assert (heard.content_type, (await heard.read())[:4]) == ("audio/wav", b"RIFF")
    assert heard.headers["Cache-Control"] == "no-store"
    # Another tab has changed it meanwhile: what was heard is not what would count.
    assert (await browser.post(f"{PAGE}/name/confirm", {"reading": "ハルコ"})).status == 409
    await browser.post(f"{PAGE}/name/confirm", {"reading": "ハルカ"})
    assert "確認済みです。" in await text(browser)
    async with database.transaction() as tx:
        assert list(await spoken_names.speech_of(tx, [cast.id])) == [cast.id]


async def test_nobody_elses_name_and_no_callers(browser: Browser, caller: User) -> None:
    assert (await browser.post(f"{PAGE}/name", {"reading": "はるか"})).status == 403
    assert "電話での呼ばれ方" not in await text(browser)
    assert (await browser.get(f"{PAGE}/name.wav")).status == 404


async def test_on_a_site_without_telephone_there_is_no_such_page(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser()
    await browser.sign_in(await make_user(database), database)
    for path in (PAGE, CODE_PAGE):
        assert (await browser.get(path)).status == 404
    for path in (PAGE, CODE_PAGE, f"{PAGE}/pin", f"{PAGE}/remove", f"{PAGE}/name"):
        assert (await browser.post(path, {"number": NUMBER, "code": "1"})).status == 404, path
    assert not re.search(r'href="/settings/telephone', await text(browser, "/settings"))
