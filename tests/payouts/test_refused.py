"""What a bank sent back is paid into the same account only after its cast has said it is right."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from notify.tables import notices
from payouts import requests
from payouts.banks import naming, refused
from payouts.runs import candidates
from payouts.tables import bank_accounts
from tests.payouts.accounts import account, named
from tests.payouts.payday import Payday


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    return await Payday.of(
        database, owner_database, settings.model_copy(update={"payout": "request"})
    )


async def come_back(day: Payday, cast: int, amount: int = 6000) -> None:
    """Let a cast's payout have come back from the bank, yesterday."""
    payout = await day.paid(cast, amount)
    assert await day.reject(payout, await day.staff(), await day.staff())
    await day.pass_days(1)


async def refusal(day: Payday, cast: int) -> str | None:
    async with day.database.transaction() as tx:
        found = (await requests.outlook(tx, day.settings, cast)).refusal
    return None if found is None else found.code


async def left(day: Payday) -> dict[int, str | None]:
    actor = await day.staff()
    async with day.database.transaction() as tx:
        found = await candidates.waiting(tx, day.settings, actor, "request", None)
    return {one.user_id: one.left for one in found}


async def test_who_said_nothing_is_neither_asked_for_nor_gathered(day: Payday) -> None:
    cast = await day.payable(minutes=30)
    payout = await day.paid(cast, 6000)
    await day.pass_days(1)
    # Asked for before the bank's word came.
    await day.ask(cast, 7000)
    assert await day.reject(payout, await day.staff(), await day.staff())
    await day.pass_days(1)
    assert await left(day) == {cast: "account_refused"}
    with pytest.raises(UserError, match="payout_run_empty"):
        await day.gather(await day.staff())
    assert await refusal(day, cast) == "bank_account_refused"
    with pytest.raises(UserError, match="bank_account_refused"):
        await day.ask(cast, 6000)
    await day.confirm(cast)
    assert (await left(day), await refusal(day, cast)) == ({cast: None}, None)
    await day.gather(await day.staff())
    await day.prove()


async def test_another_account_is_paid_once_it_counts(day: Payday) -> None:
    cast = await day.payable(minutes=30)
    await come_back(day, cast)
    await named(day.database, day.settings, cast, "7654321")
    assert await refusal(day, cast) == "bank_account_waits"
    await day.pass_days(2)
    assert await refusal(day, cast) is None
    await day.ask(cast, 6000)
    await day.gather(await day.staff())


async def test_what_was_named_and_called_off_leaves_the_old_one_refused(day: Payday) -> None:
    cast = await day.payable(minutes=30)
    await come_back(day, cast)
    for _ in range(2):
        # Twice the same: the one that waits was named again, and not the one that came back.
        await named(day.database, day.settings, cast, "7654321")
    async with day.database.transaction() as tx:
        await naming.call_off(tx, day.settings, cast)
    assert await refusal(day, cast) == "bank_account_refused"


async def test_the_same_account_typed_again_is_a_word_too(day: Payday) -> None:
    cast = await day.cast()
    await named(day.database, day.settings, cast)
    await day.earn(cast, 30)
    await day.pass_days(40)
    await come_back(day, cast)
    async with day.database.transaction() as tx:
        await naming.save(tx, day.settings, cast, account(), "person")
    assert await refusal(day, cast) is None
    async with day.database.transaction() as tx:
        said = (await tx.execute(sa.select(bank_accounts))).one()
    assert said.confirmed_rejections == 1
    assert said.confirmed_at is not None


async def test_a_word_speaks_for_what_was_seen_and_only_once(day: Payday) -> None:
    cast, other = await day.payable(minutes=40), await day.payable("みお")
    with pytest.raises(UserError, match="account_not_refused"):
        await day.confirm(cast)
    await come_back(day, cast)
    for seen in (0, 2):
        with pytest.raises(UserError, match="account_not_refused"):
            await day.confirm(cast, seen)
    with pytest.raises(UserError, match="account_not_refused"):
        await day.confirm(other)
    await day.confirm(cast)
    with pytest.raises(UserError, match="account_not_refused"):
        await day.confirm(cast)
    await come_back(day, cast)
    assert await refusal(day, cast) == "bank_account_refused"
    with pytest.raises(UserError, match="account_not_refused"):
        await day.confirm(cast, 1)
    await day.confirm(cast, 2)
    assert await refusal(day, cast) is None


async def test_the_clock_stepping_back_hides_no_rejection(day: Payday) -> None:
    cast = await day.payable(minutes=40)
    await come_back(day, cast)
    await day.confirm(cast)
    # What was said is now in the future of what comes back next.
    async with day.owner.transaction() as tx:
        await tx.execute(
            sa.update(bank_accounts).values(confirmed_at=sa.text("now() + interval '9 days'"))
        )
    await come_back(day, cast)
    assert await refusal(day, cast) == "bank_account_refused"


async def test_who_is_banned_is_left_to_staff(day: Payday) -> None:
    cast = await day.payable(minutes=30)
    await come_back(day, cast)
    async with day.owner.transaction() as tx:
        ban = sa.text("UPDATE users SET banned_at = now() WHERE id = :id")
        await tx.execute(ban, {"id": cast})
    async with day.database.transaction() as tx:
        assert await refused.of(tx, [cast]) == {}


async def test_the_cast_is_led_to_the_page_of_their_account(day: Payday) -> None:
    cast = await day.payable(minutes=30)
    await come_back(day, cast)
    async with day.database.transaction() as tx:
        query = sa.select(notices.c.text, notices.c.link).where(
            notices.c.user_id == cast, notices.c.key.endswith(":rejected")
        )
        told = (await tx.execute(query)).one()
    assert told.link == "/console/payouts/account"
    assert "正しいことを確かめるか" in told.text
