"""What a bank sent back after its cast had gone stays theirs, until two have decided about it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from payouts.banks import naming, reached
from payouts.banks.accounts import BankAccount
from payouts.desk import held, leftovers, verdicts
from payouts.desk.held import Decision
from payouts.desk.leftovers import Leftover
from payouts.tables import bank_accounts
from rooms.care import withdrawal
from tests.payouts.payday import Payday
from tests.world import HASH

OPEN = {"talk_seller": "cast", "payout": "request"}


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    return await Payday.of(database, owner_database, settings.model_copy(update=OPEN))


async def gone(day: Payday) -> tuple[int, int, int]:
    """Who went with nothing due, and whose last payout came back then; and two of finance."""
    cast = await day.payable(minutes=6)
    payout = await day.paid(cast, 6000)
    async with day.database.transaction() as tx:
        await withdrawal.withdraw(tx, day.settings, cast, HASH)
    one, two = await day.staff(), await day.staff()
    assert await day.reject(payout, one, two)
    return cast, one, two


async def typed(day: Payday, number: str = "7654321") -> BankAccount:
    async with day.database.transaction() as tx:
        return await reached.typed(tx, "0001", "001", "1", number, "サクラ ハナコ")


async def propose(day: Payday, cast: int, by: int, verdict: Decision = "pay") -> int:
    account = await typed(day) if verdict == "pay" else None
    async with day.database.transaction() as tx:
        await verdicts.propose(tx, day.settings, by, cast, verdict, "電話で確認", account)
        waiting = (await held.desk_of(tx, day.settings, cast)).waiting
    assert waiting
    return waiting.id


async def agree(day: Payday, verdict: int, by: int) -> None:
    async with day.database.transaction() as tx:
        await verdicts.agree(tx, day.settings, by, verdict)


async def listed(day: Payday) -> list[tuple[int, int, bool]]:
    async with day.database.transaction() as tx:
        found: list[Leftover] = await leftovers.leftovers(tx, day.settings)
    return [(one.user_id, one.amount, one.proposed) for one in found]


async def test_it_is_shown_until_it_is_paid_into_an_account_that_two_agreed_to(
    day: Payday,
) -> None:
    cast, one, two = await gone(day)
    assert await listed(day) == [(cast, 6000, False)]
    verdict = await propose(day, cast, one)
    assert await listed(day) == [(cast, 6000, True)]
    with pytest.raises(UserError, match="own_verdict"):
        await agree(day, verdict, one)
    assert (await day.book(cast)).requested == 0
    await agree(day, verdict, two)
    # One request a day: the one that came back was of today.
    assert (await day.book(cast)).requested == 0
    await day.pass_days(1)
    async with day.database.transaction() as tx:
        assert await verdicts.ask_for(tx, day.settings, one, cast) == 6000
    run = await day.gather(one)
    await day.agreed(run, one)
    await day.close(run, one)
    assert await day.payouts(cast) == [("rejected", 6000), ("paid", 6000)]
    async with day.database.transaction() as tx:
        tails = await tx.scalars(
            sa.text(
                "SELECT a.tail FROM payouts p JOIN bank_accounts a ON a.id = p.account_id"
                " ORDER BY p.id"
            )
        )
        assert list(tails) == ["456", "321"]
    assert await listed(day) == []
    await day.prove()


async def test_by_the_month_the_run_takes_it(day: Payday) -> None:
    cast, one, two = await gone(day)
    day.settings = day.settings.model_copy(update={"payout": "monthly"})
    await agree(day, await propose(day, cast, one), two)
    # A month whose earnings nobody may claim any more, whatever day it is.
    month = (await day.bank_day() - timedelta(days=45)).replace(day=1)
    await day.gather(one, month)
    assert await day.payouts(cast) == [("rejected", 6000), ("in_run", 6000)]
    await day.prove()


async def test_an_account_that_was_proposed_counts_never_by_itself(day: Payday) -> None:
    cast, one, two = await gone(day)
    verdict = await propose(day, cast, one)
    with pytest.raises(UserError, match="nothing_payable"):
        async with day.database.transaction() as tx:
            await verdicts.ask_for(tx, day.settings, one, cast)
    async with day.database.transaction() as tx:
        await verdicts.send_back(tx, two, verdict, "名義が違います")
    with pytest.raises(UserError, match="nothing_payable"):
        async with day.database.transaction() as tx:
            await verdicts.ask_for(tx, day.settings, one, cast)
    assert await listed(day) == [(cast, 6000, False)]


async def test_the_second_person_sees_the_account_and_who_else_named_it(day: Payday) -> None:
    cast, one, _ = await gone(day)
    other = await day.cast("みお")
    await day.account(other, number="7654321")
    await propose(day, cast, one)
    async with day.database.transaction() as tx:
        waiting = (await held.desk_of(tx, day.settings, cast)).waiting
        assert waiting
        assert waiting.account_id
        found = await reached.proposed(tx, day.settings, waiting.account_id)
    assert found.account
    assert (found.account.number, found.account.holder) == ("7654321", "ｻｸﾗ ﾊﾅｺ")
    assert found.shared_with == ["みお"]


async def test_its_words_go_and_then_nobody_agrees_to_it(day: Payday) -> None:
    cast, one, two = await gone(day)
    verdict = await propose(day, cast, one)
    await day.pass_days(naming.KEPT_DAYS + 1)
    async with day.database.transaction() as tx:
        assert await naming.forget_replaced(tx, naming.KEPT_DAYS, 100)
        assert not list(
            await tx.scalars(
                sa.select(bank_accounts.c.id).where(bank_accounts.c.sealed.is_not(None))
            )
        )
    with pytest.raises(UserError, match="account_forgotten"):
        await agree(day, verdict, two)
    assert (await day.book(cast)).payable == 6000


async def test_before_it_lapses_nobody_keeps_it_and_then_two_do(day: Payday) -> None:
    cast, one, two = await gone(day)
    with pytest.raises(UserError, match="not_lapsed"):
        await propose(day, cast, one, "keep")
    await day.pass_days(5 * 365)
    with pytest.raises(UserError, match="not_lapsed"):
        await propose(day, cast, one, "keep")
    await day.pass_days(3)
    verdict = await propose(day, cast, one, "keep")
    with pytest.raises(UserError, match="own_verdict"):
        await agree(day, verdict, one)
    await agree(day, verdict, two)
    found = await day.book(cast)
    assert (found.given_up, found.due) == (6000, 0)
    assert await listed(day) == []
    await day.prove()


async def test_it_needs_an_account_and_somebody_who_has_gone(day: Payday) -> None:
    cast, one, _ = await gone(day)
    with pytest.raises(UserError, match="account_needed"):
        async with day.database.transaction() as tx:
            await verdicts.propose(tx, day.settings, one, cast, "pay", "電話で確認")
    stays = await day.payable("みお")
    with pytest.raises(UserError, match="not_banned"):
        await propose(day, stays, one)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"bank": "9998"}, "bank_unknown"),
        ({"branch": "99x"}, "branch_unknown"),
        ({"kind": "9"}, "account_kind"),
        ({"number": "12345678"}, "account_number"),
        ({"holder": "桜花子"}, "holder_malformed"),
    ],
)
async def test_an_account_is_typed_as_the_bank_has_it(
    day: Payday, changed: dict[str, str], code: str
) -> None:
    form = {"bank": "0001", "branch": "001", "kind": "1", "number": "7", "holder": "ｻｸﾗ"}
    with pytest.raises(UserError) as refused:
        async with day.database.transaction() as tx:
            await reached.typed(tx, **(form | changed))
    assert refused.value.code == code


async def test_whom_nothing_is_due_to_any_more_hides_nobody_else(
    day: Payday, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, one, two = await gone(day)
    await day.pass_days(1)
    settled, _, _ = await gone(day)
    await agree(day, await propose(day, settled, one), two)
    await day.pass_days(1)
    async with day.database.transaction() as tx:
        await verdicts.ask_for(tx, day.settings, one, settled)
    run = await day.gather(one)
    await day.agreed(run, one)
    await day.close(run, one)
    # As if there were two hundred of those before.
    monkeypatch.setattr(leftovers, "MOST_SHOWN", 1)
    async with day.database.transaction() as tx:
        found = await leftovers.leftovers(tx, day.settings, at_once=1)
    assert [(one.user_id, one.amount) for one in found] == [(older, 6000)]
