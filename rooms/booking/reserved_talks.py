"""The talk of a reservation: paid for beforehand, without a free minute, until the reserved end.

Both may agree to go on; then the ordinary meter runs from the reserved end, without free time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed
from foundation.settings import Settings
from people.accounts.tables import users
from people.meeting import blocks
from points import ledger
from rooms.booking import reservations
from rooms.booking.notices import tell
from rooms.booking.rows import ReservationRow
from rooms.ground import kept_times, refusals
from rooms.ground.booking_tables import reservations as bookings
from rooms.ground.live import live_talk
from rooms.ground.tables import rooms
from rooms.lobby import presence
from rooms.ratings import standing
from rooms.talk import entry
from rooms.talk.entry import Entered
from rooms.talk.rows import EnteredRoom

MOST_TALKS = 1000


@dataclass(frozen=True)
class Awaited:
    """A caller who is there before the cast: the arrival is recorded, the talk has not begun."""

    reservation_id: int
    reason: Literal["cast_away", "cast_busy", "not_yet"]


@dataclass(frozen=True)
class Warned:
    """A cast in another talk whose reservation begins within so many minutes."""

    talk_id: int
    person_id: int
    reservation_id: int
    minutes: int
    starts_at: datetime

    def as_event(self) -> dict[str, int | str]:
        """Return what the cast's pages are told; `starts_at` is ISO 8601 in UTC."""
        return {
            "talk_id": self.talk_id,
            "minutes": self.minutes,
            "reservation_id": self.reservation_id,
            "starts_at": self.starts_at.isoformat(),
        }


async def own_reservation_now(
    tx: Tx, settings: Settings, room_id: int, viewer_id: int
) -> int | None:
    """Return the viewer's own reservation for which a room is kept now, if there is one."""
    cast_id = await tx.scalar(sa.select(rooms.c.cast_id).where(rooms.c.id == room_id))
    found = await kept_times.reservation_now(tx, settings, int(cast_id)) if cast_id else None
    mine = found is not None and (found.room_id, found.caller_id) == (room_id, viewer_id)
    return found.id if found and mine else None


async def enter(
    tx: Tx,
    settings: Settings,
    reservation_id: int,
    caller_id: int,
    *,
    with_video: bool = True,
    early: bool = False,
) -> Entered | Awaited:
    """Begin the talk of a reservation, or go back into its time after one that ended.

    One waits from `early_minutes` before; it begins before its time only if both press (`early`,
    and `agree_early` for the cast), and then lasts as long as was paid for. Where the cast isn't
    there yet the arrival is recorded and `Awaited` is returned: commit it, and try again.

    Raises UserError `reservation_unknown` (404), `too_early` (opens_at), `reservation_over`,
    `reserved_by_telephone`, `already_in_talk` (talk_id) or `own_standby_open`.
    """
    row = await reservations.locked(tx, reservation_id, caller_id, "caller")
    if await blocks.hidden(tx, caller_id, row.cast_id):
        raise refusals.reservation_unknown()
    now = await clock(tx)
    _must_be_its_time(settings, row, now)
    await entry.must_be_free(tx, caller_id)
    await _note_caller(tx, row, now)
    if now < row.starts_at and not (early and row.cast_early_at):
        return Awaited(row.id, "not_yet")
    # In the minutes before it, the time may still belong to the reservation before.
    kept = await kept_times.reservation_now(tx, settings, row.cast_id)
    mine = kept is not None and kept.id == row.id
    left = await presence.take_cast(tx, settings, row.cast_id) if mine else None
    if left is None:
        away = mine and not await live_talk(tx, row.cast_id)
        if away and now >= row.starts_at:
            # Once: by then they should be there, and look perhaps at no page.
            await tell(tx, settings, row, "awaited_cast")
        return Awaited(row.id, "cast_away" if away else "cast_busy")
    talk_id = await begin(tx, settings, row, now, with_video=with_video)
    return await _entered(tx, row, talk_id, left)


