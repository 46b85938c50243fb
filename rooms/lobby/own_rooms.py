"""A cast's own rooms: writing, publishing, withdrawing and deleting them.

The lock on the cast (`presence.lock_people`) puts these in one row with stand-bys, entries and
bookings: what is checked here stays true until the transaction ends.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from rooms.ground import refusals
from rooms.ground.applying_tables import talk_applications as applications
from rooms.ground.booking_tables import hour_exceptions, reservations
from rooms.ground.report_tables import reports
from rooms.ground.request_tables import reservation_requests
from rooms.ground.tables import (
    room_hours,
    rooms,
    standbys,
    talks,
    waiting_turns,
)
from rooms.lobby import presence, talk_applications

MOST_ROOMS = 5
NOW = sa.func.clock_timestamp()


@dataclass(frozen=True)
class Draft:
    """What a cast writes of a room: `rate` points a minute, `relayed` through the site or not."""

    title: str
    topic: str
    text: str
    rate: int
    allows_video: bool
    relayed: bool = False
    # Whether its page tells callers that they may be asked for a recording.
    records: bool = False


@dataclass(frozen=True)
class OwnRoom:
    """A room, as its cast edits it. A `used` room is named by a talk,
    a reservation, a request, an application or a report."""

    id: int
    title: str
    topic: str
    text: str
    rate: int
    allows_video: bool
    relayed: bool
    records: bool
    published: bool
    open: bool
    in_talk: bool
    booked: bool
    used: bool


_LIVE = sa.or_(
    reservations.c.state.in_(("booked", "running")),
    sa.and_(reservations.c.state == "kept", reservations.c.kept_until > sa.func.clock_timestamp()),
)
_OPEN = sa.exists().where(standbys.c.room_id == rooms.c.id)
_TALK = sa.exists().where(talks.c.room_id == rooms.c.id, talks.c.ended_at.is_(None))
_BOOKED = sa.or_(
    sa.exists().where(reservations.c.room_id == rooms.c.id, _LIVE),
    sa.exists().where(
        reservation_requests.c.room_id == rooms.c.id, reservation_requests.c.state == "open"
    ),
)
_USED = sa.or_(
    sa.exists().where(talks.c.room_id == rooms.c.id),
    sa.exists().where(reservations.c.room_id == rooms.c.id),
    sa.exists().where(reservation_requests.c.room_id == rooms.c.id),
    sa.exists().where(reports.c.room_id == rooms.c.id),
    sa.exists().where(applications.c.room_id == rooms.c.id),
)
_ROOM = sa.select(
    rooms.c.id,
    rooms.c.title,
    rooms.c.topic,
    rooms.c.text,
    rooms.c.rate,
    rooms.c.allows_video,
    rooms.c.relayed,
    rooms.c.recording_since.is_not(None).label("records"),
    rooms.c.published,
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


async def make(tx: Tx, cast_id: int, draft: Draft) -> int:
    """Write a room, not yet published; return its id. Raises UserError `rooms_too_many`.

    The same one once more is the form sent twice: while it isn't published, it is that room.
    """
    await presence.lock_people(tx, cast_id)
    same = await tx.scalar(_same(cast_id, draft))
    if same is not None:
        return int(same)
    number = await tx.scalar(
        sa.select(sa.func.count()).select_from(rooms).where(rooms.c.cast_id == cast_id)
    )
    if (number or 0) >= MOST_ROOMS:
        raise UserError("rooms_too_many", N_("ルームは%(most)s個までです。"), most=MOST_ROOMS)
    made = await tx.scalar(
        sa.insert(rooms).values(cast_id=cast_id, **_written(draft, NOW)).returning(rooms.c.id)
    )
    assert made is not None
    return int(made)


def _same(cast_id: int, draft: Draft) -> sa.Select[int]:
    plain = asdict(draft)
    records = rooms.c.recording_since.is_not(None) == plain.pop("records")
    values = (rooms.c[name] == value for name, value in plain.items())
    return (
        sa.select(rooms.c.id)
        .where(rooms.c.cast_id == cast_id, ~rooms.c.published, ~_USED, records, *values)
        .limit(1)
    )


def _written(draft: Draft, since: sa.ColumnElement[datetime]) -> dict[str, object]:
    values: dict[str, object] = asdict(draft)
    # Whoever entered before has not been told that they may be asked.
    values["recording_since"] = since if values.pop("records") else None
    return values


async def change(tx: Tx, room_id: int, cast_id: int, draft: Draft) -> None:
    """Write a room anew. Talks that run and times that are booked keep the rate they have.

    Raises UserError `room_unknown` (404).
    """
    await _locked(tx, room_id, cast_id)
    since = sa.func.coalesce(rooms.c.recording_since, NOW)
    values = _written(draft, since)
    await tx.execute(sa.update(rooms).where(rooms.c.id == room_id).values(**values))


async def publish(tx: Tx, room_id: int, cast_id: int) -> None:
    """Let everybody see a room; one that is published stays so. Raises as `change` does."""
    await _locked(tx, room_id, cast_id)
    await tx.execute(sa.update(rooms).where(rooms.c.id == room_id).values(published=True))


async def unpublish(tx: Tx, room_id: int, cast_id: int) -> None:
    """Let nobody but its cast see a room; whoever waits for it, or applied, has waited in vain.

    Raises UserError `room_unknown` (404), `room_open`, `room_in_talk`, `room_booked`.
    """
    _must_be_idle(await _locked(tx, room_id, cast_id))
    await talk_applications.look_at_room(tx, room_id)
    await locks.delete(tx, waiting_turns, waiting_turns.c.room_id == room_id)
    await tx.execute(sa.update(rooms).where(rooms.c.id == room_id).values(published=False))


async def delete(tx: Tx, room_id: int, cast_id: int) -> None:
    """Delete a room that nobody has ever talked in or booked.

    Raises UserError as `unpublish` does, and `room_used`.
    """
    room = await _locked(tx, room_id, cast_id)
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


async def _locked(tx: Tx, room_id: int, cast_id: int) -> OwnRoom:
    await presence.lock_people(tx, cast_id)
    own = sa.and_(rooms.c.id == room_id, rooms.c.cast_id == cast_id)
    await locks.lock(tx, sa.select(rooms.c.id).where(own))
    return await own_room(tx, room_id, cast_id)


def _must_be_idle(room: OwnRoom) -> None:
    if room.in_talk:
        raise UserError(
            "room_in_talk", N_("通話中のルームです。通話が終わってからお試しください。")
        )
    if room.open:
        raise UserError("room_open", N_("待機中のルームです。先に待機を終えてください。"))
    if room.booked:
        raise UserError(
            "room_booked",
            N_(
                "このルームには、これからの予約かリクエストがあります。終わるか、お断りしてからお試しください。"
            ),
        )
