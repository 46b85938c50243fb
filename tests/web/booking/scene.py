"""What tests of reservations need: a room that can be booked at any time, and time travel."""

import re
from datetime import UTC, datetime, time

import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.accounts import User
from rooms.booking import asking, reservations, slots
from rooms.booking.requests import Request
from rooms.booking.rules import Hour
from rooms.booking.views import Reservation
from rooms.ground.tables import room_hours, rooms
from tests.web.scene import make_room, make_user
from tests.world import buy

NOON, MIDNIGHT = time(12), time(0)
ALWAYS = [Hour(day, *part) for day in range(7) for part in ((MIDNIGHT, NOON), (NOON, MIDNIGHT))]


async def bookable_room(
    database: Database, cast: User, booking: str = "direct", *, rate: int = 100
) -> int:
    """Make a room that takes reservations of 10 to 60 minutes round the clock."""
    room_id = await make_room(database, cast, rate=rate, waiting=False)
    async with database.transaction() as tx:
        await tx.execute(sa.update(rooms).where(rooms.c.id == room_id).values(booking=booking))
        hours = [
            {"room_id": room_id, "weekday": one.weekday, "starts": one.starts, "ends": one.ends}
            for one in ALWAYS
        ]
        await tx.execute(sa.insert(room_hours), hours)
    return room_id


async def make_cast(database: Database, nickname: str = "みなと") -> User:
    """Make an account that owns rooms."""
    return await make_user(database, nickname=nickname, is_cast=True)


async def rich(database: Database, points: int = 5000) -> User:
    """Make a caller with points."""
    caller = await make_user(database)
    async with database.transaction() as tx:
        await buy(tx, caller.id, points)
    return caller


async def starts(database: Database, settings: Settings, room_id: int) -> list[datetime]:
    """Return the starts that anybody may book now, the first first."""
    async with database.transaction() as tx:
        found = await slots.free_slots(tx, settings, room_id, None)
    return [slot.starts_at for slot in found if slot.longest == 60]


async def book(
    database: Database,
    settings: Settings,
    room_id: int,
    caller: User,
    *,
    start: datetime | None = None,
    message: str = "",
) -> Reservation:
    """Book half an hour, by default from the last start on offer."""
    begins = start or (await starts(database, settings, room_id))[-1]
    async with database.transaction() as tx:
        kept = await reservations.keep(tx, settings, room_id, caller.id, begins, 30)
        return await reservations.confirm(tx, settings, kept.id, caller.id, message)


async def asked(
    database: Database, settings: Settings, room_id: int, caller: User, message: str = ""
) -> Request:
    """Ask for half an hour at one of three times."""
    free = await starts(database, settings, room_id)
    async with database.transaction() as tx:
        return await asking.ask(tx, settings, room_id, caller.id, free[:9:4], 30, message)


async def move(owner: Database, reservation_id: int, minutes: float) -> None:
    """Let a reservation begin so many minutes from now (negative: ago)."""
    async with owner.transaction() as tx:
        await tx.execute(_MOVE, {"id": reservation_id, "minutes": minutes})


async def count(database: Database) -> tuple[int, ...]:
    """Return how much there is of everything that a page might make or change."""
    async with database.transaction() as tx:
        return tuple((await tx.execute(_COUNT)).one())


def at(text: str) -> datetime:
    """Read a moment as pages write it into `datetime` attributes."""
    return datetime.fromisoformat(text).astimezone(UTC)


def forms(page: str) -> list[str]:
    """Return where the forms of a page's content are sent."""
    main = page.partition("<main")[2].partition("</main")[0]
    return re.findall('<form[^>]*action="([^"]+)"', main)


_MOVE = sa.text("""
UPDATE reservations SET starts_at = t.at, ends_at = t.at + minutes * interval '1 minute',
  cancel_until = t.at - interval '12 hours'
FROM (SELECT date_trunc('minute', clock_timestamp()) + :minutes * interval '1 minute' AS at) t
WHERE id = :id
""")
_COUNT = sa.text("""
SELECT (SELECT count(*) FROM reservations), (SELECT count(*) FROM reservation_requests),
  (SELECT count(*) FROM transfers), (SELECT count(*) FROM notices), (SELECT count(*) FROM talks),
  (SELECT count(*) FROM room_hours), (SELECT count(*) FROM hour_exceptions),
  (SELECT count(*) FROM calendar_feeds), (SELECT md5(string_agg(r::text, '|' ORDER BY id))
    FROM reservations r), (SELECT md5(string_agg(q::text, '|' ORDER BY id))
    FROM reservation_requests q)
""")
