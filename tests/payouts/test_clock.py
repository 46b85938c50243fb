"""The database's clock steps between the parts of a payout: nothing is paid twice, or lost."""

from collections.abc import Awaitable

import pytest

from foundation.database import Database, clock
from foundation.errors import UserError
from foundation.settings import Settings
from payouts.rules import next_bank_day
from payouts.runs import closing, files, gathering
from points.rules import SITE_ZONE
from tests.own_clock import give_own_clock, move_clock
from tests.payouts.payday import Payday

HOUR, DAY = 3600, 86_400


@pytest.fixture
async def day(
    database: Database, owner_database: Database, settings: Settings, owner_url: str
) -> Payday:
    await give_own_clock(database, owner_url)
    said = settings.model_copy(update={"payout": "request"})
    return await Payday.of(database, owner_database, said)


async def move(day: Payday, seconds: float) -> None:
    await move_clock(day.database, seconds)


async def refusal(work: Awaitable[object]) -> str | None:
    """Why it was refused; None: it was done."""
    try:
        await work
    except UserError as error:
        return error.code
    return None


async def gather(day: Payday, actor: int, press: str) -> int | None:
    async with day.database.transaction() as tx:
        pay_on = next_bank_day((await clock(tx)).astimezone(SITE_ZONE).date())
        made = await gathering.gather(tx, day.settings, actor, press, "request", pay_on)
    return made.run_id


async def close(day: Payday, run: int, actor: int) -> None:
    async with day.database.transaction() as tx:
        await closing.close(tx, run, actor)


async def close_at_last(day: Payday, run: int, actor: int) -> None:
    """Close a run a day later each time, until its pay day has come."""
    for _ in range(15):
        why = await refusal(close(day, run, actor))
        if why is None:
            return
        assert why == "payout_day_ahead"
        await move(day, DAY)
    raise AssertionError("the pay day never came")


@pytest.mark.parametrize("step", [HOUR, -HOUR, DAY, -DAY])
async def test_between_all_parts_the_clock_steps_and_nothing_is_paid_twice(
    day: Payday, step: int
) -> None:
    cast, actor = await day.payable(minutes=12), await day.staff()
    payout = await day.ask(cast, 6000)
    await move(day, step)
    run = await gather(day, actor, "one")
    assert run is not None
    await move(day, step)
    assert await refusal(gather(day, actor, "two")) == "payout_run_empty"
    await day.agreed(run, actor)
    await move(day, step)
    for _ in range(2):
        async with day.database.transaction() as tx:
            assert [line.payout_id for line in await files.bank_rows(tx, day.settings, run, actor)]
        await move(day, -2 * step)
    await close_at_last(day, run, actor)
    await move(day, step)
    assert await refusal(close(day, run, actor)) == "payout_run_moved"
    found = await day.book(cast)
    assert (found.paid, found.in_run, found.requested) == (6000, 0, 0)
    assert await day.reject(payout, actor, await day.staff())
    await move(day, -step)
    assert not await day.reject(payout, actor, await day.staff())
    assert (await day.book(cast)).payable + (await day.book(cast)).maturing == 12_000
    await day.prove()


@pytest.mark.parametrize("step", [-HOUR, -DAY])
async def test_a_clock_that_goes_back_lets_nobody_ask_for_more_than_there_is(
    day: Payday, step: int
) -> None:
    cast, actor = await day.payable(), await day.staff()
    await day.ask(cast, 6000)
    for _ in range(3):
        await move(day, step)
        # Of 10,000 yen 4,000 are left, which is less than can be asked for.
        assert await refusal(day.ask(cast, 5000)) in ("payout_today_already", "payout_too_little")
    await gather(day, actor, "one")
    assert (await day.book(cast)).in_run == 6000
    await day.prove()


async def test_a_run_gathered_ahead_of_the_clock_is_closed_on_its_day(day: Payday) -> None:
    """The clock ran a day fast while it was gathered: the bank's day is waited for all the same."""
    cast, actor = await day.payable(), await day.staff()
    await day.ask(cast, 6000)
    await move(day, DAY)
    run = await gather(day, actor, "one")
    assert run is not None
    await day.agreed(run, actor)
    async with day.database.transaction() as tx:
        await files.bank_rows(tx, day.settings, run, actor)
    await move(day, -DAY)
    assert await refusal(close(day, run, actor)) == "payout_day_ahead"
    assert (await day.book(cast)).in_run == 6000
    await close_at_last(day, run, actor)
    assert (await day.book(cast)).paid == 6000
    await day.prove()
