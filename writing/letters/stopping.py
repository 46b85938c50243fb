"""Letters that wait for an answer when their two part: a block, a suspension, a withdrawal.

Whoever's going it was, everything goes back: nothing was given for it yet.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.row_types import typed, typed_all
from foundation.settings import Settings
from points import ledger
from record import faults
from record.faults import Work
from writing.letters import locked, notices
from writing.letters.rows import LetterRow, LetterSide
from writing.letters.tables import letters

STOP = Work("stop_letter", "letter")

_OPEN = sa.select(letters).where(
    sa.text("""
:person IN (caller_id, cast_id) AND state = 'sent'
  AND (CAST(:other AS bigint) IS NULL OR :other IN (caller_id, cast_id))
""")
)
_ACROSS = sa.text("""
SELECT unnest(ARRAY[caller_id, cast_id]) FROM letters
WHERE :person IN (caller_id, cast_id) AND state = 'sent'
""")
_WAITING = sa.text("""
SELECT coalesce(sum(points) FILTER (WHERE caller_id = :person), 0)::bigint AS points,
  count(*) FILTER (WHERE caller_id = :person)::integer AS sent,
  count(*) FILTER (WHERE cast_id = :person)::integer AS received
FROM letters WHERE :person IN (caller_id, cast_id) AND state = 'sent'
  AND (CAST(:other AS bigint) IS NULL OR :other IN (caller_id, cast_id))
""")


async def people_of(tx: Tx, person_id: int) -> list[int]:
    """Return everybody with whom a letter of a person's waits for an answer."""
    return list(await tx.scalars(_ACROSS, {"person": person_id}))


async def lock(tx: Tx, person_id: int, other_id: int | None = None) -> None:
    """Lock what `stop` would stop, in its place among the locks."""
    await locks.lock(tx, _OPEN, {"person": person_id, "other": other_id})


async def stop(tx: Tx, settings: Settings, person_id: int, other_id: int | None = None) -> None:
    """Stop a person's letters that wait for an answer, with one other person alone where named.

    The other side is told, without a reason. One that can't be stopped waits on, for its day.
    """
    found = await tx.execute(_OPEN.order_by(letters.c.id), {"person": person_id, "other": other_id})
    rows = typed_all(LetterRow, found.mappings())
    await faults.each(tx, STOP, rows, lambda row: _stop(tx, settings, row, person_id), at_once=True)


async def _stop(tx: Tx, settings: Settings, row: LetterRow, person_id: int) -> None:
    side: LetterSide = "cast" if row.cast_id == person_id else "caller"
    back = await ledger.release(tx, row.hold_id, reason="letter stopped")
    at = sa.func.clock_timestamp()
    await locked.change(tx, row.id, state="stopped", ended_at=at, stopped_for=side)
    await notices.tell(tx, settings, row, "stopped", back=back)
    await notices.tell(tx, settings, row, "stopped_cast")


@dataclass(frozen=True)
class LettersWaiting:
    """How many letters of a person's wait: `sent` for `points`, and `received`."""

    points: int
    sent: int
    received: int


async def waiting(tx: Tx, person_id: int, other_id: int | None = None) -> LettersWaiting:
    """Return what `stop` would stop."""
    found = await tx.execute(_WAITING, {"person": person_id, "other": other_id})
    return typed(LettersWaiting, found.mappings().one())
