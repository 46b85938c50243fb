"""The processes that hold the telephone line: which there are, and whether one can call now."""

from typing import Literal

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
# What a process says of itself whose lines are all taken.
FULL = "full"
WhyNot = Literal["busy", "away"]


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


async def why_not(tx: Tx, settings: Settings) -> WhyNot | None:
    """Return why no call can be made now: all lines are taken, or none is there. None: one can."""
    if not settings.telephone:
        return "away"
    said = sa.select(gateways.c.away).where(_live()).distinct()
    found = set(await tx.scalars(said))
    if None in found:
        return None
    return "busy" if FULL in found else "away"


async def is_there(tx: Tx, settings: Settings) -> bool:
    """Say whether the site takes calls, and has a line for them, be it taken just now."""
    return await why_not(tx, settings) != "away"


async def must_be_there(tx: Tx, settings: Settings) -> None:
    """Raise UserError `telephone_away` where the line isn't there."""
    if not await is_there(tx, settings):
        raise is_away()


async def must_be_free(tx: Tx, settings: Settings) -> None:
    """Raise UserError `telephone_busy` where all lines are taken now."""
    if await why_not(tx, settings) == "busy":
        raise is_busy()


def is_away() -> UserError:
    """No call can be made now."""
    return UserError(
        "telephone_away",
        N_("ただいまお電話をおつなぎできません。少し時間をおいて、もう一度お試しください。"),
    )


def is_busy() -> UserError:
    """All lines are taken now."""
    return UserError(
        "telephone_busy",
        N_("ただいま電話回線が混み合っています。少し時間をおいて、もう一度お試しください。"),
    )
