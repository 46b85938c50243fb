"""Writing to the staff, and their one answer by mail."""

import asyncio

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from notify.tables import mails
from people.desk import inquiries
from people.meeting.tables import inquiries as table
from record.tables import staff_acts
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, Browser, make_user
from tests.web.staff.scene import make_staff

FORM = {"category": "points", "email": "a@example.jp", "text": "買えません\r\n<i>なぜ</i>"}


async def found(database: Database) -> list[sa.Row[tuple[object, ...]]]:
    async with database.transaction() as tx:
        return list(await tx.execute(sa.select(table).order_by(table.c.id)))


async def letters(database: Database) -> list[sa.Row[tuple[object, ...]]]:
    async with database.transaction() as tx:
        return list(await tx.execute(sa.select(mails).order_by(mails.c.id)))


async def test_anyone_may_ask_and_is_told_by_mail_that_it_came(
    browser: Browser, database: Database
) -> None:
    answer = await browser.post("/contact", FORM)
    assert answer.headers["Location"] == "/contact?sent=1"
    assert (await browser.get("/contact?sent=1")).status == 200
    (inquiry,), (mail,) = await found(database), await letters(database)
    assert (inquiry.category, inquiry.text, inquiry.user_id) == (
        "points",
        "買えません\n<i>なぜ</i>",
        None,
    )
    assert (mail.to_address, str(inquiry.id) in mail.subject) == ("a@example.jp", True)
    assert "買えません" not in mail.text
    # Who has no account has no inbox to look into.
    assert "お知らせ" not in mail.text


async def test_a_members_address_is_filled_in(browser: Browser, database: Database) -> None:
    user = await make_user(database)
    await browser.sign_in(user, database)
    assert user.email in await (await browser.get("/contact")).text()
    await browser.post("/contact", FORM)
    assert [inquiry.user_id for inquiry in await found(database)] == [user.id]


@pytest.mark.parametrize(
    "wrong",
    [{"category": ""}, {"category": "x"}, {"email": "x"}, {"text": ""}, {"text": "あ" * 2001}],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    browser: Browser, database: Database, wrong: dict[str, str]
) -> None:
    answer = await browser.post("/contact", FORM | wrong)
    page = await answer.text()
    assert answer.status == 422
    assert 'aria-invalid="true"' in page
    if "text" not in wrong:
        assert "買えません\n&lt;i&gt;なぜ" in page
    assert await found(database) == []


async def test_one_address_is_not_flooded_with_mails(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(letter_tries=2)
    forms = [FORM | {"text": f"{number}通目です。"} for number in range(3)]
    statuses = [(await browser.post("/contact", form)).status for form in forms]
    assert statuses == [303, 303, 429]
    assert len(await letters(database)) == 2


async def test_staff_answer_by_mail_once_and_the_log_says_so(
    browser: Browser, open_browser: Open, database: Database
) -> None:
    await browser.post("/contact", FORM)
    (inquiry,) = await found(database)
    desk, staff = await open_browser(), await make_staff(database)
    await desk.sign_in(staff, database)
    page = await (await desk.get("/staff/inquiries")).text()
    assert "&lt;i&gt;なぜ" in page
    way = f"/staff/inquiries/{inquiry.id}"
    assert (await desk.post(f"{way}/answer", {"words": "カードをお確かめください。"})).status == 303
    again = await desk.post(f"{way}/answer", {"words": "もう一度"}, SCRIPT)
    assert (again.status, (await again.json())["code"]) == (409, "inquiry_decided")
    closed = await desk.post(f"{way}/close", {"reason": "済み"}, SCRIPT)
    assert closed.status == 409
    receipt, answer = await letters(database)
    assert receipt.to_address == answer.to_address == "a@example.jp"
    assert "カードをお確かめください。" in answer.text
    assert "買えません" in answer.text
    async with database.transaction() as tx:
        act = (await tx.execute(sa.select(staff_acts))).one()
    # The log stays for ever; what people wrote does not.
    assert (act.act, act.subject, act.reason) == (
        "inquiry.answer",
        f"inquiry:{inquiry.id}",
        "points",
    )
    assert (
        "カードをお確かめください。" in await (await desk.get("/staff/inquiries?state=done")).text()
    )


async def test_staff_may_close_one_without_an_answer(browser: Browser, database: Database) -> None:
    await browser.post("/contact", FORM)
    (inquiry,) = await found(database)
    await browser.sign_in(await make_staff(database), database)
    answer = await browser.post(f"/staff/inquiries/{inquiry.id}/close", {"reason": "広告"})
    assert answer.status == 303
    assert [row.state for row in await found(database)] == ["closed"]
    assert len(await letters(database)) == 1


async def test_of_two_answers_at_once_one_goes_out(database: Database, settings: Settings) -> None:
    one, other = await make_staff(database), await make_staff(database)
    async with database.transaction() as tx:
        asked = await inquiries.ask(
            tx,
            settings,
            user_id=None,
            email="a@example.jp",
            category="other",
            text="こんにちは",
            locale="en",
        )

    async def answer(actor: int) -> None:
        async with database.transaction() as tx:
            await inquiries.answer(tx, settings, asked, actor, "Hello")

    outcomes = await asyncio.gather(answer(one.id), answer(other.id), return_exceptions=True)
    assert [type(each) for each in outcomes].count(UserError) == 1
    _, answered = await letters(database)
    assert "inquiry" in answered.subject
    assert "Hello" in answered.text


async def test_without_the_permission_the_queue_is_not_there(
    browser: Browser, database: Database
) -> None:
    await browser.sign_in(await make_user(database), database)
    assert (await browser.get("/staff/inquiries")).status == 404
    assert (await browser.post("/staff/inquiries/1/answer", {"words": "x"})).status == 404
    assert (await browser.post("/staff/inquiries/1/close", {"reason": "x"})).status == 404
