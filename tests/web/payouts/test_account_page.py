"""The page of a cast's bank account: found, typed, looked over, proved, named, called off."""

import asyncio
import html
import re
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from notify.tables import mails
from payouts.banks import accounts
from payouts.tables import bank_accounts, payout_profiles
from people.accounts.accounts import User
from people.desk import identity
from people.desk.identity_tables import identity_checks
from people.sign_in import seals, totp
from tests.payouts.accounts import named
from tests.web.conftest import Open
from tests.web.scene import PASSWORD, Browser, make_user

PAGE = "/console/payouts/account"
TYPED = {
    "bank": "0001", "branch": "001", "kind": "1", "number": "123", "holder": "やまだ　はなこ",
    "holder_kind": "person",
}  # fmt: skip
SURE = {"mine": "1", "password": PASSWORD}


@pytest.fixture
async def cast(browser: Browser, database: Database) -> User:
    """A cast, signed in."""
    user = await make_user(database, is_cast=True)
    await browser.sign_in(user, database)
    return user


async def text(browser: Browser, path: str = PAGE) -> str:
    answer = await browser.get(path)
    assert answer.status == 200, path
    return html.unescape(await answer.text())


async def posted(browser: Browser, path: str, form: dict[str, str]) -> tuple[int, str]:
    answer = await browser.post(path, form)
    return answer.status, html.unescape(await answer.text())


async def kept(database: Database) -> list[Any]:
    async with database.transaction() as tx:
        return list(await tx.execute(sa.select(bank_accounts).order_by(bank_accounts.c.id)))


def links(page: str) -> list[str]:
    return re.findall(r'class="bank-choice" href="([^"]+)"', page)


async def test_the_way_without_a_script_from_a_word_to_an_account(
    browser: Browser, database: Database, settings: Settings, cast: User
) -> None:
    first = await text(browser)
    assert "1. 金融機関を選ぶ" in first
    assert "24時間" in first
    assert "はじめての口座も同じです" in first
    assert f"{PAGE}?bank=9900" in links(first)
    found = await text(browser, f"{PAGE}?q=みずほ")
    assert links(found)[0] == f"{PAGE}?bank=0001"
    branches = await text(browser, f"{PAGE}?bank=0001&q=東京営業部")
    assert links(branches)[0] == f"{PAGE}?bank=0001&branch=001"
    assert "3. 口座番号と名義" in await text(browser, links(branches)[0])
    status, looked_over = await posted(browser, f"{PAGE}/check", TYPED)
    assert status == 200
    for shown in ("みずほ銀行", "東京営業部", "普通", "0000123", "ﾔﾏﾀﾞ ﾊﾅｺ"):
        assert shown in looked_over
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', looked_over))
    hidden.pop("csrf")
    answer = await browser.post(PAGE, hidden | SURE)
    assert answer.headers["Location"] == f"{PAGE}?saved=named"
    page = await text(browser, f"{PAGE}?saved=named")
    assert "····123" in page
    assert "0000123" not in page
    assert "ﾔﾏﾀﾞ" not in page
    assert "登録を取り消す" in page
    (row,) = await kept(database)
    async with database.transaction() as tx:
        (known,) = (await accounts.opened(tx, settings, [row.id])).values()
    assert (known.bank_code, known.branch_code, known.number) == ("0001", "001", "0000123")
    assert known.holder == "ﾔﾏﾀﾞ ﾊﾅｺ"
    assert "振込先の口座を受け付けました" in await text(browser, "/inbox")
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(mails)) == 1
    done = await browser.post(f"{PAGE}/call-off", {})
    assert done.headers["Location"] == f"{PAGE}?saved=called-off"
    assert "1. 金融機関を選ぶ" in await text(browser)
    assert (await browser.post(f"{PAGE}/call-off", {})).status == 409


