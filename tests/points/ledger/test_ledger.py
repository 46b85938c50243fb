"""Points are burned lot by lot, the earliest to expire first, to the point, once."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from foundation.settings import Settings
from points import ledger
from points.rules import MOST_POINTS
from rooms.talk import entry
from tests.faults.databases import fresh_database
from tests.faults.scene import (
    broken,
    charge,
    due,
    expire,
    grant,
    in_transaction,
    minutes,
    remaining,
)
from tests.waiting import somebody_waits
from tests.world import World, new_user


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


@pytest.fixture(autouse=True)
async def _books(database: Database) -> object:
    """After every test, every invariant of the books holds."""
    yield
    assert await broken(database) == []


def key() -> str:
    return uuid4().hex


async def talk_with(database: Database, *lots: tuple[int, int], rate: int = 100) -> World:
    """A caller in a talk, with lots of (points, months until they expire)."""
    world = await World.of(database, Settings(entry_minutes=1), points=0, rate=rate)
    for points, months in lots:
        await grant(world, points, key(), months)
    async with database.transaction() as tx:
        entered = await entry.enter(tx, world.settings, world.room, world.caller)
    world.talk = entered.talk_id
    return world


async def test_the_lot_that_expires_first_burns_first(database: Database) -> None:
    world = await talk_with(database, (300, 5), (300, 1), (300, 3))
    for expected in ([300, 200, 300], [300, 100, 300], [300, 0, 300], [300, 0, 200]):
        assert await charge(world)
        assert await remaining(world) == expected


async def test_of_lots_that_expire_together_the_older_burns_first(database: Database) -> None:
    world = await talk_with(database, (150, 3), (150, 3))
    assert await charge(world)
    assert await remaining(world) == [50, 150]


async def test_a_minute_is_paid_to_the_point_over_several_lots(database: Database) -> None:
    world = await talk_with(database, (30, 1), (1, 2), (50, 3), (40, 4))
    assert await charge(world)
    assert await remaining(world) == [0, 0, 0, 21]
    async with database.transaction() as tx:
        used = await tx.execute(
            sa.text("SELECT amount FROM lot_uses WHERE talk_id = :t ORDER BY lot_id"),
            {"t": world.talk},
        )
        assert list(used.scalars()) == [30, 1, 50, 19]


async def test_the_last_points_pay_exactly_and_one_point_short_pays_nothing(
    database: Database,
) -> None:
    exact = await talk_with(database, (60, 1), (40, 3))
    assert await charge(exact)
    assert await remaining(exact) == [0, 0]
    assert not await charge(exact)
    short = await talk_with(database, (160, 1), (39, 3))
    assert await charge(short)
    assert not await charge(short)
    assert await remaining(short) == [60, 39]
    assert await minutes(database, short.talk) == [1]


async def test_an_expired_lot_is_not_spent(database: Database, owner_url: str) -> None:
    world = await talk_with(database, (300, 1))
    expired = await grant(world, 500, key())
    expire(owner_url, expired)
    assert await world.points() == 300
    for _ in range(3):
        assert await charge(world)
    assert not await charge(world)
    assert await remaining(world) == [0, 500]


async def test_a_lot_that_expires_before_any_sweep_cannot_be_spent(
    database: Database, owner_url: str
) -> None:
    """Its points are still in the balance: nothing but its own time keeps them from being spent."""
    world = await talk_with(database, (100, 1))
    soon = await grant(world, 500, key())
    expire(owner_url, soon, 60)
    assert await world.points() == 600
    expire(owner_url, soon)
    held = await in_transaction(database, lambda tx: ledger.points_of(tx, world.caller))
    assert (held.balance, held.spendable) == (600, 100)
    assert await charge(world)
    assert not await charge(world)
    assert await remaining(world) == [0, 500]


async def test_a_lot_that_expires_while_the_charge_waits_is_not_spent(
    database: Database, owner_url: str
) -> None:
    world = await talk_with(database, (100, 3))
    async with database.transaction() as other:
        await other.execute(
            sa.text("SELECT 1 FROM wallets WHERE user_id = :u FOR UPDATE"), {"u": world.caller}
        )
        charging = asyncio.create_task(charge(world))
        await somebody_waits(database)
        await asyncio.to_thread(expire_all, owner_url, world.caller)
    assert not await charging
    assert await remaining(world) == [100]


def expire_all(owner_url: str, user: int) -> None:
    with psycopg.connect(owner_url) as owner:
        owner.execute(
            "UPDATE lots SET expires_at = clock_timestamp() FROM wallets w"
            " WHERE w.id = wallet_id AND w.user_id = %s",
            [user],
        )


async def test_in_one_batch_each_pays_for_itself(database: Database) -> None:
    rich, poor = await talk_with(database, (500, 3)), await talk_with(database, (100, 3))
    assert await charge(poor)
    async with database.transaction() as tx:
        dues = [await due(tx, rich.talk), await due(tx, poor.talk)]
        assert await ledger.charge(tx, dues) == {rich.talk}
        await tx.execute(
            sa.text("UPDATE talks SET next_minute = 2 WHERE id = :t"), {"t": rich.talk}
        )
    assert (await remaining(rich), await remaining(poor)) == ([400], [0])


async def test_a_payer_stands_once_in_a_batch(database: Database) -> None:
    world = await talk_with(database, (500, 3))
    async with database.transaction() as tx:
        minute = await due(tx, world.talk)
    with pytest.raises(sa.exc.DBAPIError, match="stands twice"):
        await in_transaction(database, lambda tx: ledger.charge(tx, [minute, minute]))
    assert await remaining(world) == [500]


async def test_a_minute_can_be_charged_once(database: Database) -> None:
    world = await talk_with(database, (500, 3))
    async with database.transaction() as tx:
        first = await due(tx, world.talk)
    assert await charge(world)
    with pytest.raises(sa.exc.IntegrityError):
        await in_transaction(database, lambda tx: ledger.charge(tx, [first]))
    assert await remaining(world) == [400]


async def test_the_cast_earns_its_share_of_the_same_charge(database: Database) -> None:
    world = await World.of(database, Settings(entry_minutes=1), points=999, rate=333)
    async with database.transaction() as tx:
        entered = await entry.enter(tx, world.settings, world.room, world.caller)
    world.talk = entered.talk_id
    assert await charge(world)
    async with database.transaction() as tx:
        row = (
            await tx.execute(
                sa.text(
                    "SELECT (SELECT sum(amount) FROM journal JOIN wallets w ON w.id = wallet_id"
                    " WHERE w.user_id = :cast AND w.kind = 'earnings') AS earned,"
                    " gross, share, fee FROM charges WHERE talk_id = :t"
                ),
                {"cast": world.cast, "t": world.talk},
            )
        ).one()
    assert tuple(row) == (266, 333, 266, 67)


async def test_a_returned_minute_goes_back_into_its_very_lots_once(database: Database) -> None:
    world = await talk_with(database, (130, 1), (200, 3))
    assert await charge(world)
    assert await charge(world)
    assert await remaining(world) == [0, 130]
    for expected in (100, 0):
        back = await in_transaction(
            database,
            lambda tx: ledger.return_minute(tx, world.talk, 2, kind="cut_short", reason="test"),
        )
        assert back == expected
        assert await remaining(world) == [30, 200]


async def test_points_returned_after_their_lot_expired_get_a_last_week(
    database: Database, owner_url: str
) -> None:
    world = await talk_with(database, (100, 3))
    assert await charge(world)
    expire_all(owner_url, world.caller)
    await in_transaction(
        database,
        lambda tx: ledger.return_minute(tx, world.talk, 1, kind="cut_short", reason="test"),
    )
    assert await remaining(world) == [0, 100]
    assert await world.points() == 100
    assert await charge(world)


async def test_returns_of_one_minute_at_once_are_one(database: Database) -> None:
    world = await talk_with(database, (500, 3))
    assert await charge(world)
    backs = await asyncio.gather(
        *(
            in_transaction(
                database,
                lambda tx: ledger.return_minute(tx, world.talk, 1, kind="cut_short", reason="test"),
            )
            for _ in range(4)
        )
    )
    assert sorted(backs) == [0, 0, 0, 100]
    assert await remaining(world) == [500]


async def test_a_minute_that_was_never_charged_is_not_returned(database: Database) -> None:
    world = await talk_with(database, (500, 3))
    back = await in_transaction(
        database,
        lambda tx: ledger.return_minute(tx, world.talk, 1, kind="cut_short", reason="test"),
    )
    assert back == 0
    assert await remaining(world) == [500]


async def test_grants_under_one_key_at_once_are_one(database: Database) -> None:
    async with database.transaction() as tx:
        user = await new_user(tx)
    once = key()
    made = await asyncio.gather(
        *(
            in_transaction(
                database,
                lambda tx: ledger.grant(tx, user, 70, "test", actor_id=None, key=once),
            )
            for _ in range(4)
        )
    )
    assert sorted(made) == [False, False, False, True]
    assert await in_transaction(database, lambda tx: ledger.spendable(tx, user)) == 70


async def test_a_key_used_for_another_grant_is_refused(database: Database) -> None:
    async with database.transaction() as tx:
        user, other = await new_user(tx), await new_user(tx)
        await ledger.grant(tx, user, 70, "test", actor_id=None, key=(once := key()))
    for whose, points in [(user, 71), (other, 70)]:
        with pytest.raises(UserError, match="key_used"):
            await in_transaction(
                database,
                lambda tx, whose=whose, points=points: ledger.grant(  # type: ignore[misc]
                    tx, whose, points, "test", actor_id=None, key=once
                ),
            )
    assert await in_transaction(database, lambda tx: ledger.spendable(tx, other)) == 0


@pytest.mark.parametrize("points", [0, -1, MOST_POINTS + 1, 2**63])
async def test_an_amount_out_of_bounds_is_not_granted(database: Database, points: int) -> None:
    async with database.transaction() as tx:
        user = await new_user(tx)
    with pytest.raises(UserError, match="amount_out_of_bounds"):
        await in_transaction(
            database,
            lambda tx: ledger.grant(tx, user, points, "test", actor_id=None, key=key()),
        )
    assert await in_transaction(database, lambda tx: ledger.spendable(tx, user)) == 0
