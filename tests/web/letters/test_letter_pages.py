"""Pages of letters: writing, looking once more, sending, answering, reading; and without script."""

import re

import pytest
import sqlalchemy as sa

from foundation.database import Database
from people.accounts.accounts import User
from points import ledger
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, Browser, make_room, make_user
from tests.world import buy

OFFER = {"accepts": "1", "points": "1,500", "usual_hours": "48", "most_open": "5"}
FAMILY = "👨‍👩‍👧‍👦"


@pytest.fixture
async def two(database: Database) -> tuple[User, User]:
    """A caller with points, and a cast with a room."""
    caller = await make_user(database, nickname="けんじ")
    cast = await make_user(database, nickname="さくら", is_cast=True)
    await make_room(database, cast, waiting=False)
    async with database.transaction() as tx:
        await buy(tx, caller.id, 5000)
    return caller, cast


@pytest.fixture
async def pair(
    open_browser: Open, database: Database, two: tuple[User, User]
) -> tuple[Browser, Browser]:
    """Both signed in, and the cast takes letters."""
    one, other = await open_browser(letters=True), await open_browser(letters=True)
    await one.sign_in(two[0], database)
    await other.sign_in(two[1], database)
    saved = await other.post("/console/letters", OFFER)
    assert saved.headers["Location"] == "/console/letters?saved=1"
    return one, other


def hidden(page: str) -> dict[str, str]:
    """What the form of the last look sends beside its words."""
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    return {name: value for name, value in found.items() if name != "csrf"}


async def look(browser: Browser, cast: int, text: str) -> str:
    answer = await browser.post(f"/casts/{cast}/letter", {"text": text, "step": "look"})
    assert answer.status == 200
    return await answer.text()


async def send(browser: Browser, cast: int, text: str) -> str:
    fields = hidden(await look(browser, cast, text))
    answer = await browser.post(f"/casts/{cast}/letter/send", fields | {"text": text})
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"].partition("?")[0]


async def test_a_letter_from_the_casts_page_to_its_answer(
    pair: tuple[Browser, Browser], two: tuple[User, User], database: Database
) -> None:
    one, other = pair
    cast = two[1].id
    assert f'href="/casts/{cast}/letter"' in await (await one.get(f"/casts/{cast}")).text()
    form = await (await one.get(f"/casts/{cast}/letter")).text()
    assert "1,000文字まで" in form
    page = await look(one, cast, "転職するか\n迷っています")
    for said in (
        "1,500",
        "5日以内にお返事がないときは、すべて自動でお返しします",
        "転職するか\n迷っています",
    ):
        assert said in page
    letter = await send(one, cast, "転職するか\n迷っています")
    assert "相談を送りました" in await (await one.get(f"{letter}?done=sent")).text()
    listed = await (await other.get("/letters")).text()
    assert "けんじさんから" in listed
    assert re.search(r'data-part="messages-count">1<', listed)
    seen = await (await other.get(letter)).text()
    assert "転職するか\n迷っています" in seen
    answer = await other.post(f"{letter}/answer", {"text": "焦らずに", "back": "0"})
    assert answer.headers["Location"] == f"{letter}?done=answered"
    # Its words wait until they are asked for.
    before = await (await one.get(letter)).text()
    assert "焦らずに" not in before
    assert "内容を確認する" in before
    looked = await one.post(f"{letter}/look", {})
    assert looked.headers["Location"] == f"{letter}#latest"
    after = await (await one.get(letter)).text()
    assert "焦らずに" in after
    assert "聞き返す（1回だけ無料）" in after
    assert (await one.post(f"{letter}/back", {"text": "いつ頃？"})).status == 303
    owed = await (await other.get(letter)).text()
    assert 'name="back" value="1"' in owed
    await other.post(f"{letter}/answer", {"text": "春に", "back": "1"})
    waiting = await (await one.get(letter)).text()
    assert "焦らずに" in waiting
    assert "春に" not in waiting
    await one.post(f"{letter}/look", {})
    assert "春に" in await (await one.get(letter)).text()
    async with database.transaction() as tx:
        assert await ledger.spendable(tx, two[0].id) == 3500


