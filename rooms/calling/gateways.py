"""The processes that hold the telephone line: which there are, and whether one can call now."""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from rooms.ground.calling_tables import telephone_gateways as gateways

BEAT_SECONDS = 1.0
# Without a sign of life for so long a process is taken for dead.
LIVE_SECONDS = 10
GONE_SECONDS = 3600


async def appear(tx: Tx) -> int:
    """Enter the list; those that are long gone are taken out of it. Returns the new one's id."""
    since = sa.func.clock_timestamp() - sa.func.make_interval(0, 0, 0, 0, 0, 0, GONE_SECONDS)
    await locks.delete(tx, gateways, gateways.c.seen_at < since)
    made = await tx.scalar(sa.insert(gateways).values(away="silent").returning(gateways.c.id))
    assert made is not None
    return int(made)


async def beat(tx: Tx, gateway_id: int, away: str | None, legs: int) -> bool:
    """Give a sign of life, with why no call can be made (None: one can); False where unknown."""
    mine = sa.select(gateways.c.id).where(gateways.c.id == gateway_id)
    if await locks.lock_row(tx, mine) is None:
        return False
    values = {"seen_at": sa.func.clock_timestamp(), "away": away, "legs": legs}
    await tx.execute(sa.update(gateways).where(gateways.c.id == gateway_id).values(values))
    return True


async def vanish(tx: Tx, gateway_id: int) -> None:
    """Leave the list."""
    await locks.delete(tx, gateways, gateways.c.id == gateway_id)


def _live() -> sa.ColumnElement[bool]:
    since = sa.func.clock_timestamp() - sa.func.make_interval(0, 0, 0, 0, 0, 0, LIVE_SECONDS)
    live: sa.ColumnElement[bool] = gateways.c.seen_at > since
    return live


async def is_there(tx: Tx, settings: Settings) -> bool:
    """Say whether the site takes calls, and a process could make one now."""
    if not settings.telephone:
        return False
    ready = sa.exists().where(_live(), gateways.c.away.is_(None))
    return bool(await tx.scalar(sa.select(ready)))


async def must_be_there(tx: Tx, settings: Settings) -> None:
    """Raise UserError `telephone_away` where no call can be made now."""
    if not await is_there(tx, settings):
        raise is_away()


def is_away() -> UserError:
    """No call can be made now."""
    return UserError(
        "telephone_away",
        N_("ただいまお電話をおつなぎできません。少し時間をおいて、もう一度お試しください。"),
    )
