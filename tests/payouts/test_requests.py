"""Asking for a payout: what is refused, what is kept, and two who ask at once."""

import asyncio
from datetime import UTC, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from foundation.database import Database, Tx, clock
from foundation.errors import UserError
from foundation.settings import Settings
from notify.tables import mails, notices
from payouts import own_payouts, requests
from payouts.banks import naming
from payouts.tables import payout_profiles, payout_stops, payouts
from points import ledger
from points.rules import SITE_ZONE
from tests.payouts import by_hand
from tests.payouts.accounts import named
from tests.payouts.payday import Payday
from tests.world import new_user


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    settings = settings.model_copy(update={"payout": "request"})
    return await Payday.of(database, owner_database, settings)


async def earner(day: Payday, minutes: int, *, account: bool = True) -> int:
    """A cast who earned 1,000 yen a minute long ago."""
    cast = await day.cast()
    await day.earn(cast, minutes)
    await day.pass_days(31)
    if account:
        async with day.database.transaction() as tx:
            await by_hand.name_account(tx, cast)
    return cast


async def ask(day: Payday, cast: int, amount: int, *, leaving: bool = False) -> int:
    async with day.database.transaction() as tx:
        return await requests.ask(tx, day.settings, cast, amount, leaving=leaving)


async def refused(day: Payday, cast: int, amount: int, *, leaving: bool = False) -> str:
    with pytest.raises(UserError) as refusal:
        await ask(day, cast, amount, leaving=leaving)
    return refusal.value.code


async def test_what_is_asked_for_is_kept_and_told(day: Payday) -> None:
    cast = await earner(day, 6)
    made = await ask(day, cast, 5500)
    async with day.database.transaction() as tx:
        found = await own_payouts.one(tx, cast, made)
        told = (await tx.execute(sa.select(notices).where(notices.c.user_id == cast))).one()
    assert (found.state, found.gross, found.bank_fee, found.net) == ("requested", 5500, 330, 5170)
    assert told.kind == "payout"
    assert told.link == f"/console/payouts/{made}"
    assert "5,500円" in told.text
    book = await day.book(cast)
    assert (book.requested, book.payable) == (5500, 500)
    await day.prove()


async def test_from_the_least_sum_to_what_is_payable(day: Payday) -> None:
    cast = await earner(day, 7)
    assert await refused(day, cast, 4999) == "payout_too_little"
    assert await refused(day, cast, 7001) == "payout_too_much"
    assert await ask(day, cast, 5000)


async def test_who_has_less_than_the_least_sum_reads_what_it_is(day: Payday) -> None:
    cast = await earner(day, 4)
    assert await refused(day, cast, 4000) == "payout_too_little"
    async with day.database.transaction() as tx:
        found = await requests.outlook(tx, day.settings, cast)
    assert found.refusal is not None
    assert found.refusal.params == {"yen": "5,000"}


async def test_who_leaves_takes_all_of_it_or_nothing(day: Payday) -> None:
    cast = await earner(day, 4)
    assert await refused(day, cast, 3000, leaving=True) == "payout_not_whole"
    assert await ask(day, cast, 4000, leaving=True)
    assert (await day.book(cast)).payable == 0


async def test_the_fee_and_the_tax_leave_something(day: Payday) -> None:
    day.settings = day.settings.model_copy(update={"payout_least": 1, "payout_bank_fee": 5000})
    cast = await earner(day, 6)
    async with day.database.transaction() as tx:
        await tx.execute(sa.insert(payout_profiles).values(user_id=cast, category="non_resident"))
    # 20.42 % of 6,000 are 1,225: 5,000 and that are more.
    assert await refused(day, cast, 6000) == "nothing_would_arrive"
    day.settings = day.settings.model_copy(update={"payout_bank_fee": 4774})
    assert await ask(day, cast, 6000)


async def test_once_a_day_and_again_tomorrow(day: Payday) -> None:
    cast = await earner(day, 20)
    await ask(day, cast, 5000)
    assert await refused(day, cast, 5000) == "payout_today_already"
    await day.pass_days(1)
    assert await ask(day, cast, 5000)


@pytest.mark.parametrize(("turns_at", "again"), [(time(), None), (time(9), "payout_today_already")])
async def test_a_day_turns_at_midnight_in_tokyo_and_not_in_between(
    day: Payday, monkeypatch: pytest.MonkeyPatch, turns_at: time, again: str | None
) -> None:
    """At nine in the morning it turns in UTC, by which the database reckons."""
    cast = await earner(day, 20)
    async with day.database.transaction() as tx:
        tomorrow = (await clock(tx)).astimezone(SITE_ZONE).date() + timedelta(days=1)
    turn = datetime.combine(tomorrow, turns_at, SITE_ZONE)

    def at(moment: datetime) -> None:
        async def stopped(_tx: Tx) -> datetime:
            return moment.astimezone(UTC)

        monkeypatch.setattr(requests, "clock", stopped)

    at(turn - timedelta(seconds=1))
    await ask(day, cast, 5000)
    assert await refused(day, cast, 5000) == "payout_today_already"
    at(turn)
    if again is None:
        await ask(day, cast, 5000)
    assert await refused(day, cast, 5000) == "payout_today_already"
    async with day.database.transaction() as tx:
        days = (await tx.scalars(sa.select(payouts.c.requested_on).order_by(payouts.c.id))).all()
    assert days == ([tomorrow - timedelta(days=1), tomorrow] if again is None else [tomorrow])


