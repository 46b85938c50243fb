"""How long the free slots of a room take with five years of reservations behind it."""

import time
from datetime import datetime, timedelta

import sqlalchemy as sa
import uvloop

from benchmarks.place import HASH, Place, percentile, place, told
from foundation.database import Database, clock
from foundation.settings import Settings
from rooms import schedule

YEARS, A_DAY, CASTS = 5, 8, 20
ROUNDS = 300

# Each cast has a room, open from ten to midnight, and eight half hours reserved on every day of
# five years and of the coming two; a regular of the first cast took one of them each day.
FILL = (
    "SET session_replication_role = replica",
    f"""INSERT INTO users (email, nickname, password_hash, is_cast, confirmed_at)
SELECT 'b' || n || '@bench.example', 'b' || n, '{HASH}', n <= {CASTS}, now()
FROM generate_series(1, 2000) n""",
    """INSERT INTO wallets (kind, user_id, balance) SELECT 'points', id, 0 FROM users""",
    """INSERT INTO rooms (cast_id, title, topic, rate, published, booking, booking_longest)
SELECT id, 'r', 't', 100, true, 'direct', 120 FROM users WHERE is_cast""",
    """INSERT INTO room_hours (room_id, weekday, starts, ends)
SELECT r.id, d, '10:00', '00:00' FROM rooms r CROSS JOIN generate_series(0, 6) d""",
    f"""INSERT INTO reservations (room_id, cast_id, caller_id, starts_at, ends_at, minutes, rate,
  share, points, state, kept_until, hold_id, booked_at, cancel_until, judged_at)
SELECT room_id, cast_id, caller_id, at, at + interval '30 minutes', 30, 100, 80, 3000,
  CASE WHEN at < now() - interval '1 hour' THEN 'done' ELSE 'booked' END, at,
  row_number() OVER (), at - interval '1 day', at - interval '12 hours',
  CASE WHEN at < now() - interval '1 hour' THEN at + interval '1 hour' END
FROM (
  SELECT r.id AS room_id, r.cast_id,
    CASE WHEN n = 0 AND r.id = 1 THEN {CASTS} + 1
      ELSE {CASTS} + 2 + (d * 7 + n + r.id + 100) % 1900 END AS caller_id,
    date_trunc('day', now()) - d * interval '1 day' + interval '1 hour'
      + n * interval '100 minutes' AS at
  FROM rooms r CROSS JOIN generate_series(-2, {YEARS} * 365) d
  CROSS JOIN generate_series(0, {A_DAY} - 1) n
) s""",
    "SET session_replication_role = origin",
)


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
    seconds, slots = [], []
    busy = time.process_time()
    for _ in range(ROUNDS):
        async with database.transaction() as tx:
            began = time.perf_counter()
            slots = await schedule.free_slots(tx, settings, room, viewer)
            seconds.append(time.perf_counter() - began)
    assert all(slot.starts_at <= until + timedelta(minutes=5) for slot in slots)
    busy = (time.process_time() - busy) * 1000 / ROUNDS
    return f"{who}: {len(slots)} slots, {_milliseconds(seconds)}, {busy:.1f} ms of our CPU"


async def _week(database: Database, settings: Settings, room: int) -> str:
    seconds = []
    for _ in range(ROUNDS):
        async with database.transaction() as tx:
            began = time.perf_counter()
            await schedule.days(tx, settings, room, None, "Asia/Tokyo", count=7)
            seconds.append(time.perf_counter() - began)
    return f"week:    {_milliseconds(seconds)}"


def _milliseconds(seconds: list[float]) -> str:
    half, most = (percentile(seconds, part) * 1000 for part in (50, 95))
    return f"median {half:.1f} ms, 95% within {most:.1f} ms"


def main() -> None:
    """Measure on a database of its own."""
    with place() as found:
        # In one session, so that the triggers stay off while it is filled.
        found.fill(";\n".join(FILL))
        goal = "the free slots of a room with five years of reservations under 10 ms"
        print(told("Free slots", goal, uvloop.run(measure(found))))


if __name__ == "__main__":
    main()
