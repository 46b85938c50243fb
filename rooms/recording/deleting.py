"""A recording goes: when both want it, with either account, past its time; its files first.

From the moment on that it is to go nobody of the two sees it. While staff have a claim or a report
about its talk open its files wait for that, and go then.
"""

from typing import Protocol

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.row_types import DbRow
from record import faults, sweeps
from record.faults import Work
from rooms.ground.recording_tables import OPEN_STATES, recording_parts, recordings
from rooms.recording import asking, library

NOW = sa.func.clock_timestamp()
# The question and the consents stay for as long as anybody may dispute them.
CONSENT_DAYS = 400


class StuckFileError(Exception):
    """A file of a recording can't be removed just now."""


class RemovableFiles(Protocol):
    """The folder in which recordings lie."""

    def remove(self, name: str) -> None:
        """Remove a file for good; one that is gone already is no error."""


async def wish(tx: Tx, recording_id: int, user_id: int, on: bool) -> bool:
    """Say for one of the two whether it shall be deleted; return whether it is, as both want it.

    Raises UserError `recording_unknown` (404).
    """
    found = await library.one(tx, recording_id, user_id)
    columns = {"caller": recordings.c.caller_deletes_at, "cast": recordings.c.cast_deletes_at}
    wanted = recordings.c.id == recording_id
    await locks.lock(tx, sa.select(recordings.c.id).where(wanted))
    mine = columns[found.side]
    wishes: dict[str, object] = {mine.name: sa.func.coalesce(mine, NOW) if on else None}
    await tx.execute(sa.update(recordings).where(wanted).values(wishes))
    both = await tx.scalar(
        sa.update(recordings)
        .where(wanted, *(column.is_not(None) for column in columns.values()))
        .values(withdrawn_at=sa.func.coalesce(recordings.c.withdrawn_at, NOW))
        .returning(recordings.c.id)
    )
    return both is not None


_THEIRS = sa.text("talk_id IN (SELECT id FROM talks WHERE :user IN (caller_id, cast_id))")


async def withdraw(tx: Tx, user_id: int) -> None:
    """Let every recording of a user's talks go, who leaves the site and is in no talk any more."""
    there = recordings.c.erased_at.is_(None)
    query = sa.select(recordings.c.id, recordings.c.state).where(there, _THEIRS)
    rows = await locks.lock(tx, query, {"user": user_id})
    for row in rows:
        if row.state == "asked":
            over = {"state": "lapsed", "ended_at": NOW}
            await tx.execute(sa.update(recordings).where(recordings.c.id == row.id).values(over))
        elif row.state in OPEN_STATES:
            await asking.end(tx, row.id, "talk_over")
    gone = sa.update(recordings).where(recordings.c.id.in_([row.id for row in rows]))
    await tx.execute(gone.values(withdrawn_at=sa.func.coalesce(recordings.c.withdrawn_at, NOW)))


ERASE = Work("erase_recording", "recording")
_DUE = sa.text(f"""
r.state = 'ended' AND r.erased_at IS NULL
  AND (r.withdrawn_at IS NOT NULL OR r.keep_until <= clock_timestamp())
  AND NOT EXISTS (SELECT FROM reports p WHERE p.talk_id = r.talk_id AND p.state = 'open')
  AND NOT EXISTS (SELECT FROM claims c JOIN talks t ON t.id = r.talk_id
    WHERE (c.talk_id = t.id OR c.reservation_id = t.reservation_id)
      AND c.state IN ('open', 'waiting_second'))
  AND {ERASE.is_due("r.id")}
""")  # noqa: S608 - one fixed text within another


async def erase(tx: Tx, files: RemovableFiles, most: int) -> int:
    """Erase the files of up to `most` recordings whose time has come; return how many there were.

    A file goes before its row: whatever breaks between is found again the next time.
    """
    r = recordings.alias("r")
    due = sa.select(r.c.id).where(_DUE).order_by(r.c.keep_until).limit(most)
    wanted = sa.select(recordings.c.id).where(recordings.c.id.in_(due))
    rows = await locks.lock(tx, wanted.order_by(recordings.c.id), skip_locked=True)
    await faults.each(tx, ERASE, rows, lambda row: _erase(tx, files, row))
    return len(rows)


async def _erase(tx: Tx, files: RemovableFiles, row: DbRow) -> None:
    for part in await library.parts(tx, row.id):
        try:
            files.remove(part.name)
        except OSError as error:
            # A fault of this recording's, which keeps no other one from going.
            raise StuckFileError(part.name) from error
    await tx.execute(sa.delete(recording_parts).where(recording_parts.c.recording_id == row.id))
    gone = sa.update(recordings).where(recordings.c.id == row.id)
    await tx.execute(gone.values(erased_at=NOW))


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` questions and consents that are older, and of which no file is left."""
    old = sweeps.older(recordings.c.asked_at, days)
    gone = sa.or_(recordings.c.agreed_at.is_(None), recordings.c.erased_at.is_not(None))
    over = sa.and_(old, gone, recordings.c.ended_at.is_not(None))
    return await sweeps.sweep(tx, recordings.c.id, recordings.c.asked_at, over, most)
