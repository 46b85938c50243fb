"""A cast's own rooms: reading, publishing, withdrawing and deleting them.

The lock on the cast (`locking.lock_people`) puts these in one row with stand-bys, entries and
bookings: what is checked here stays true until the transaction ends.
"""

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from people.accounts import locking
from rooms.ground import refusals
from rooms.ground.applying_tables import talk_applications as applications
from rooms.ground.booking_tables import reservations
from rooms.ground.calling_tables import calls
from rooms.ground.question_tables import question_threads
from rooms.ground.report_tables import reports
from rooms.ground.request_tables import reservation_requests
from rooms.ground.tables import (
    room_hours,
    rooms,
    standbys,
    talks,
    waiting_turns,
)
from rooms.ground.timetable_tables import hour_exceptions
from rooms.lobby import short_addresses, talk_applications

MOST_ROOMS = 5
# How a room stands: being written, with staff, sent back, public, or public no more.
State = Literal["draft", "waiting", "refused", "public", "hidden"]


@dataclass(frozen=True)
class OwnRoom:
    """A room, as its cast edits it. A `used` room is named by a talk,
    a reservation, a request, an application, a report or a question. `look_words` say why staff
    sent it back."""

    id: int
    title: str
    topic: str
    text: str
    rate: int
    allows_video: bool
    relayed: bool
    records: bool
    takes_tab: bool
    category_id: int | None
    by_standby: bool
    by_application: bool
    by_telephone: bool
    booking: str
    takes_questions: bool
    published: bool
    look: str
    look_words: str | None
    open: bool
    in_talk: bool
    booked: bool
    used: bool

    @property
    def state(self) -> State:
        """How it stands."""
        if self.published:
            return "public"
        known: dict[str, State] = {"waiting": "waiting", "refused": "refused", "passed": "hidden"}
        return known.get(self.look, "draft")


_LIVE = sa.or_(
    reservations.c.state.in_(("booked", "running")),
    sa.and_(reservations.c.state == "kept", reservations.c.kept_until > sa.func.clock_timestamp()),
)
_OPEN = sa.exists().where(standbys.c.room_id == rooms.c.id)
_TALK = sa.or_(
    sa.exists().where(talks.c.room_id == rooms.c.id, talks.c.ended_at.is_(None)),
    sa.exists().where(calls.c.room_id == rooms.c.id, calls.c.ended_at.is_(None)),
)
_BOOKED = sa.or_(
    sa.exists().where(reservations.c.room_id == rooms.c.id, _LIVE),
    sa.exists().where(
        reservation_requests.c.room_id == rooms.c.id, reservation_requests.c.state == "open"
    ),
)
IS_BOOKED = _BOOKED
IS_IDLE = sa.not_(sa.or_(_OPEN, _TALK, _BOOKED))
_USED = sa.or_(
    sa.exists().where(talks.c.room_id == rooms.c.id),
    sa.exists().where(calls.c.room_id == rooms.c.id),
    sa.exists().where(reservations.c.room_id == rooms.c.id),
    sa.exists().where(reservation_requests.c.room_id == rooms.c.id),
    sa.exists().where(reports.c.room_id == rooms.c.id),
    sa.exists().where(question_threads.c.room_id == rooms.c.id),
    sa.exists().where(applications.c.room_id == rooms.c.id),
)
# What nothing names yet.
UNUSED = ~_USED
_ROOM = sa.select(
    rooms.c.id,
    rooms.c.title,
    rooms.c.topic,
    rooms.c.text,
    rooms.c.rate,
    rooms.c.allows_video,
    rooms.c.relayed,
    rooms.c.recording_since.is_not(None).label("records"),
    rooms.c.takes_tab,
    rooms.c.category_id,
    rooms.c.by_standby,
    rooms.c.by_application,
    rooms.c.by_telephone,
    rooms.c.booking,
    rooms.c.takes_questions,
    rooms.c.published,
    rooms.c.look,
    rooms.c.look_words,
    _OPEN.label("open"),
    _TALK.label("in_talk"),
    _BOOKED.label("booked"),
    _USED.label("used"),
)


