"""The talk of a reservation: paid for beforehand, without a free minute, until the reserved end.

Both may agree to go on; then the ordinary meter runs from the reserved end, without free time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from people.accounts.tables import users
from people.meeting import blocks
from record import faults
from record.faults import Work
from rooms.booking import reservations
from rooms.booking.views import unknown
from rooms.ground import kept_times
from rooms.ground.booking_tables import reservations as bookings
from rooms.ground.live import live_talk
from rooms.ground.tables import rooms, talks
from rooms.lobby import presence
from rooms.talk import (
    caps,
    ending,
    entry,
    meter,
    seats,
)
from rooms.talk.entry import Entered

MOST_TALKS = 1000


@dataclass(frozen=True)
class Awaited:
    """A caller who is there before the cast: the arrival is recorded, the talk has not begun."""

    reservation_id: int
    reason: Literal["cast_away", "cast_busy"]


@dataclass(frozen=True)
class Warned:
    """A cast in another talk whose reservation begins within so many minutes."""

    talk_id: int
    person_id: int
    reservation_id: int
    minutes: int
    starts_at: datetime


async def standing(tx: Tx, settings: Settings, room_id: int, viewer_id: int) -> int | None:
    """Return the viewer's own reservation for which a room is kept now, if there is one."""
    cast_id = await tx.scalar(sa.select(rooms.c.cast_id).where(rooms.c.id == room_id))
    found = await kept_times.standing(tx, settings, int(cast_id)) if cast_id else None
    mine = found is not None and (found.room_id, found.caller_id) == (room_id, viewer_id)
    return found.id if found and mine else None


async def enter(
    tx: Tx, settings: Settings, reservation_id: int, caller_id: int, *, with_video: bool = True
) -> Entered | Awaited:
    """Begin the talk of a reservation, or go back into its time after one that ended.

    Where the cast isn't there yet the arrival is recorded and `Awaited` is returned: commit it, and
    try again. Raises UserError `reservation_unknown` (404), `too_early` (opens_at),
    `reservation_over`, `already_in_talk` (talk_id) or `own_standby_open`.
    """
    row = await reservations.locked(tx, reservation_id, caller_id, "caller")
    if await blocks.hidden(tx, caller_id, row.cast_id):
        raise unknown()
    now = await clock(tx)
    _must_be_its_time(settings, row, now)
    await entry.must_be_free(tx, caller_id)
    if row.caller_came_at is None:
        await reservations.change(tx, row.id, caller_came_at=now)
    # In the minutes before it, the time may still belong to the reservation before.
    kept = await kept_times.standing(tx, settings, row.cast_id)
    mine = kept is not None and kept.id == row.id
    left = await presence.take_cast(tx, settings, row.cast_id) if mine else None
    if left is None:
        return Awaited(
            row.id, "cast_away" if mine and not await live_talk(tx, row.cast_id) else "cast_busy"
        )
    talk_id = await _begin(tx, settings, row, now, with_video)
    await reservations.change(
        tx,
        row.id,
        state="running",
        began_at=row.began_at or now,
        cast_came_at=row.cast_came_at or now,
        cast_last_at=now,
    )
    return await _entered(tx, row, talk_id, left)


def _must_be_its_time(settings: Settings, row: Any, now: datetime) -> None:
    if row.state in ("kept", "lapsed"):
        raise unknown()
    if row.state not in ("booked", "running") or now >= row.ends_at:
        raise UserError("reservation_over", N_("この予約は終わっています。"))
    opens_at = row.starts_at - timedelta(minutes=settings.early_minutes)
    if now < opens_at:
        raise UserError(
            "too_early",
            N_("予約の%(minutes)s分前から入室できます。"),
            minutes=settings.early_minutes,
            opens_at=opens_at.isoformat(),
        )