async def test_the_same_look_sends_one_letter(
    pair: tuple[Browser, Browser], two: tuple[User, User], database: Database
) -> None:
    one, cast = pair[0], two[1].id
    fields = hidden(await look(one, cast, "一度だけ")) | {"text": "一度だけ"}
    first = await one.post(f"/casts/{cast}/letter/send", fields)
    again = await one.post(f"/casts/{cast}/letter/send", fields)
    assert first.headers["Location"] == again.headers["Location"]
    async with database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT count(*) FROM letters")) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("あ" * 1001, "1,000文字までです。いまは1,001文字あります。"),
        (FAMILY * 1001, "1,000文字までです。いまは1,001文字あります。"),
        (" \u200b\n\u202e", "本文を入力してください。"),
    ],
)
async def test_a_mistake_stands_beside_the_field_and_nothing_is_lost(
    pair: tuple[Browser, Browser], two: tuple[User, User], text: str, said: str
) -> None:
    answer = await pair[0].post(f"/casts/{two[1].id}/letter", {"text": text, "step": "look"})
    page = await answer.text()
    assert answer.status == 422
    assert said in page
    assert text in page
    assert 'aria-invalid="true"' in page


async def test_a_thousand_families_and_four_thousand_signs_arrive(
    pair: tuple[Browser, Browser], two: tuple[User, User]
) -> None:
    letter = await send(pair[0], two[1].id, FAMILY * 1000)
    assert FAMILY * 1000 in await (await pair[1].get(letter)).text()
    answer = await pair[1].post(f"{letter}/answer", {"text": "答" * 4000, "back": "0"})
    assert answer.status == 303
    await pair[0].post(f"{letter}/look", {})
    assert "答" * 4000 in await (await pair[0].get(letter)).text()


async def test_no_other_form_brings_as_much(pair: tuple[Browser, Browser]) -> None:
    answer = await pair[0].post("/contact", {"text": "答" * 12_000})
    assert answer.status == 413


async def test_what_was_typed_comes_back_to_be_changed(
    pair: tuple[Browser, Browser], two: tuple[User, User]
) -> None:
    answer = await pair[0].post(
        f"/casts/{two[1].id}/letter", {"text": "書きなおす", "step": "edit"}
    )
    page = await answer.text()
    assert (answer.status, "書きなおす</textarea>" in page) == (200, True)


async def test_who_can_not_pay_is_shown_the_way(
    open_browser: Open, database: Database, pair: tuple[Browser, Browser], two: tuple[User, User]
) -> None:
    poor = await open_browser(letters=True)
    await poor.sign_in(await make_user(database, nickname="みき"), database)
    page = await look(poor, two[1].id, "お願いします")
    assert 'href="/points/buy?need=1500"' in page
    fields = hidden(page) | {"text": "お願いします"}
    answer = await poor.post(f"/casts/{two[1].id}/letter/send", fields)
    assert (answer.status, "あと1500ポイント足りません" in await answer.text()) == (409, True)


async def test_a_changed_price_is_looked_at_again(
    pair: tuple[Browser, Browser], two: tuple[User, User]
) -> None:
    fields = hidden(await look(pair[0], two[1].id, "値段")) | {"text": "値段"}
    await pair[1].post("/console/letters", OFFER | {"points": "2000"})
    answer = await pair[0].post(f"/casts/{two[1].id}/letter/send", fields)
    page = await answer.text()
    assert answer.status == 409
    assert "料金が2,000ポイントに変わりました" in page
    assert hidden(page)["points"] == "2000"


async def test_a_draft_is_kept_by_button_and_by_script(
    pair: tuple[Browser, Browser], two: tuple[User, User]
) -> None:
    letter = await send(pair[0], two[1].id, "下書きの話")
    answer = await pair[1].post(f"{letter}/answer", {"text": "書きかけ", "back": "0", "keep": "1"})
    assert answer.headers["Location"] == f"{letter}?done=draft"
    assert "書きかけ</textarea>" in await (await pair[1].get(letter)).text()
    kept = await pair[1].post(f"{letter}/answer", {"text": "もっと", "keep": "1"}, SCRIPT)
    assert (kept.status, await kept.json()) == (200, {})
    assert "もっと</textarea>" in await (await pair[1].get(letter)).text()
    # Nobody else sees it.
    assert "もっと" not in await (await pair[0].get(letter)).text()


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "<b>太字</b> &amp; {{ 7 * 7 }}"])
async def test_what_is_written_is_text_and_no_link(
    pair: tuple[Browser, Browser], two: tuple[User, User], text: str
) -> None:
    words = f"{text} https://example.com/"
    assert text not in await look(pair[0], two[1].id, words)
    letter = await send(pair[0], two[1].id, words)
    page = await (await pair[1].get(letter)).text()
    assert text not in page
    assert 'href="https://example.com' not in page
    assert "https://example.com/" in page


