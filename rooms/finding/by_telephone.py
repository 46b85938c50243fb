"""Whom one can choose by voice: casts with a confirmed spoken name, and rooms that take calls."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.settings import Settings
from people.accounts.tables import users
from people.sign_in.sessions import may_come_in
from people.telephones.tables import spoken_names
from rooms.booking.rules import Period
from rooms.finding.times import next_times
from rooms.ground.tables import rooms, standbys
from rooms.lobby.room_states import joined, room_state, visible_to

MOST_ROOMS = 500
# As far ahead as a next time is told.
AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class VoiceOffer:
    """A cast as a voice menu offers them, by one of their rooms.

    `rate` is points a minute without the line; `open`: they wait by telephone now; else `back_at`
    is when their timetable has them free next.
    """

    room_id: int
    cast_id: int
    reading: str
    rate: int
    takes_tab: bool
    open: bool
    back_at: datetime | None = None


async def offers(
    tx: Tx, settings: Settings, viewer_id: int, *, everyone: bool, cast_id: int | None = None
) -> list[VoiceOffer]:
    """Return each cast once whom a viewer can choose by voice, in the order of their readings.

    Those who wait by telephone now; with `everyone` the others, too, after them. `cast_id`: that
    one alone.
    """
    best: dict[int, VoiceOffer] = {}
    for one in await _rooms(tx, settings, viewer_id, cast_id):
        known = best.get(one.cast_id)
        if known is None or (one.open and not known.open):
            best[one.cast_id] = one
    found = [one for one in best.values() if one.open or everyone]
    found.sort(key=lambda one: (not one.open, one.reading, one.cast_id))
    return await _with_times(tx, found) if everyone else found


async def _rooms(
    tx: Tx, settings: Settings, viewer_id: int, cast_id: int | None
) -> list[VoiceOffer]:
    is_open = sa.and_(room_state() == "open", standbys.c.medium == "telephone")
    query = sa.select(
        rooms.c.id.label("room_id"),
        rooms.c.cast_id,
        spoken_names.c.reading,
        rooms.c.rate,
        rooms.c.takes_tab,
        sa.func.coalesce(is_open, False).label("open"),
    )
    found = await tx.execute(
        joined(query, settings)
        .join(users, users.c.id == rooms.c.cast_id)
        .join(spoken_names, spoken_names.c.user_id == rooms.c.cast_id)
        .where(
            rooms.c.published,
            rooms.c.by_telephone,
            rooms.c.cast_id != viewer_id,
            spoken_names.c.confirmed_at.is_not(None),
            may_come_in(),
            *visible_to(viewer_id),
            *([] if cast_id is None else [rooms.c.cast_id == cast_id]),
        )
        .order_by(sa.desc("open"), rooms.c.id)
        .limit(MOST_ROOMS)
    )
    return [VoiceOffer(**row) for row in found.mappings()]


async def _with_times(tx: Tx, found: list[VoiceOffer]) -> list[VoiceOffer]:
    now = await clock(tx)
    away = [one.room_id for one in found if not one.open]
    times = await next_times(tx, away, Period(now, now + AHEAD))
    return [
        replace(one, back_at=times[one.room_id].starts_at) if one.room_id in times else one
        for one in found
    ]
