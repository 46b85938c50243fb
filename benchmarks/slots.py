"""How long the free slots of a room take with five years of reservations behind it."""

import time
from datetime import datetime, timedelta

import sqlalchemy as sa
import uvloop

from benchmarks.bookings import YEARS, fill
from benchmarks.place import Place, percentile, place, told
from foundation.database import Database, clock
from foundation.settings import Settings
from rooms.booking import slots

CASTS = 20
ROUNDS = 300


async def measure(found: Place) -> list[str]:
    """Ask for the slots of one room again and again, as a visitor and as its regular."""
    database, settings = Database(found.url, pool_size=2), Settings()
    async with database.transaction() as tx:
        count = await tx.scalar(sa.text("SELECT count(*) FROM reservations"))
        room = await tx.scalar(sa.text("SELECT min(id) FROM rooms"))
        until = await clock(tx) + timedelta(hours=settings.booking_opens_hours)
    lines = [f"filled:  {count:,} reservations of {CASTS} casts, {YEARS} years"]
    for who, viewer in (("visitor", None), ("regular", CASTS + 1)):
        lines.append(await _timed(database, settings, int(room or 0), who, viewer, until))
    lines.append(await _week(database, settings, int(room or 0)))
    await database.close()
    return lines


async def _timed(
    database: Database,
    settings: Settings,
    room: int,
    who: str,
    viewer: int | None,
    until: datetime,
) -> str:
    seconds, free = [], []
    busy = time.process_time()
    for _ in range(ROUNDS):
        async with database.transaction() as tx:
            began = time.perf_counter()
            free = await slots.free_slots(tx, settings, room, viewer)
            seconds.append(time.perf_counter() - began)
    assert all(slot.starts_at <= until + timedelta(minutes=5) for slot in free)
    busy = (time.process_time() - busy) * 1000 / ROUNDS
    return f"{who}: {len(free)} slots, {_milliseconds(seconds)}, {busy:.1f} ms of our CPU"


async def _week(database: Database, settings: Settings, room: int) -> str:
    seconds = []
    for _ in range(ROUNDS):
        async with database.transaction() as tx:
            began = time.perf_counter()
            await slots.days(tx, settings, room, None, "Asia/Tokyo", count=7)
            seconds.append(time.perf_counter() - began)
    return f"week:    {_milliseconds(seconds)}"


def _milliseconds(seconds: list[float]) -> str:
    half, most = (percentile(seconds, part) * 1000 for part in (50, 95))
    return f"median {half:.1f} ms, 95% within {most:.1f} ms"


def main() -> None:
    """Measure on a database of its own."""
    with place() as found:
        found.fill(fill(CASTS))
        goal = "the free slots of a room with five years of reservations under 10 ms"
        print(told("Free slots", goal, uvloop.run(measure(found))))


if __name__ == "__main__":
    main()
