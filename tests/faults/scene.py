"""What the tests of faults say of talks and books, in one place."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import psycopg
import sqlalchemy as sa

from foundation.database import Database, Tx
from points import audit, ledger
from tests.world import World

R = TypeVar("R")


async def in_transaction(database: Database, verb: Callable[[Tx], Awaitable[R]]) -> R:
    """Run one verb in a transaction of its own."""
    async with database.transaction() as tx:
        return await verb(tx)


async def broken(database: Database) -> list[str]:
    """The invariants of the books that do not hold."""
    proofs = await in_transaction(database, audit.prove)
    return [proof.name for proof in proofs if proof.broken]


async def minutes(database: Database, talk: int) -> list[int]:
    """The minutes of a talk that are charged."""
    async with database.transaction() as tx:
        rows = await tx.execute(
            sa.text("SELECT minute FROM charges WHERE talk_id = :t ORDER BY minute"), {"t": talk}
        )
        return list(rows.scalars())


async def due(tx: Tx, talk: int) -> ledger.DueMinute:
    """The next minute of a talk, as the meter hands it to the ledger."""
    row = (await tx.execute(sa.text("SELECT * FROM talks WHERE id = :t"), {"t": talk})).one()
    return ledger.DueMinute(
        talk,
        row.next_minute,
        row.payer_wallet,
        row.cast_wallet,
        row.rate,
        row.share,
        row.gift_share,
    )


async def charge(world: World) -> bool:
    """Charge the next minute of a world's talk, whatever its meter says; whether it was paid."""
    async with world.database.transaction() as tx:
        paid = await ledger.charge(tx, [await due(tx, world.talk)])
        await tx.execute(
            sa.text("UPDATE talks SET next_minute = next_minute + 1 WHERE id = ANY (:ids)"),
            {"ids": list(paid)},
        )
    return world.talk in paid


async def grant(world: World, points: int, key: str, months: int = 3) -> int:
    """Give the caller one more lot; its id."""
    async with world.database.transaction() as tx:
        await ledger.grant(tx, world.caller, points, "test", actor_id=None, key=key, months=months)
        return int(await tx.scalar(sa.text("SELECT max(id) FROM lots")) or 0)


async def remaining(world: World) -> list[int]:
    """What is left in each of the caller's lots, in the order of their making."""
    async with world.database.transaction() as tx:
        rows = await tx.execute(
            sa.text(
                "SELECT remaining FROM lots JOIN wallets w ON w.id = wallet_id"
                " WHERE w.user_id = :u ORDER BY lots.id"
            ),
            {"u": world.caller},
        )
        return list(rows.scalars())


def expire(owner_url: str, lot: int, seconds: float = 0) -> None:
    """Let a lot run out `seconds` from now, as only the tables' owner can."""
    with psycopg.connect(owner_url) as owner:
        owner.execute(
            "UPDATE lots SET expires_at = clock_timestamp() + %s * interval '1 s' WHERE id = %s",
            [seconds, lot],
        )
