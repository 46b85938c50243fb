"""For how long a slot is kept while its caller confirms, and when that is over."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from rooms.booking.rules import Period

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


_OVERDUE = sa.text("""
UPDATE reservations SET state = 'lapsed' WHERE state = 'kept' AND kept_until <= clock_timestamp()
  AND (cast_id = ANY (CAST(:people AS bigint[])) OR caller_id = ANY (CAST(:people AS bigint[])))
""")


async def lapse_overdue(tx: Tx, people: Sequence[int]) -> None:
    """Let go at once of the slots of these people that nobody confirmed in time."""
    await tx.execute(_OVERDUE, {"people": list(people)})
