"""Digests: what stays of a talk's beats, of which there are 1,440 an hour, once they are old.

A digest holds all that the evidence beside a claim shows of the two sides, so that the page of a
talk reads the same before its beats are swept and after. It goes too, when nobody can dispute the
talk any more.
"""

from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.row_types import DbRow
from foundation.settings import Settings
from points.tables import claims
from record import faults, sweeps
from record.faults import Work
from rooms.ground.report_tables import reports
from rooms.ground.tables import SIDES, talks
from rooms.ground.talk_record_tables import beats, talk_digests
from rooms.talk.proof import sides
from rooms.talk.proof.sides import SideEvidence

# After a talk's end: longer than a claim may be made, and longer than a card's dispute may come.
BEATS_DAYS = 30
DIGEST_DAYS = 400
# One of them may have been as long as a day, with 35,000 beats.
TALKS_AT_ONCE = 20

MAKE = Work("digest_talk", "talk")
# A field that is added to a side needs a default: digests of before lack it.
_SIDES = TypeAdapter(dict[str, SideEvidence])


async def of_talk(tx: Tx, talk_id: int) -> list[SideEvidence] | None:
    """Return both sides as a talk's digest tells them, or None where it has none."""
    kept = await tx.scalar(sa.select(talk_digests.c.sides).where(talk_digests.c.talk_id == talk_id))
    if kept is None:
        return None
    told = _SIDES.validate_python(kept)
    return [told[side] for side in SIDES]


# From one talk that has beats to the next, by the index: one step a talk, not one a beat.
_DUE = sa.text(f"""
WITH RECURSIVE told AS (
  (SELECT talk_id FROM beats ORDER BY talk_id LIMIT 1)
  UNION ALL
  SELECT (SELECT b.talk_id FROM beats b WHERE b.talk_id > told.talk_id ORDER BY b.talk_id LIMIT 1)
  FROM told WHERE told.talk_id IS NOT NULL
)
SELECT t.id FROM told JOIN talks t ON t.id = told.talk_id
WHERE t.ended_at < clock_timestamp() - :days * interval '1 day' AND {MAKE.is_due("t.id")}
LIMIT :most
""")  # noqa: S608 - one fixed text within another


async def sweep_beats(tx: Tx, settings: Settings, days: int) -> int:
    """Put digests in the place of the beats of some talks that ended longer ago; return how many.

    One at which that fails keeps its beats until the next time.
    """
    due = (await tx.execute(_DUE, {"days": days, "most": TALKS_AT_ONCE})).scalars().all()
    if not due:
        return 0
    query = sa.select(talks).where(talks.c.id.in_(due))
    rows = await locks.lock(tx, query, skip_locked=True)
    await faults.each(tx, MAKE, rows, lambda talk: _replace(tx, settings, talk))
    return len(rows)


async def _replace(tx: Tx, settings: Settings, talk: DbRow) -> None:
    found = await sides.of_beats(tx, settings, talk, talk.ended_at)
    told: Any = _SIDES.dump_python({side.side: side for side in found}, mode="json")
    made = insert(talk_digests).values(talk_id=talk.id, ended_at=talk.ended_at, sides=told)
    await tx.execute(made.on_conflict_do_nothing())
    await tx.execute(sa.delete(beats).where(beats.c.talk_id == talk.id))


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` digests of talks that ended longer ago; return how many were looked at.

    While staff have a claim or a report of a talk open, its digest stays.
    """
    old = sweeps.older(talk_digests.c.ended_at, days)
    claimed = sa.exists().where(
        claims.c.talk_id == talk_digests.c.talk_id, claims.c.state.in_(("open", "waiting_second"))
    )
    reported = sa.exists().where(
        reports.c.talk_id == talk_digests.c.talk_id, reports.c.state == "open"
    )
    over = sa.and_(old, ~claimed, ~reported)
    return await sweeps.sweep(tx, talk_digests.c.talk_id, talk_digests.c.ended_at, over, most)
