"""Strangers at the addresses of payouts, and forms that no page of ours would send."""

import re
from typing import Literal

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts import accounts
from rooms.care import withdrawal
from tests.payouts.payday import Payday
from tests.web.conftest import Open
from tests.web.scene import Browser
from tests.web.staff.scene import make_staff
from tests.world import HASH

OPEN = {"payout": "request", "talk_seller": "cast"}
UNKNOWN = 999_999_999


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    return await Payday.of(database, owner_database, settings.model_copy(update=OPEN))


async def signed_in(open_browser: Open, day: Payday, user_id: int) -> Browser:
    browser = await open_browser(**OPEN)
    async with day.database.transaction() as tx:
        user = await accounts.find_user(tx, user_id)
    assert user
    await browser.sign_in(user, day.database)
    return browser


async def of_staff(open_browser: Open, day: Payday, role: Literal["support", "finance"]) -> Browser:
    browser = await open_browser(**OPEN)
    await browser.sign_in(await make_staff(day.database, role), day.database)
    return browser


async def test_another_casts_papers_are_not_there(day: Payday, open_browser: Open) -> None:
    payout = await day.paid(await day.payable("さくら"), 6000)
    other = await signed_in(open_browser, day, await day.payable("みお"))
    where = f"/console/payouts/{payout}"
    assert (await other.get(where)).status == 404
    assert (await other.post(f"{where}/call-off", {})).status == 404
    assert (await other.post(f"{where}/objection", {"text": "違います"})).status == 404
    year = (await day.bank_day()).year
    page = await (await other.get(f"/console/payouts/{year}")).text()
    assert "6,000" not in page


STAFF = (
    "gather", "runs/1/send-on", "runs/1/agree", "runs/1/dissolve", "runs/1/close",
    "runs/1/reject", "runs/1/file", "runs/1/rows", "runs/1/results/propose", "casts/1/stop",
    "casts/1/lift", "casts/1/category", "casts/1/leftover", "objections/1/answer",
    "reversals/1/agree", "reversals/1/send-back",
)  # fmt: skip
SENT = {
    "press": "x", "pay_on": "2026-12-01", "reason": "理由", "payout": "1", "rows": "1 x",
    "category": "company", "text": "回答", "verdict": "keep",
}  # fmt: skip


@pytest.mark.parametrize("role", ["support", "cast"])
async def test_who_is_not_of_finance_finds_no_desk(
    day: Payday, open_browser: Open, role: str
) -> None:
    if role == "cast":
        stranger = await signed_in(open_browser, day, await day.payable())
    else:
        stranger = await of_staff(open_browser, day, "support")
    for path in ("", "/linked", "/tax", "/tax/csv", "/runs/1", "/casts/1"):
        assert (await stranger.get(f"/staff/payouts{path}")).status == 404, path
    for path in (f"/staff/payouts/{one}" for one in STAFF):
        assert (await stranger.post(path, SENT)).status == 404, path
    for path in ("people/1/verdict", "people/1/verdict/ask", "verdicts/1/agree"):
        assert (await stranger.post(f"/staff/{path}", SENT)).status == 404, path
    async with day.database.transaction() as tx:
        made = "SELECT (SELECT count(*) FROM payout_runs) + (SELECT count(*) FROM payout_stops)"
        assert await tx.scalar(sa.text(made)) == 0


async def test_what_is_unknown_is_refused_in_words(day: Payday, open_browser: Open) -> None:
    finance = await of_staff(open_browser, day, "finance")
    for path in (f"/staff/payouts/{one.replace('1', str(UNKNOWN))}" for one in STAFF[1:]):
        assert (await finance.post(path, SENT)).status in (404, 409), path
    for path in (f"people/{UNKNOWN}/verdict", f"verdicts/{UNKNOWN}/agree"):
        assert 400 <= (await finance.post(f"/staff/{path}", SENT)).status < 500, path


@pytest.mark.parametrize(
    "changed",
    [
        {"press": ""}, {"press": "x" * 65}, {"pay_on": "２０２６-12-01"}, {"pay_on": "9999-12-31"},
        {"pay_on": ""}, {"press": "a\x00b"},
    ],
)  # fmt: skip
async def test_a_changed_form_gathers_nothing(
    day: Payday, open_browser: Open, changed: dict[str, str]
) -> None:
    await day.ask(await day.payable(), 5000)
    finance = await of_staff(open_browser, day, "finance")
    form = {"press": "p", "pay_on": (await day.bank_day()).isoformat()} | changed
    assert 400 <= (await finance.post("/staff/payouts/gather", form)).status < 500
    async with day.database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT count(*) FROM payout_runs")) == 0


