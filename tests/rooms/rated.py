"""Talks that have ended, as ratings see them: some paid, some not."""

import itertools

import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.settings import Settings
from points.tables import charges
from points.tables import wallets as wallet_rows
from rooms.ground.tables import talks
from rooms.ratings import giving
from tests.world import new_room, new_user

_numbers = itertools.count(1)


async def old_user(tx: Tx, name: str = "けんじ") -> int:
    """Somebody who has been a member for a while: no wave begins with them."""
    user = await new_user(tx, name)
    await tx.execute(
        sa.text("UPDATE users SET created_at = created_at - interval '30 days' WHERE id = :id"),
        {"id": user},
    )
    return user


async def a_cast(tx: Tx, name: str = "さくら") -> tuple[int, int]:
    """A cast and their room."""
    cast = await new_user(tx, name)
    return cast, await new_room(tx, cast)


async def talk_of(
    tx: Tx,
    caller: int,
    cast: int,
    room: int,
    *,
    minutes: int = 1,
    days_ago: float = 0,
    reason: str = "caller_left",
) -> int:
    """An ended talk with so many charged minutes, as the tables have it."""
    payer = await _wallet(tx, caller, "points")
    payee = await _wallet(tx, cast, "earnings")
    ago = sa.text(f"clock_timestamp() - interval '{days_ago} days'")
    made = await tx.scalar(
        sa.insert(talks)
        .values(
            room_id=room, caller_id=caller, cast_id=cast, payer_wallet=payer, cast_wallet=payee,
            rate=100, share=80, free_ms=60_000, minute_ms=60_000, with_video=False,
            state="ended", entered_at=ago, ended_at=ago, end_reason=reason,
            connected_ms=60_000 + 60_000 * minutes,
        )
        .returning(talks.c.id)
    )  # fmt: skip
    for minute in range(1, minutes + 1):
        values = {"gross": 100, "share": 80, "fee": 20, "balance_after": 0}
        await tx.execute(
            sa.insert(charges).values(
                talk_id=made, minute=minute, payer_wallet=payer, cast_wallet=payee, **values
            )
        )
    assert made is not None
    return int(made)


async def _wallet(tx: Tx, user: int, kind: str) -> int:
    found = sa.select(wallet_rows.c.id).where(
        wallet_rows.c.user_id == user, wallet_rows.c.kind == kind
    )
    known = await tx.scalar(found)
    if known is None:
        known = await tx.scalar(
            sa.insert(wallet_rows).values(user_id=user, kind=kind).returning(wallet_rows.c.id)
        )
    assert known is not None
    return int(known)


async def rated(
    database: Database, settings: Settings, cast: int, room: int, *stars: int, text: str = ""
) -> list[int]:
    """Talks of callers of their own, rated with so many stars each."""
    made = []
    for given in stars:
        async with database.transaction() as tx:
            caller = await old_user(tx, f"客{next(_numbers)}")
            talk = await talk_of(tx, caller, cast, room)
        async with database.transaction() as tx:
            await giving.rate(tx, settings, talk, caller, str(given), text)
        made.append(talk)
    return made