async def _begin(tx: Tx, settings: Settings, row: Any, now: datetime, with_video: bool) -> int:
    room = (await tx.execute(sa.select(rooms).where(rooms.c.id == row.room_id))).one()
    return await entry.begin(
        tx,
        settings,
        room,
        row.caller_id,
        with_video,
        rate=row.rate,
        share=row.share,
        # The whole time to the reserved end is paid for: no minute can come due before it.
        free_ms=-((now - row.ends_at) // timedelta(milliseconds=1)),
        reservation_id=row.id,
        must_end_at=row.ends_at,
    )


async def _entered(tx: Tx, row: Any, talk_id: int, left: int) -> Entered:
    found = await tx.execute(
        sa.select(rooms.c.title, users.c.nickname, users.c.portrait)
        .join(users, users.c.id == row.caller_id)
        .where(rooms.c.id == row.room_id)
    )
    told = found.one()
    return Entered(
        talk_id, row.room_id, told.title, row.cast_id, told.nickname, told.portrait, left
    )


async def go_on(tx: Tx, settings: Settings, talk_id: int, user_id: int, agree: bool) -> None:
    """Say for one side whether the talk may go on by the minute after its reserved end.

    Raises UserError `talk_unknown` (404), `talk_over`, `not_reserved`, `next_reserved`, and for the
    caller `receivable_open`, `own_limit_reached` or `points_short` (needed, points).
    """
    side = await seats.side_of(tx, talk_id, user_id)
    talk = await locks.lock_row(tx, sa.select(talks).where(talks.c.id == talk_id))
    assert talk is not None
    if talk.ended_at is not None:
        raise UserError("talk_over", N_("この通話は終わりました。"))
    if talk.reservation_id is None or talk.went_on_at is not None:
        raise UserError("not_reserved", N_("この通話は予約の時間内ではありません。"))
    values: dict[str, Any] = {f"{side}_goes_on": agree}
    if agree:
        await _must_have_time(tx, talk)
        if side == "caller":
            await entry.must_owe_nothing(tx, user_id)
            await entry.must_afford(tx, user_id, talk.rate)
            bound = await entry.must_be_within_limits(tx, user_id, talk.rate)
            values["spend_cap_minutes"] = caps.nearest(talk.spend_cap_minutes, bound)
    await tx.execute(sa.update(talks).where(talks.c.id == talk_id).values(values))


async def _must_have_time(tx: Tx, talk: Any) -> None:
    following = await kept_times.next_start(tx, talk.cast_id, talk.caller_id)
    if following is not None and following <= talk.must_end_at:
        raise UserError("next_reserved", N_("続けて次の予約が入っているため、延長できません。"))


# The talks whose time is over for a reservation, their own or the next one. The last evidence says
# how far the meter went, unless it reaches to within a beat of the end.
END_DUE = Work("end_reserved", "talk")
_DUE = sa.text(f"""
SELECT t.id, t.reservation_id IS NOT NULL AND t.went_on_at IS NULL
    AND t.caller_goes_on AND t.cast_goes_on AS agreed, t.cast_id, t.caller_id, t.must_end_at,
  CASE WHEN least(t.caller_good_at, t.cast_good_at) > t.must_end_at - :margin * interval '1 s'
    THEN t.must_end_at END AS as_of
FROM talks t
WHERE t.ended_at IS NULL AND t.must_end_at <= clock_timestamp()
  AND {END_DUE.is_due("t.id")}
ORDER BY t.payer_wallet FOR NO KEY UPDATE SKIP LOCKED LIMIT :most
""")  # noqa: S608 - one fixed text within another

_GO_ON = sa.text("""
UPDATE talks SET went_on_at = must_end_at, must_end_at = :next,
  free_ms = connected_ms + CASE WHEN state = 'talking' THEN greatest(0, floor(extract(epoch
    FROM must_end_at - running_since) * 1000)::bigint) ELSE 0 END,
  due_at = CASE WHEN state = 'talking' THEN greatest(must_end_at, running_since) END
WHERE id = :talk
""")


async def end_due(tx: Tx, settings: Settings) -> list[int]:
    """End the talks whose time is over for a reservation, or let them go on; return their ids.

    A talk of which both sides agreed goes on by the minute, unless the next reservation has begun.
    """
    bounds = {"margin": 1.5 * settings.beat_seconds, "most": MOST_TALKS}
    rows = (await tx.execute(_DUE, bounds)).all()
    locks.note(tx, talks, [row.id for row in rows], waited=False)
    done = await faults.each(tx, END_DUE, rows, lambda row: _go_on_or_end(tx, settings, row))
    return [row.id for row in done]


async def _go_on_or_end(tx: Tx, settings: Settings, row: Any) -> None:
    if not row.agreed:
        await _end(tx, settings, row)
        return
    following = await tx.scalar(
        _FOLLOWING, {"people": [row.cast_id, row.caller_id], "end": row.must_end_at}
    )
    if following is not None and following <= await clock(tx):
        await _end(tx, settings, row)
        return
    await tx.execute(_GO_ON, {"talk": row.id, "next": following})


_FOLLOWING = sa.text("""
SELECT min(starts_at) FROM reservations
WHERE cast_id = ANY (CAST(:people AS bigint[])) AND state = 'booked' AND starts_at >= :end
""")


async def _end(tx: Tx, settings: Settings, row: Any) -> None:
    await meter.settle(tx, settings, [row.id])
    await ending.end(tx, settings, row.id, "reservation_over", as_of=row.as_of)


_WARN = sa.text("""
WITH near AS (
  SELECT r.id, r.cast_id, CASE WHEN r.starts_at <= clock_timestamp() + interval '2 minutes'
    THEN 2 ELSE 10 END AS minutes
  FROM reservations r
  WHERE r.state = 'booked' AND r.starts_at > clock_timestamp()
    AND r.starts_at <= clock_timestamp() + interval '10 minutes'
    AND (r.warned IS NULL OR r.warned = 10
      AND r.starts_at <= clock_timestamp() + interval '2 minutes')
    AND EXISTS (SELECT FROM talks t WHERE t.ended_at IS NULL
      AND (t.cast_id = r.cast_id OR t.caller_id = r.cast_id))
  FOR NO KEY UPDATE OF r SKIP LOCKED LIMIT :most
)
UPDATE reservations r SET warned = n.minutes
FROM near n JOIN talks t ON t.ended_at IS NULL AND (t.cast_id = n.cast_id
  OR t.caller_id = n.cast_id)
WHERE r.id = n.id
RETURNING t.id AS talk_id, n.cast_id AS person_id, r.id AS reservation_id, n.minutes, r.starts_at
""")


async def warn(tx: Tx) -> list[Warned]:
    """Note whom to warn that their reservation begins in ten minutes, and in two, each once."""
    rows = await tx.execute(_WARN, {"most": MOST_TALKS})
    warned = [Warned(**row) for row in rows.mappings()]
    locks.note(tx, bookings, [one.reservation_id for one in warned], waited=False)
    return warned