async def _note_caller(tx: Tx, row: ReservationRow, now: datetime) -> None:
    came = row.caller_came_at or now
    await reservations.change(tx, row.id, caller_came_at=came, caller_last_at=now)


async def agree_early(tx: Tx, settings: Settings, reservation_id: int, cast_id: int) -> None:
    """Say as the cast, in the minutes before, that the talk may begin before its time.

    Raises UserError `reservation_unknown` (404), `too_early` (opens_at), `reservation_over`.
    """
    row = await reservations.locked(tx, reservation_id, cast_id, "cast")
    now = await clock(tx)
    _must_be_its_time(settings, row, now)
    if row.state == "booked" and now < row.starts_at:
        await reservations.change(tx, row.id, cast_early_at=now)


def ends_at(row: ReservationRow, begins_at: datetime | None = None) -> datetime:
    """Return when a reservation's talk ends: one that both began early lasts its own minutes."""
    began = row.began_at or begins_at
    if began is None:
        return row.ends_at
    return min(row.ends_at, began + timedelta(minutes=row.minutes))


def _must_be_its_time(settings: Settings, row: ReservationRow, now: datetime) -> None:
    if row.state in ("kept", "lapsed"):
        raise refusals.reservation_unknown()
    if row.medium == "telephone":
        raise UserError(
            "reserved_by_telephone",
            N_("お電話のご予約です。お時間になったら、おふたりの電話が鳴ります。"),
        )
    if row.state not in ("booked", "running") or now >= ends_at(row):
        raise refusals.reservation_over()
    opens_at = row.starts_at - timedelta(minutes=settings.early_minutes)
    if now < opens_at:
        raise UserError(
            "too_early",
            N_("予約の%(minutes)s分前から入室できます。"),
            minutes=settings.early_minutes,
            opens_at=opens_at.isoformat(),
        )


async def begin(
    tx: Tx,
    settings: Settings,
    row: ReservationRow,
    now: datetime,
    *,
    with_video: bool,
    **values: object,
) -> int:
    """Begin the talk of a locked reservation, with what is particular about it; return its id."""
    found = await tx.execute(sa.select(rooms).where(rooms.c.id == row.room_id))
    room = typed(EnteredRoom, found.mappings().one())
    talk_id = await entry.begin(
        tx,
        settings,
        room,
        row.caller_id,
        with_video,
        await ledger.pays_of(tx, row.hold),
        rate=row.rate,
        share=row.share,
        # The whole time to the reserved end is paid for: no minute can come due before it.
        free_ms=-((now - ends_at(row, now)) // timedelta(milliseconds=1)),
        reservation_id=row.id,
        must_end_at=ends_at(row, now),
        **values,
    )
    await _note_beginning(tx, row, now)
    return talk_id


async def _note_beginning(tx: Tx, row: ReservationRow, now: datetime) -> None:
    await reservations.change(
        tx,
        row.id,
        state="running",
        began_at=row.began_at or now,
        cast_came_at=row.cast_came_at or now,
        cast_in_at=row.cast_in_at or (now if now >= row.starts_at else None),
        cast_last_at=now,
    )


async def _entered(tx: Tx, row: ReservationRow, talk_id: int, left: int) -> Entered:
    found = await tx.execute(
        sa.select(rooms.c.title, users.c.nickname, users.c.portrait)
        .join(users, users.c.id == row.caller_id)
        .where(rooms.c.id == row.room_id)
    )
    told = found.one()
    return Entered(
        talk_id,
        row.room_id,
        told.title,
        row.cast_id,
        row.caller_id,
        told.nickname,
        told.portrait,
        left,
        await standing.of_caller(tx, row.caller_id),
    )


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


async def warn_of_next(tx: Tx) -> list[Warned]:
    """Note whom to warn that their reservation begins in ten minutes, and in two, each once."""
    rows = await tx.execute(_WARN, {"most": MOST_TALKS})
    warned = [Warned(**row) for row in rows.mappings()]
    locks.note(tx, bookings, [one.reservation_id for one in warned], waited=False)
    return warned