async def test_a_site_without_letters_shows_none(
    open_browser: Open, database: Database, two: tuple[User, User]
) -> None:
    browser = await open_browser()
    await browser.sign_in(two[1], database)
    assert (await browser.get("/console/letters")).status == 404
    assert (await browser.post("/console/letters", OFFER)).status == 403
    assert "メール相談" not in await (await browser.get("/messages")).text()
    assert "メールで相談する" not in await (await browser.get(f"/casts/{two[1].id}")).text()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("points", "99", "料金は100ポイントから30,000ポイントまで"),
        ("points", "x", "半角の数字"),
        ("most_open", "51", "1件から50件まで"),
        ("usual_hours", "47", "目安を選んでください"),
    ],
)
async def test_what_can_not_be_offered_is_said_beside_its_field(
    pair: tuple[Browser, Browser], field: str, value: str, said: str
) -> None:
    answer = await pair[1].post("/console/letters", OFFER | {field: value})
    page = await answer.text()
    assert answer.status == 422
    assert said in page


async def test_a_claim_is_filed_and_shown(
    pair: tuple[Browser, Browser], two: tuple[User, User]
) -> None:
    letter = await send(pair[0], two[1].id, "申し立ての話")
    assert (await pair[0].get(f"{letter}/claim")).headers["Location"] == letter
    await pair[1].post(f"{letter}/answer", {"text": "はい", "back": "0"})
    await pair[0].post(f"{letter}/look", {})
    assert f'href="{letter}/claim"' in await (await pair[0].get(letter)).text()
    form = await (await pair[0].get(f"{letter}/claim")).text()
    assert "スタッフが相談とお返事の内容を読みます" in form
    wrong = await pair[0].post(f"{letter}/claim", {"kind": "other", "text": ""})
    assert wrong.status == 422
    sent = await pair[0].post(f"{letter}/claim", {"kind": "no_answer", "text": "短すぎます"})
    assert sent.headers["Location"] == letter
    assert "スタッフが記録を確認しています" in await (await pair[0].get(letter)).text()
    assert (await pair[1].get(f"{letter}/claim")).status == 404


async def test_reporting_and_blocking_begin_at_the_letter(
    pair: tuple[Browser, Browser], two: tuple[User, User]
) -> None:
    letter = await send(pair[0], two[1].id, "通報の話")
    assert "このメールの内容を確認します" in await (await pair[1].get(f"{letter}/report")).text()
    sent = await pair[1].post(f"{letter}/report", {"kind": "outside", "text": "外で会おうと"})
    assert sent.headers["Location"] == f"{letter}/report?done=1"
    page = await (await pair[1].get(f"{letter}/block")).text()
    assert "お返事を待っているメール相談（1件）は取りやめになり" in page
    await pair[1].post(f"{letter}/block", {"lost": "0"})
    assert "料金はすべてお返ししました" in await (await pair[0].get(letter)).text()


async def test_the_mail_leads_to_the_answer_and_says_nothing_of_it(
    pair: tuple[Browser, Browser], two: tuple[User, User], database: Database
) -> None:
    letter = await send(pair[0], two[1].id, "ひみつの話")
    await pair[1].post(f"{letter}/answer", {"text": "ひみつの返事", "back": "0"})
    mail = sa.text("SELECT text || html FROM mails WHERE to_address = :to")
    async with database.transaction() as tx:
        (found,) = list(await tx.scalars(mail, {"to": two[0].email}))
    assert letter in found
    assert "内容を確認する" in found
    assert "ひみつ" not in found