async def test_of_two_at_once_one_wins_and_the_other_hears_why(day: Payday) -> None:
    cast = await earner(day, 20)
    answers = await asyncio.gather(
        ask(day, cast, 5000), ask(day, cast, 6000), return_exceptions=True
    )
    codes = [one.code for one in answers if isinstance(one, UserError)]
    assert codes == ["payout_today_already"]
    async with day.database.transaction() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(payouts)) == 1


async def test_against_a_return_of_the_same_talk_no_more_is_paid_than_there_is(
    day: Payday,
) -> None:
    cast = await day.cast()
    talk = await day.earn(cast, 10)
    await day.pass_days(31)
    async with day.database.transaction() as tx:
        await by_hand.name_account(tx, cast)
        staff = await new_user(tx, "係")

    async def give_back() -> None:
        async with day.database.transaction() as tx:
            await ledger.return_points(tx, talk, 2500, reason="遅刻", actor_id=staff)

    answers = await asyncio.gather(ask(day, cast, 10_000), give_back(), return_exceptions=True)
    assert answers[1] is None
    book = await day.book(cast)
    if isinstance(answers[0], UserError):
        assert (answers[0].code, book.payable) == ("payout_too_much", 8000)
    else:
        # What went back later is a minus, which what is earned later covers.
        assert (book.requested, book.payable) == (10_000, -2000)


async def test_nothing_without_an_account_that_counts(day: Payday) -> None:
    cast = await earner(day, 6, account=False)
    assert await refused(day, cast, 5000) == "no_bank_account"
    async with day.database.transaction() as tx:
        await by_hand.name_account(tx, cast, hours=24)
    assert await refused(day, cast, 5000) == "bank_account_waits"


async def test_an_account_that_was_called_off_never_counts(day: Payday) -> None:
    """Its day comes all the same: a request that nothing could pay is refused before."""
    cast = await earner(day, 20, account=False)
    await named(day.database, day.settings, cast)
    assert await refused(day, cast, 5000) == "bank_account_waits"
    async with day.database.transaction() as tx:
        await naming.call_off(tx, day.settings, cast)
    assert await refused(day, cast, 5000) == "no_bank_account"
    await day.pass_days(2)
    assert await refused(day, cast, 5000) == "no_bank_account"


async def test_the_first_one_comes_thirty_days_after_the_first_talk(day: Payday) -> None:
    cast = await day.cast()
    await day.earn(cast, 6)
    async with day.database.transaction() as tx:
        await by_hand.name_account(tx, cast)
    await day.pass_days(29)
    assert await refused(day, cast, 5000) == "payout_too_early"
    await day.pass_days(1)
    assert await ask(day, cast, 5000)


async def test_what_is_stopped_is_not_asked_for_and_the_reason_is_told(day: Payday) -> None:
    cast = await earner(day, 6)
    async with day.database.transaction() as tx:
        staff = await new_user(tx, "係")
        stop = {"user_id": cast, "reason": "確認中のため", "made_by": staff}
        await tx.execute(sa.insert(payout_stops).values(stop))
    with pytest.raises(UserError) as refusal:
        await ask(day, cast, 5000)
    assert refusal.value.code == "payouts_stopped"
    assert refusal.value.params == {"reason": "確認中のため"}


async def test_where_the_site_pays_by_the_month_nobody_asks(day: Payday) -> None:
    cast = await earner(day, 6)
    day.settings = day.settings.model_copy(update={"payout": "monthly"})
    assert await refused(day, cast, 5000) == "payout_way_monthly"


async def test_who_never_earned_hears_so(day: Payday) -> None:
    assert await refused(day, await day.cast(), 5000) == "never_earned"


async def call_off(day: Payday, cast: int, payout: int) -> None:
    async with day.database.transaction() as tx:
        await requests.call_off(tx, cast, payout)


async def test_a_request_is_called_off_once_and_by_its_cast_alone(day: Payday) -> None:
    cast = await earner(day, 6)
    made = await ask(day, cast, 6000)
    other = await day.cast("みどり")
    with pytest.raises(UserError, match="payout_unknown"):
        await call_off(day, other, made)
    await call_off(day, cast, made)
    assert (await day.book(cast)).payable == 6000
    with pytest.raises(UserError, match="payout_under_way"):
        await call_off(day, cast, made)
    # What was called off doesn't count as the day's.
    assert await ask(day, cast, 6000)


async def test_what_is_in_a_run_is_called_off_no_more(day: Payday) -> None:
    cast = await earner(day, 6)
    made = await ask(day, cast, 6000)
    async with day.database.transaction() as tx:
        await by_hand.pay(tx, made, closed=False)
    with pytest.raises(UserError, match="payout_under_way"):
        await call_off(day, cast, made)
    assert (await day.book(cast)).in_run == 6000


async def test_who_is_called_off_by_the_site_is_told_why_also_by_mail(day: Payday) -> None:
    cast = await earner(day, 6)
    made = await ask(day, cast, 6000)
    async with day.database.transaction() as tx:
        await requests.drop(tx, day.settings, made, "口座の名義が違うため")
    async with day.database.transaction() as tx:
        found = await own_payouts.one(tx, cast, made)
        texts = (await tx.scalars(sa.select(notices.c.text).where(notices.c.user_id == cast))).all()
        written = (await tx.scalars(sa.select(mails.c.text))).all()
    assert (found.state, found.why, found.by_the_cast) == (
        "called_off", "口座の名義が違うため", False
    )  # fmt: skip
    assert any("口座の名義が違うため" in text for text in texts)
    assert any("口座の名義が違うため" in text for text in written)
    await day.prove()
