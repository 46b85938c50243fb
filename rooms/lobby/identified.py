"""What a room with video needs while its cast waits in it, and to stay public.

That is a cast whose age and identity are checked, on a site that wants it. Before it becomes public
`rooms.offering` asks.
"""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.settings import Settings
from people.accounts import locking
from people.accounts.tables import users
from people.desk import identity
from people.desk.identity_tables import identity_checks
from people.desk.identity_words import CLOSED, CLOSED_TEXT, tell
from record.site import doors
from rooms.ground import kept_times
from rooms.ground.tables import rooms, waiting_turns
from rooms.lobby import presence, talk_applications
from rooms.lobby.own_rooms import IS_BOOKED, IS_IDLE

CASTS_AT_ONCE = 100


async def stand_by(
    tx: Tx, settings: Settings, cast_id: int, room_id: int, *, ringing: bool = False
) -> list[int]:
    """Let a cast wait in a room, as `presence.open_standby` does.

    Raises UserError `identity_needed` (403), too, and `site_rests` as `doors` does.
    """
    await locking.lock_people(tx, cast_id)
    video = sa.select(rooms.c.allows_video).where(
        rooms.c.id == room_id, rooms.c.cast_id == cast_id, rooms.c.published
    )
    if await tx.scalar(video):
        await identity.must_be_checked(tx, settings, cast_id)
    # What was promised is kept while the site rests: a cast is there for who has booked them.
    if await kept_times.reservation_now(tx, settings, cast_id) is None:
        await doors.must_be_open(tx)
    return await presence.open_standby(tx, cast_id, room_id, ringing=ringing)


_OVERDUE = sa.and_(
    rooms.c.published,
    rooms.c.allows_video,
    sa.exists().where(
        identity_checks.c.user_id == rooms.c.cast_id,
        identity_checks.c.state != "checked",
        identity_checks.c.allowed_until < sa.func.clock_timestamp(),
    ),
)
# One that is booked takes no further reservations, and is closed once those it has are over.
_TO_CLOSE = sa.and_(_OVERDUE, sa.or_(IS_IDLE, sa.and_(IS_BOOKED, rooms.c.booking != "none")))


async def close_unchecked(tx: Tx, settings: Settings) -> int:
    """Unpublish the video rooms of casts whose days to be checked are over; return how many casts.

    Who stands by or talks just now is left for the next time.
    """
    if not settings.identity_check:
        return 0
    whose = sa.select(rooms.c.cast_id).where(_TO_CLOSE)
    query = sa.select(users.c.id).where(users.c.id.in_(whose)).order_by(users.c.id)
    people = await locks.lock(tx, query.limit(CASTS_AT_ONCE), skip_locked=True)
    casts = [row.id for row in people]
    due = sa.and_(rooms.c.cast_id.in_(casts), _TO_CLOSE)
    found = await locks.lock(
        tx, sa.select(rooms.c.id, rooms.c.cast_id, IS_IDLE.label("idle")).where(due)
    )
    closed = [row.id for row in found if row.idle]
    await talk_applications.look_at_rooms(tx, closed)
    await locks.delete(tx, waiting_turns, waiting_turns.c.room_id.in_(closed))
    await _set(tx, closed, published=False)
    await _set(tx, [row.id for row in found if not row.idle], booking="none")
    for cast_id in sorted({row.cast_id for row in found if row.idle}):
        await tell(tx, settings, cast_id, CLOSED, CLOSED_TEXT)
    return len(casts)


async def _set(tx: Tx, room_ids: list[int], **values: object) -> None:
    await tx.execute(sa.update(rooms).where(rooms.c.id.in_(room_ids)).values(**values))
