"""The monthly way: whatever the sum, by the closing day, once a month and never too late."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from foundation.database import Database, clock
from foundation.errors import UserError
from foundation.settings import LONGEST_TO_PAY, Settings
from notify.tables import notices
from payouts import monthly, words
from payouts.monthly import Month
from payouts.runs import candidates, dissolving
from points import ledger
from points.rules import SITE_ZONE
from rooms.care import claims, decisions
from tests.payouts.payday import Payday
from tests.points.till import file_papers


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    said = settings.model_copy(update={"payout": "monthly", "payout_first_days": 0})
    return await Payday.of(database, owner_database, said)


async def last_month(day: Payday) -> Month:
    async with day.database.transaction() as tx:
        return await monthly.open_month(tx, day.settings)


async def earned(day: Payday, cast: int, minutes: int, days_before_close: int = 3) -> int:
    """Let a cast have earned so many days before the close of the month that is open now."""
    talk = await day.earn(cast, minutes)
    async with day.database.transaction() as tx:
        today = (await clock(tx)).astimezone(SITE_ZONE).date()
    gone = (today - (await last_month(day)).period.last).days + days_before_close
    await day.pass_days(gone)
    return talk


async def ready(day: Payday, minutes: int, nickname: str = "さくら") -> int:
    cast = await day.cast(nickname)
    await day.account(cast)
    await earned(day, cast, minutes)
    return cast


async def test_a_month_is_paid_whatever_the_sum_with_the_fee_on_the_site(day: Payday) -> None:
    cast, actor = await ready(day, 1), await day.staff()
    month = (await last_month(day)).period.month
    run = await day.gather(actor, month)
    await day.agreed(run, actor)
    await day.close(run, actor)
    assert await day.payouts(cast) == [("paid", 1000)]
    with pytest.raises(UserError, match="payout_run_empty"):
        await day.gather(actor, month)
    await day.prove()


async def test_what_was_earned_after_the_closing_day_waits_for_the_next(day: Payday) -> None:
    cast, actor = await ready(day, 4), await day.staff()
    await day.earn(cast, 2)
    await day.gather(actor, (await last_month(day)).period.month)
    assert await day.payouts(cast) == [("in_run", 4000)]
    await day.prove()


async def test_who_was_left_out_is_taken_by_a_second_run_of_the_month(day: Payday) -> None:
    paid, actor = await ready(day, 3), await day.staff()
    without = await day.cast("みお")
    await earned(day, without, 2)
    month = (await last_month(day)).period.month
    await day.gather(actor, month)
    assert (await day.payouts(paid), await day.payouts(without)) == ([("in_run", 3000)], [])
    await day.account(without)
    await day.gather(actor, month)
    assert await day.payouts(without) == [("in_run", 2000)]
    assert await day.payouts(paid) == [("in_run", 3000)]
    await day.prove()


async def test_a_month_opens_when_its_last_talk_has_matured(day: Payday) -> None:
    actor, found = await day.staff(), await last_month(day)
    assert found.from_day == found.period.last + timedelta(days=15)
    after = (found.period.last + timedelta(days=1)).replace(day=1)
    async with day.database.transaction() as tx:
        today = (await clock(tx)).astimezone(SITE_ZONE).date()
    assert monthly.month_of(day.settings, after).from_day > today
    with pytest.raises(UserError, match="payout_month_early"):
        await day.gather(actor, after)


async def test_a_minus_larger_than_the_month_pays_nothing_and_is_carried(day: Payday) -> None:
    cast, actor = await day.cast(), await day.staff()
    await day.account(cast)
    talk = await earned(day, cast, 9)
    run = await day.gather(actor, (await last_month(day)).period.month)
    await day.agreed(run, actor)
    await day.close(run, actor)
    async with day.database.transaction() as tx:
        await ledger.return_points(tx, talk, None, reason="異議", actor_id=actor)
        await file_papers(tx)
    await earned(day, cast, 4)
    with pytest.raises(UserError, match="payout_run_empty"):
        await day.gather(actor, (await last_month(day)).period.month)
    assert (await day.book(cast)).payable == -5000
    await day.prove()


async def test_a_dissolved_or_rejected_month_is_gathered_again(day: Payday) -> None:
    cast, actor = await ready(day, 4), await day.staff()
    month = (await last_month(day)).period.month
    run = await day.gather(actor, month)
    async with day.database.transaction() as tx:
        await dissolving.dissolve(tx, run, actor, "振込日を変えます")
    assert await day.payouts(cast) == [("called_off", 4000)]
    run = await day.gather(actor, month)
    await day.agreed(run, actor)
    await day.close(run, actor)
    async with day.database.transaction() as tx:
        paid = await tx.scalar(sa.text("SELECT max(id) FROM payouts"))
    assert await day.reject(int(paid or 0), actor, await day.staff())
    assert await left(day, actor, month) == {cast: "account_refused"}
    await day.confirm(cast)
    await day.gather(actor, month)
    assert [state for state, _ in await day.payouts(cast)] == ["called_off", "rejected", "in_run"]
    await day.prove()


async def left(day: Payday, actor: int, month: date) -> dict[int, str | None]:
    async with day.database.transaction() as tx:
        found = await candidates.of_month(tx, day.settings, actor, month)
    return {one.user_id: one.left for one in found}


async def test_who_has_not_said_that_their_account_is_right_is_asked_to(day: Payday) -> None:
    other, actor = await day.cast("みお"), await day.staff()
    await day.earn(other, 2)
    cast = await ready(day, 4)
    month = (await last_month(day)).period.month
    run = await day.gather(actor, month)
    await day.agreed(run, actor)
    await day.close(run, actor)
    async with day.database.transaction() as tx:
        paid = await tx.scalar(sa.text("SELECT max(id) FROM payouts"))
    assert await day.reject(int(paid or 0), actor, await day.staff())
    await day.account(other)
    await day.gather(actor, month)
    async with day.database.transaction() as tx:
        query = sa.select(notices.c.title).where(
            notices.c.user_id == cast, notices.c.key.startswith("payout:account:")
        )
        assert list(await tx.scalars(query)) == ["振込先の口座を確かめてください"]
    assert await day.payouts(cast) == [("rejected", 4000)]
    assert await day.payouts(other) == [("in_run", 2000)]


async def test_two_gather_a_month_at_once_and_each_cast_is_in_one_run(day: Payday) -> None:
    casts = [await ready(day, minutes, f"さくら{minutes}") for minutes in (2, 3, 4)]
    month = (await last_month(day)).period.month
    one, other = await day.staff(), await day.staff()
    done = await asyncio.gather(
        day.gather(one, month), day.gather(other, month), return_exceptions=True
    )
    assert [error.code for error in done if isinstance(error, UserError)] == ["payout_run_empty"]
    paid = [await day.payouts(cast) for cast in casts]
    assert paid == [[("in_run", 2000)], [("in_run", 3000)], [("in_run", 4000)]]
    await day.prove()


async def test_of_a_claim_decided_meanwhile_the_month_takes_what_is_left_or_nothing(
    day: Payday,
) -> None:
    actor, other = await day.staff(), await day.staff()
    casts = [await day.cast(f"さくら{number}") for number in range(4)]
    claimed = [await claim(day, await day.earn(cast, 6)) for cast in casts]
    for cast in casts:
        await day.account(cast)
        await day.earn(cast, 8)
    await earned(day, await day.cast("みお"), 1)

    async def give_back(claim_id: int) -> None:
        async with day.database.transaction() as tx:
            said = (claim_id, other, 2500, "遅刻", "急ぎのため")
            await decisions.return_points(tx, day.settings, *said)

    month = (await last_month(day)).period.month
    back = asyncio.gather(*(give_back(claim_id) for claim_id in claimed))
    run, _ = await asyncio.gather(day.gather(actor, month), back)
    for cast in casts:
        book = await day.book(cast)
        # Of 14,000 yen 2,000 went back; 4,000 are free from that moment on.
        assert (book.returned, book.maturing, book.in_run + book.due) == (2000, 0, 12_000)
        assert book.in_run in (8000, 12_000)
    await day.prove()
    await day.agreed(run, actor)
    await day.close(run, actor)
    await day.prove()


async def claim(day: Payday, talk: int) -> int:
    async with day.database.transaction() as tx:
        said = (talk, day.caller, "other", "遅刻されました")
        return await claims.file_claim(tx, day.settings, *said)


def test_a_first_payout_waits_but_never_beyond_sixty_days(settings: Settings) -> None:
    said = settings.model_copy(update={"payout": "monthly"})
    first = date(2027, 1, 1)
    for _ in range(800):
        at = datetime(first.year, first.month, first.day, 3, tzinfo=UTC)
        period = monthly.month_of(said, first).period
        if first > period.last:
            period = monthly.month_of(said, period.last + timedelta(days=1)).period
        later = monthly.month_of(said, period.month + timedelta(days=31)).period
        waits = monthly.is_too_early(said, at, period)
        paid = later.pay_on if waits else period.pay_on
        assert (paid - first).days <= LONGEST_TO_PAY, first
        if not waits:
            soon = (period.pay_on - first).days < 30
            assert not soon or (later.pay_on - first).days > LONGEST_TO_PAY
        first += timedelta(days=1)


async def test_requests_of_before_are_carried_by_the_month_and_told(day: Payday) -> None:
    """Casts asked for themselves until the site began to pay by the month."""
    cast, poor = await ready(day, 9), await ready(day, 9, "みお")
    monthly_site, actor = day.settings, await day.staff()
    day.settings = day.settings.model_copy(update={"payout": "request"})
    await day.ask(cast, 6000)
    await day.ask(poor, 9000)
    async with day.owner.transaction() as tx:
        gone = sa.text("UPDATE bank_accounts SET sealed = NULL, mark = NULL WHERE user_id = :cast")
        await tx.execute(gone, {"cast": poor})
    day.settings = monthly_site
    month = (await last_month(day)).period.month
    async with day.database.transaction() as tx:
        found = await candidates.waiting(tx, day.settings, actor, "monthly", month)
    assert {(one.user_id, one.gross, one.left) for one in found} == {
        (cast, 9000, None),
        (poor, 9000, "no_account"),
    }
    made = await day.gathered(actor, month)
    assert made.called_off == 2
    # All of it at once, and the fee is the site's.
    assert await day.payouts(cast) == [("called_off", 6000), ("in_run", 9000)]
    assert await day.payouts(poor) == [("called_off", 9000)]
    assert (await day.book(poor)).payable == 9000
    async with day.database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT total FROM payout_runs")) == 9000
        keys = list(await tx.scalars(sa.select(notices.c.key)))
    assert sum(str(key).endswith(":called_off") for key in keys) == 2
    await day.prove()


async def test_a_request_of_talks_after_the_month_waits_for_its_own(day: Payday) -> None:
    cast, actor = await ready(day, 9), await day.staff()
    monthly_site = day.settings
    day.settings = day.settings.model_copy(update={"payout": "request"})
    await day.ask(cast, 9000)
    day.settings = monthly_site
    early = (await last_month(day)).period.month - timedelta(days=62)
    made = await day.gathered(actor, early)
    assert (made.run_id, made.called_off) == (None, 1)
    assert (await day.book(cast)).payable == 9000
    await day.prove()


async def test_where_nobody_fits_those_without_an_account_are_still_told_once(day: Payday) -> None:
    without, actor = await day.cast("みお"), await day.staff()
    await earned(day, without, 2)
    month = (await last_month(day)).period.month
    assert (await day.gathered(actor, month)).asked == 1
    async with day.database.transaction() as tx:
        assert await words.unasked(tx, [without], month) == 0
        query = sa.select(notices.c.title).where(notices.c.user_id == without)
        assert "振込先の口座を登録してください" in list(await tx.scalars(query))
    with pytest.raises(UserError, match="payout_run_empty"):
        await day.gather(actor, month)
    await day.prove()