async def own_rooms(tx: Tx, cast_id: int) -> list[OwnRoom]:
    """Return a cast's rooms, published ones first."""
    rows = await tx.execute(
        _ROOM.where(rooms.c.cast_id == cast_id)
        .order_by(rooms.c.published.desc(), rooms.c.id)
        .limit(50)
    )
    return [OwnRoom(**row) for row in rows.mappings()]


async def own_room(tx: Tx, room_id: int, cast_id: int) -> OwnRoom:
    """Return one of a cast's rooms. Raises UserError `room_unknown` (404) for any other."""
    rows = await tx.execute(_ROOM.where(rooms.c.id == room_id, rooms.c.cast_id == cast_id))
    row = rows.mappings().one_or_none()
    if row is None:
        raise refusals.room_unknown()
    return OwnRoom(**row)


async def publish(tx: Tx, room_id: int, cast_id: int) -> None:
    """Let everybody see a room, which has a short address from then on.

    One that is published stays so. Whether it may be is the matter of `rooms.offering.publishing`.
    Raises UserError `room_unknown` (404).
    """
    await locked(tx, room_id, cast_id)
    public = {"published": True, "look": "passed", "sent_at": None, "look_words": None}
    await tx.execute(sa.update(rooms).where(rooms.c.id == room_id).values(public))
    await short_addresses.give(tx, room_id)


async def unpublish(tx: Tx, room_id: int, cast_id: int) -> None:
    """Let nobody but its cast see a room; whoever waits for it, or applied, has waited in vain.

    One that waits for staff is theirs no more. Raises UserError `room_unknown` (404), `room_open`,
    `room_in_talk`, `room_booked`.
    """
    room = await locked(tx, room_id, cast_id)
    _must_be_idle(room)
    await talk_applications.look_at_rooms(tx, [room_id])
    await locks.delete(tx, waiting_turns, waiting_turns.c.room_id == room_id)
    look = {"public": "passed", "waiting": "none"}.get(room.state, room.look)
    hidden = {"published": False, "look": look, "sent_at": None}
    await tx.execute(sa.update(rooms).where(rooms.c.id == room_id).values(hidden))


async def delete(tx: Tx, room_id: int, cast_id: int) -> None:
    """Delete a room that nobody has ever talked in or booked.

    Raises UserError as `unpublish` does, and `room_used`.
    """
    room = await locked(tx, room_id, cast_id)
    _must_be_idle(room)
    if room.used:
        raise UserError(
            "room_used",
            N_(
                "通話や予約の記録があるルームは削除できません。非公開にすると、だれにも見えません。"
            ),
        )
    for table in (room_hours, hour_exceptions):
        await tx.execute(sa.delete(table).where(table.c.room_id == room_id))
    await locks.delete(tx, waiting_turns, waiting_turns.c.room_id == room_id)
    await tx.execute(sa.delete(rooms).where(rooms.c.id == room_id))


async def locked(tx: Tx, room_id: int, cast_id: int) -> OwnRoom:
    """Return one of a cast's rooms, locked with its cast. Raises as `own_room` does."""
    await locking.lock_people(tx, cast_id)
    own = sa.and_(rooms.c.id == room_id, rooms.c.cast_id == cast_id)
    await locks.lock(tx, sa.select(rooms.c.id).where(own))
    return await own_room(tx, room_id, cast_id)


def _must_be_idle(room: OwnRoom) -> None:
    if room.in_talk:
        raise UserError(
            "room_in_talk", N_("通話中のルームです。通話が終わってからお試しください。")
        )
    if room.open:
        raise refusals.room_open()
    if room.booked:
        raise UserError(
            "room_booked",
            N_(
                "このルームには、これからの予約かリクエストがあります。終わるか、お断りしてからお試しください。"
            ),
        )