async def test_the_post_bank_is_reached_by_symbol_and_number(
    browser: Browser, database: Database, settings: Settings, cast: User
) -> None:
    page = await text(browser, f"{PAGE}?bank=9900")
    assert "記号10530・番号12345671 → 店番058・普通1234567" in page
    typed = {
        "bank": "9900", "symbol": "10530", "number": "12345671", "kind": "1",
        "holder": "ヤマダ ハナコ", "holder_kind": "person",
    }  # fmt: skip
    status, looked_over = await posted(browser, f"{PAGE}/check", typed)
    assert status == 200
    assert "〇五八" in looked_over
    assert "1234567<" in looked_over
    for wrong, words in (
        ({"symbol": "20530"}, "1または0ではじまる5桁"),
        ({"number": "12345678"}, "末尾の「1」まで"),
        ({"kind": "2"}, "普通か貯蓄"),
        ({"symbol": "11590"}, "この支店は一覧にありません"),
    ):
        status, page = await posted(browser, f"{PAGE}/check", typed | wrong)
        assert status == 422
        assert words in page
        assert 'value="ヤマダ ハナコ"' in page
    assert "店番と口座番号で登録する" in await text(browser, f"{PAGE}?bank=9900")
    assert links(await text(browser, f"{PAGE}?bank=9900&q=058")) == [f"{PAGE}?bank=9900&branch=058"]


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"number": "12345678"}, "number", "7桁までの数字"),
        ({"number": ""}, "number", "7桁までの数字"),
        ({"holder": "山田 花子"}, "holder", "漢字は使えません"),
        ({"holder": "ア" * 31}, "holder", "30文字まで"),
        ({"holder": "<b>ヤマダ"}, "holder", "使えない文字"),
        ({"kind": "9"}, "kind", "種類を選んで"),
        ({"holder_kind": "company"}, "holder_kind", "法人名を確認してから"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(
    browser: Browser, cast: User, wrong: dict[str, str], field: str, words: str
) -> None:
    for path, more in ((f"{PAGE}/check", {}), (PAGE, SURE)):
        status, page = await posted(browser, path, TYPED | wrong | more)
        assert status == 422
        assert re.search(rf'id="{field}-error">.*{words}', page)
        typed = TYPED | wrong
        for name in ("number", "holder"):
            assert f'value="{typed[name]}"' in page.replace("&lt;", "<").replace("&gt;", ">")
        assert "<b>ヤマダ" not in (await (await browser.post(path, TYPED | wrong)).text())


async def test_an_unknown_bank_and_branch_are_refused_in_words(
    browser: Browser, cast: User
) -> None:
    assert "海外の銀行の口座には、お振込できません" in await text(browser, f"{PAGE}?bank=0000")
    assert "海外の銀行や、一覧にない" in await text(browser, f"{PAGE}?q=HSBC New York")
    assert "この支店は一覧にありません" in await text(browser, f"{PAGE}?bank=0001&branch=999")
    assert "見つかりませんでした" in await text(browser, f"{PAGE}?bank=0001&q=存在しない")
    status, page = await posted(browser, f"{PAGE}/check", TYPED | {"bank": "0000"})
    assert status == 422
    assert "海外の銀行" in page
    status, page = await posted(browser, f"{PAGE}/check", TYPED | {"branch": "999"})
    assert status == 422
    assert "この支店は一覧にありません" in page


async def test_a_stolen_session_changes_nothing_without_the_password(
    browser: Browser, database: Database, cast: User
) -> None:
    for proof in ({}, {"password": ""}, {"password": "合言葉がちがう 42"}):
        status, page = await posted(browser, PAGE, TYPED | {"mine": "1"} | proof)
        assert status == 422
        assert "パスワードがちがいます" in page
        # Still to be looked over, with all of it.
        assert 'name="number" value="0000123"' in page
    status, page = await posted(browser, PAGE, TYPED | {"password": PASSWORD})
    assert status == 422
    assert "口座の名義を確かめて" in page
    assert await kept(database) == []
    statuses = {(await browser.post(PAGE, TYPED | {"mine": "1"})).status for _ in range(12)}
    assert 429 in statuses
    assert await kept(database) == []


async def test_who_has_a_second_factor_proves_it_first(
    browser: Browser, database: Database, settings: Settings
) -> None:
    user = await make_user(database, is_cast=True)
    async with database.transaction() as tx:
        await totp.offer(tx, settings, user.id, user.email)
        await tx.execute(sa.text("UPDATE totp_keys SET confirmed_at = clock_timestamp()"))
    await browser.sign_in(user, database, proved=False)
    assert (await browser.get(PAGE)).status == 200
    for answer in (
        await browser.get(f"{PAGE}?bank=0001"),
        await browser.post(f"{PAGE}/check", TYPED),
        await browser.post(PAGE, TYPED | SURE),
    ):
        assert answer.status == 303
        assert answer.headers["Location"].startswith("/sign-in/second?")
    assert await kept(database) == []
    await browser.sign_in(user, database, proved=True)
    assert (await browser.post(PAGE, TYPED | SURE)).status == 303
    assert len(await kept(database)) == 1


async def test_others_are_not_let_in(browser: Browser, database: Database) -> None:
    assert (await browser.get(PAGE)).headers["Location"].startswith("/sign-in")
    caller = await make_user(database)
    await browser.sign_in(caller, database)
    assert (await browser.get(PAGE)).status == 403
    assert (await browser.post(PAGE, TYPED | SURE)).status == 403
    assert await kept(database) == []


async def test_the_identity_comes_first_and_its_name_stands_beside_the_field(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    browser = await open_browser(identity_check=True)
    user, staff = await make_user(database, is_cast=True), await make_user(database)
    await browser.sign_in(user, database)
    page = await text(browser)
    assert "本人確認をお済ませください" in page
    assert "/console/identity" in page
    answer = await browser.post(PAGE, TYPED | SURE)
    assert answer.status == 403
    assert "本人確認へ" in await answer.text()
    sealed = seals.seal(settings, "山田 <花子>".encode(), identity.whose(user.id, "name"))
    async with database.transaction() as tx:
        await tx.execute(
            sa.insert(identity_checks).values(
                user_id=user.id, state="checked", decided_by=staff.id,
                decided_at=sa.func.clock_timestamp(), legal_name=sealed,
            )
        )  # fmt: skip
    raw = await (await browser.get(f"{PAGE}?bank=0001&branch=001")).text()
    assert "山田 &lt;花子&gt;" in raw
    _, looked_over = await posted(browser, f"{PAGE}/check", TYPED)
    assert "本人確認をした「山田 <花子>」本人です" in looked_over
    assert (await browser.post(PAGE, TYPED | SURE)).status == 303


async def test_a_company_is_named_once_finance_wrote_it_down(
    browser: Browser, database: Database, cast: User
) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            sa.insert(payout_profiles).values(user_id=cast.id, company="株式会社さくら")
        )
    typed = TYPED | {"holder_kind": "company", "holder": "カ）サクラ"}
    _, looked_over = await posted(browser, f"{PAGE}/check", typed)
    assert "ｶ)ｻｸﾗ" in looked_over
    assert "この口座の名義は、「株式会社さくら」です" in looked_over
    assert (await browser.post(PAGE, typed | SURE)).status == 303
    assert "法人名義" in await text(browser)
    (row,) = await kept(database)
    assert row.holder_kind == "company"


async def test_two_tabs_at_once_name_one_account(
    browser: Browser, database: Database, cast: User
) -> None:
    forms = [TYPED | SURE | {"number": number} for number in ("1111111", "2222222", "1111111")]
    answers = await asyncio.gather(*(browser.post(PAGE, form) for form in forms))
    assert {one.status for one in answers} == {303}
    rows = await kept(database)
    assert len([one for one in rows if one.replaced_at is None]) == 1


async def test_a_change_shows_both_and_can_be_gone_back_from(
    browser: Browser, database: Database, settings: Settings, cast: User
) -> None:
    instant = settings.model_copy(update={"bank_change_hours": 0})
    await named(database, instant, cast.id, "7654321")
    page = await text(browser)
    assert "····321" in page
    assert "別の口座に変える" in page
    assert "1. 金融機関を選ぶ" not in page
    assert "1. 金融機関を選ぶ" in await text(browser, f"{PAGE}?new=1")
    status, page = await posted(browser, f"{PAGE}/check", TYPED | {"edit": "1"})
    assert status == 200
    assert 'value="やまだ　はなこ"' in page
    await browser.post(PAGE, TYPED | SURE)
    page = await text(browser)
    assert "····321" in page
    assert "····123" in page
    assert "変更を取り消す" in page
    await browser.post(f"{PAGE}/call-off", {})
    assert "····123" not in await text(browser)


async def test_too_many_changes_are_refused_with_a_way_back(
    browser: Browser, database: Database, settings: Settings, cast: User
) -> None:
    for number in range(1, 6):
        await named(database, settings, cast.id, f"{number}000000")
    answer = await browser.post(PAGE, TYPED | SURE)
    assert answer.status == 409
    assert PAGE in await answer.text()


async def test_without_a_key_the_page_says_so(
    browser: Browser, cast: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "can_seal", lambda settings: False)
    assert "いまは口座を登録できません" in await text(browser)
    assert (await browser.post(PAGE, TYPED | SURE)).status == 503
