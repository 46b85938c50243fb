"""What finance staff decide and see about casts: stops, categories, and who may be one person."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from payouts.desk import categories, linked, stops
from tests.payouts.payday import Payday


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    said = settings.model_copy(update={"payout": "request"})
    return await Payday.of(database, owner_database, said)


async def test_nobody_of_the_staff_decides_about_their_own(day: Payday) -> None:
    own = await day.staff()
    async with day.database.transaction() as tx:
        for verb in (
            stops.stop(tx, day.settings, own, own, "理由"),
            stops.lift(tx, day.settings, own, own, "理由"),
            categories.change(tx, day.settings, own, own, "individual", "理由"),
        ):
            with pytest.raises(UserError, match="own_payout"):
                await verb


async def test_who_is_stopped_can_not_ask_and_is_stopped_once(day: Payday) -> None:
    cast, actor = await day.payable(), await day.staff()
    async with day.database.transaction() as tx:
        await stops.stop(tx, day.settings, actor, cast, "調査中です")
        with pytest.raises(UserError, match="payouts_stopped_already"):
            await stops.stop(tx, day.settings, actor, cast, "もう一度")
    with pytest.raises(UserError, match="payouts_stopped"):
        await day.ask(cast, 6000)
    async with day.database.transaction() as tx:
        await stops.lift(tx, day.settings, actor, cast, "確認できました")
    await day.ask(cast, 6000)


async def test_a_category_counts_from_the_next_run_on(day: Payday) -> None:
    cast, actor = await day.payable(), await day.staff()
    await day.ask(cast, 10_000)
    async with day.database.transaction() as tx:
        assert await categories.change(tx, day.settings, actor, cast, "individual", "税理士に確認")
        assert not await categories.change(tx, day.settings, actor, cast, "individual", "もう一度")
    await day.gather(actor)
    async with day.database.transaction() as tx:
        assert await categories.change(tx, day.settings, actor, cast, "none", "誤り")
        assert await tx.scalar(sa.text("SELECT withheld FROM payouts")) == 1021
    await day.prove()


@pytest.mark.parametrize("shared", ["device", "account", None])
async def test_a_caller_and_cast_who_share_something_are_shown_with_the_sums(
    day: Payday, shared: str | None
) -> None:
    cast = await day.payable()
    if shared == "device":
        trace = (
            "INSERT INTO traces (user_id, kind, mark, day)"
            " VALUES (:user, 'device', decode(repeat('ab', 32), 'hex'), current_date)"
        )
        async with day.database.transaction() as tx:
            for user in (cast, day.caller):
                await tx.execute(sa.text(trace), {"user": user})
    if shared == "account":
        await day.account(day.caller)
    async with day.database.transaction() as tx:
        found = await linked.pairs(tx)
    assert [(one.caller_id, one.cast_id, one.paid, one.share) for one in found] == (
        [(day.caller, cast, 12_500, 10_000)] if shared else []
    )
    assert [(one.by_device, one.by_account) for one in found] == (
        [(shared == "device", shared == "account")] if shared else []
    )
