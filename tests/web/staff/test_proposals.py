"""Points beyond the set amount, as staff see them: proposed by one, agreed to by another."""

import re

import sqlalchemy as sa

from foundation.database import Database
from people.accounts.accounts import User
from points import ledger
from points.payments.troubles import TEXTS as TROUBLES
from record import alarms
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, make_user
from tests.web.staff.scene import WHY, make_staff
from tests.web.staff.test_staff import _points


async def spendable(database: Database, user: User) -> int:
    async with database.transaction() as tx:
        return await ledger.spendable(tx, user.id)


def agrees(page: str) -> list[str]:
    """The buttons of a page with which one agrees."""
    return re.findall(r'action="(/staff/proposals/[0-9]+/agree)"', page)


async def test_a_large_gift_waits_on_both_pages_until_another_agrees(
    open_browser: Open, database: Database
) -> None:
    member = await make_user(database)
    first, second = await open_browser(second_staff_points=100), await open_browser()
    await first.sign_in(await make_staff(database), database)
    await second.sign_in(await make_staff(database), database)
    answer = await first.post(f"/staff/people/{member.id}/give", _points("101"))
    assert answer.headers["Location"] == f"/staff/people/{member.id}?done=waiting_second"
    page = await (await first.get(answer.headers["Location"])).text()
    assert "100ポイントをこえるため" in page
    assert agrees(page) == []
    assert await spendable(database, member) == 0
    for path in ("/staff/people", f"/staff/people/{member.id}"):
        page = await (await second.get(path)).text()
        assert "101 pt" in page
        assert WHY in page
        (way,) = agrees(page)
    assert '<span class="count">1</span>' in page
    own = await first.post(way, {}, SCRIPT)
    assert (own.status, (await own.json())["code"]) == (403, "proposal_second_is_first")
    done = await second.post(way, {})
    assert done.headers["Location"] == f"/staff/people/{member.id}?done=given"
    again = await second.post(way, {}, SCRIPT)
    assert (again.status, (await again.json())["code"]) == (409, "proposal_decided")
    assert await spendable(database, member) == 101
    page = await (await second.get("/staff/acts")).text()
    assert "付与や訂正を提案" in page
    assert "付与や訂正に同意" in page


async def test_a_correction_is_sent_back_with_a_reason(
    open_browser: Open, database: Database
) -> None:
    member = await make_user(database)
    browser = await open_browser(second_staff_points=0)
    await browser.sign_in(await make_staff(database), database)
    await browser.post(f"/staff/people/{member.id}/correct", _points("5", sign="plus"))
    page = await (await browser.get("/staff/people")).text()
    (way,) = re.findall(r'action="(/staff/proposals/[0-9]+/send-back)"', page)
    assert (await browser.post(way, {"reason": " "})).status == 400
    sent = await browser.post(way, {"reason": "記録と違います"})
    assert sent.headers["Location"] == f"/staff/people/{member.id}?done=sent_back"
    page = await (await browser.get(sent.headers["Location"])).text()
    assert "差し戻しました" in page
    assert "記録と違います" in page
    assert await spendable(database, member) == 0


async def test_an_alarm_has_a_word_for_its_kind(open_browser: Open, database: Database) -> None:
    browser = await open_browser()
    await browser.sign_in(await make_staff(database), database)
    async with database.transaction() as tx:
        for kind in KINDS:
            await alarms.alarm(tx, kind, "text", f"subject of {kind}")
        await tx.execute(sa.text("UPDATE users SET locale = 'ja'"))
    page = await (await browser.get("/staff/alarms")).text()
    words = re.findall(r"<strong>([^<]+)</strong>", page)
    assert len(set(words)) == len(KINDS)
    assert [word for word in words if word.isascii()] == []


# Every kind of which the code alarms.
KINDS = (
    "payment_refused", "payment_event_stuck", "refund_unknown", "refund_failed", "dispute_unknown",
    "dispute_opened", "dispute_contradicted", "reconcile_unknown", "reconcile_not_credited",
    "reconcile_not_paid", "reconcile_amount", "reconcile_missing", "reconcile_refund", "books",
    *(f"payments_{problem}" for problem in TROUBLES), "payments_signature",
)  # fmt: skip
