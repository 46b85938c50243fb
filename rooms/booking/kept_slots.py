"""For how long a slot is kept while its caller confirms, and when that is over."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from record import sweeps
from rooms.booking.rules import Period
from rooms.ground.booking_tables import reservations

# Less than this is no time to read and confirm.
LEAST_KEPT = timedelta(seconds=30)

# How long a caller has kept this time, or a part of it, without booking it.
_KEPT_BEFORE = sa.text("""
SELECT coalesce(sum(kept_until - created_at), interval '0') FROM reservations
WHERE caller_id = :caller AND cast_id = :cast AND state = 'lapsed'
  AND tstzrange(starts_at, ends_at) && tstzrange(:starts, :ends)
""")


async def kept_until(
    tx: Tx, settings: Settings, cast_id: int, caller_id: int, wanted: Period
) -> datetime:
    """Return until when a slot is kept: a person keeps one time for `keep_minutes` in all.

    Raises UserError `kept_before` where those are used up.
    """
    people = {"caller": caller_id, "cast": cast_id}
    time = {"starts": wanted.starts_at, "ends": wanted.ends_at}
    before = await tx.scalar(_KEPT_BEFORE, people | time) or timedelta()
    left = timedelta(minutes=settings.keep_minutes) - before
    if left < LEAST_KEPT:
        raise UserError(
            "kept_before",
            N_("この時間は、確保できる時間が過ぎました。ほかの時間をお選びください。"),
        )
    return await clock(tx) + left


async def lapse_overdue(tx: Tx, people: Sequence[int]) -> None:
    """Let go at once of the slots of these people that nobody confirmed in time."""
    await let_go(tx, is_overdue(people))


def is_overdue(people: Sequence[int]) -> sa.ColumnElement[bool]:
    """Return the condition that a slot of one of these people was not confirmed in time."""
    late = reservations.c.kept_until <= sa.func.clock_timestamp()
    return late & (reservations.c.cast_id.in_(people) | reservations.c.caller_id.in_(people))


async def let_go(tx: Tx, which: sa.ColumnElement[bool]) -> None:
    """Let go of these slots that are only kept; for how long they were stays known."""
    kept = sa.select(reservations.c.id).where(reservations.c.state == "kept", which)
    rows = await locks.lock(tx, kept)
    until = sa.func.least(reservations.c.kept_until, sa.func.clock_timestamp())
    these = reservations.c.id.in_([row.id for row in rows])
    await tx.execute(sa.update(reservations).where(these).values(state="lapsed", kept_until=until))


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` slots of long ago that nobody confirmed; return how many were seen."""
    # How long a slot was kept counts until its time is over.
    lapsed = sa.and_(
        reservations.c.state == "lapsed",
        sweeps.older(reservations.c.kept_until, days),
        sweeps.older(reservations.c.ends_at, days),
    )
    return await sweeps.sweep(tx, reservations.c.id, reservations.c.kept_until, lapsed, most)