@pytest.mark.parametrize("amount", ["-5000", "+5000", "５０００", "05000", "5e3", "9" * 30, ""])
async def test_only_a_plain_sum_is_asked_for(day: Payday, open_browser: Open, amount: str) -> None:
    cast = await day.payable()
    browser = await signed_in(open_browser, day, cast)
    answer = await browser.post("/console/payouts", {"step": "ask", "amount": amount})
    assert 400 <= answer.status < 500
    assert await day.payouts(cast) == []


@pytest.mark.parametrize("reason", ["\x00", "理" * 501, " "])
async def test_a_reason_that_can_not_be_kept_stops_nobody(
    day: Payday, open_browser: Open, reason: str
) -> None:
    cast = await day.payable()
    finance = await of_staff(open_browser, day, "finance")
    answer = await finance.post(f"/staff/payouts/casts/{cast}/stop", {"reason": reason})
    assert answer.status == 400
    assert not (await day.book(cast)).stopped


async def test_without_its_token_a_form_does_nothing(day: Payday, open_browser: Open) -> None:
    cast = await day.payable()
    browser = await signed_in(open_browser, day, cast)
    form = {"step": "ask", "amount": "5000", "csrf": "0" * 43}
    answer = await browser.client.post("/console/payouts", data=form)
    assert answer.status == 403
    assert await day.payouts(cast) == []


async def test_a_result_with_hidden_rows_changed_notes_nothing_of_another_run(
    day: Payday, open_browser: Open
) -> None:
    one = await day.paid(await day.payable("さくら"), 6000)
    other = await day.paid(await day.payable("みお"), 6000)
    finance = await of_staff(open_browser, day, "finance")
    async with day.database.transaction() as tx:
        run = await tx.scalar(sa.text("SELECT run_id FROM payouts WHERE id = :id"), {"id": one})
    where = f"/staff/payouts/runs/{run}"
    for rows in (f"{one} x\n{other} x", "-1 x", f"{2**63} x", "１ x"):
        answer = await finance.post(f"{where}/results/propose", {"rows": rows, "reason": "戻り"})
        assert 400 <= answer.status < 500, rows
    answer = await finance.post(
        f"{where}/results/propose", {"rows": f"{one} \x00", "reason": "\x00"}
    )
    assert answer.status == 400
    answer = await finance.post(f"{where}/reject", {"payout": str(other), "reason": "戻り"})
    assert answer.status == 404
    async with day.database.transaction() as tx:
        states = await tx.scalars(sa.text("SELECT DISTINCT state FROM payouts"))
        assert list(states) == ["paid"]


async def test_a_name_that_is_a_formula_is_text_in_the_table(
    day: Payday, open_browser: Open
) -> None:
    await day.ask(await day.payable("=1+1"), 5000)
    maker = await day.staff()
    run = await day.gather(maker)
    await day.agreed(run, maker)
    finance = await of_staff(open_browser, day, "finance")
    answer = await finance.post(f"/staff/payouts/runs/{run}/rows", {})
    body = (await answer.read()).decode("utf-8-sig")
    assert re.search(r",'=1\+1,", body)


async def test_finance_read_the_file_of_who_has_withdrawn(day: Payday, open_browser: Open) -> None:
    cast = await day.payable()
    payout = await day.paid(cast, 6000)
    async with day.database.transaction() as tx:
        await withdrawal.withdraw(tx, day.settings, cast, HASH, 4000)
    finance = await of_staff(open_browser, day, "finance")
    async with day.database.transaction() as tx:
        run = await tx.scalar(sa.text("SELECT run_id FROM payouts WHERE id = :id"), {"id": payout})
    note = {"payout": str(payout), "reason": "口座なし"}
    assert (await finance.post(f"/staff/payouts/runs/{run}/reject", note)).status == 303
    answer = await finance.get(f"/staff/payouts/casts/{cast}")
    assert answer.status == 200
    assert "6,000" in await answer.text()
