"""Ringing an applicant: for so long the room is kept for them; they enter, or the clock ends it."""

from datetime import timedelta

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.settings import Settings
from record import faults
from record.faults import Work
from rooms.applying.answering import must_be_possible
from rooms.ground.applying_tables import talk_applications as applications
from rooms.ground.kept_times import IS_NOW
from rooms.ground.tables import rooms, standbys
from rooms.lobby import application_notices, identified, presence
from rooms.lobby import talk_applications as rows
from rooms.lobby.talk_applications import Changed, TalkApplication

AT_ONCE = 200
TURN = Work("turn_application", "application")


async def ring(
    tx: Tx, settings: Settings, application_id: int, cast_id: int
) -> tuple[TalkApplication, Changed]:
    """Ring the caller of an application that the cast has taken, whose devices are ready.

    The cast stands by in its room from now on. That it is opened anew, before one looks at who is
    in line, keeps a turn from being called at the same moment. Raises UserError
    `application_unknown` (404), `application_answered`, and those of `identified.stand_by` and
    `must_be_possible`.
    """
    row = await rows.locked(tx, application_id, cast_id, "cast")
    if row.state == "rung":
        return row, Changed()
    if row.state != "accepted":
        raise rows.answered()
    before = await presence.standby_of(tx, cast_id)
    changed = await identified.stand_by(tx, settings, cast_id, row.room_id, ringing=True)
    await must_be_possible(tx, settings, row)
    now = await clock(tx)
    await rows.change(
        tx,
        row.id,
        state="rung",
        rung_at=now,
        due_at=now + timedelta(seconds=settings.application_ring_seconds),
        stood_by_in=before.room_id if before else None,
    )
    await application_notices.tell(tx, settings, row.id, "rung")
    return row, Changed(rooms=set(changed)).about(row)


async def lock_for_entry(tx: Tx, caller_id: int, cast_id: int) -> None:
    """Lock what an entry may end, before the stand-by, so that the clock can't end it meanwhile."""
    await rows.lock(tx, rows.IS_LIVE, _of_entry(caller_id, cast_id))


async def note_entry(
    tx: Tx, settings: Settings, caller_id: int, cast_id: int, talk_id: int
) -> None:
    """Let the applications follow a talk that has begun, whichever way it was entered.

    The caller's own with this cast is what came of it; where another cast rings for the caller, the
    clock ends that at once. What either has taken as a cast waits again.
    """
    # A reserved talk comes here with its stand-by locked: what the clock holds is the clock's.
    mine = await rows.lock(tx, rows.IS_LIVE, _of_entry(caller_id, cast_id), skip_locked=True)
    for row in mine:
        if (row.caller_id, row.cast_id) == (caller_id, cast_id):
            await rows.end(tx, settings, row, "entered", talk_id=talk_id)
        elif row.cast_id in (caller_id, cast_id) and row.state != "open":
            await rows.change(tx, row.id, state="open", due_at=row.wait_until, accepted_at=None)
            if row.state == "rung":
                await application_notices.tell(tx, settings, row.id, "put_back")
        elif row.state == "rung":
            await rows.change(tx, row.id, due_at=sa.func.clock_timestamp())


def _of_entry(caller_id: int, cast_id: int) -> sa.ColumnElement[bool]:
    return sa.or_(
        applications.c.caller_id == caller_id, applications.c.cast_id.in_((caller_id, cast_id))
    )


# What is due by its own moment; and of those few that ring, whose cast is there no more, or whose
# time belongs to a reservation.
# The clock is read once, so that the index finds the due ones.
_DUE = applications.c.due_at <= sa.select(sa.func.clock_timestamp()).scalar_subquery()
_BROKEN = sa.text(f"""
state = 'rung' AND medium = 'browser' AND (
  NOT EXISTS (SELECT FROM standbys s WHERE s.cast_id = talk_applications.cast_id
    AND s.room_id = talk_applications.room_id
    AND s.seen_at >= clock_timestamp() - :grace * interval '1 s')
  OR cast_id IN (SELECT cast_id FROM reservations WHERE {IS_NOW}))
""")  # noqa: S608 - one fixed text within another


async def turn(tx: Tx, settings: Settings) -> list[TalkApplication]:
    """Bring applications up to the database's clock, on any number of processes.

    Waits that ran out end, rings that nobody answered lapse, and what a cast has taken without
    making ready waits again. Returns those that changed, as they were.
    """
    bounds = {"grace": settings.standby_grace_seconds, "early": settings.early_minutes}
    due = await _locked(tx, sa.and_(rows.IS_LIVE, _DUE), {})
    broken = await _locked(tx, _BROKEN, bounds)
    found = {row.id: row for row in [*broken, *due]}
    rung = [row.cast_id for row in found.values() if row.state == "rung"]
    if rung:
        await locks.lock(tx, sa.select(standbys.c.cast_id).where(standbys.c.cast_id.in_(rung)))
    over = {row.id for row in due}
    return await faults.each(
        tx, TURN, list(found.values()), lambda row: _turn(tx, settings, row, due=row.id in over)
    )


async def _locked(
    tx: Tx, which: sa.ColumnElement[bool] | sa.TextClause, values: dict[str, int]
) -> list[TalkApplication]:
    waits = sa.text(TURN.is_due("talk_applications.id"))
    query = (
        sa.select(applications).where(which, waits).order_by(applications.c.due_at).limit(AT_ONCE)
    )
    found = await locks.lock(tx, query, values, skip_locked=True)
    return rows.typed_rows(found)


async def _turn(tx: Tx, settings: Settings, row: TalkApplication, *, due: bool) -> None:
    if not await tx.scalar(sa.select(rooms.c.published).where(rooms.c.id == row.room_id)):
        await rows.end(tx, settings, row, "void", "void")
    elif row.state == "open":
        await rows.end(tx, settings, row, "expired", "expired", "expired_cast")
    elif row.state == "accepted":
        await rows.put_back(tx, settings, row)
    elif due:
        await rows.end(tx, settings, row, "lapsed", "lapsed", "lapsed_cast")
    else:
        await rows.put_back(tx, settings, row, "put_back")
