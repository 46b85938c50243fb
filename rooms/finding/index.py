"""What rooms are found by, made anew where something has changed, and twice a day anyway.

Triggers say what has changed (rooms/ground/sql). So no verb has to think of it, and a change of
somebody's name, which knows nothing of rooms, counts as well.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.row_types import DbRow
from foundation.settings import Settings
from foundation.text.found import columns_of
from rooms.booking import rules
from rooms.booking.rules import DayChange, Hour
from rooms.finding import standings
from rooms.ground.finding_tables import room_search, room_search_due, room_words
from rooms.ground.tables import room_hours
from rooms.ground.timetable_tables import hour_exceptions

# How far ahead a day can be asked for, and by when what was made of a timetable is made again.
DAYS_AHEAD = 14
AGAIN_HOURS = 12
MOST_ROOMS = 40
# Any number: two processes needn't do the same at once.
LOCK = 4_857_100_733


@dataclass(frozen=True)
class RoomWords:
    """What somebody may look for a room by. `head` are its title, topic, category, tags and names.

    `languages` are those of its cast.
    """

    room_id: int
    cast_id: int
    head: list[str]
    text: str
    languages: list[str]


async def refresh(tx: Tx, settings: Settings, most: int = MOST_ROOMS) -> int:
    """Make up to `most` changed rooms findable by what they say now; return how many there were.

    One process at a time; rows that somebody holds are left for the next time. Raises CrowdedError.
    """
    if not await tx.scalar(sa.text(f"SELECT pg_try_advisory_xact_lock({LOCK})")):
        return 0
    due = sa.select(room_search_due.c.id, room_search_due.c.room_id)
    marked = await locks.take_away(
        tx, due.order_by(room_search_due.c.id).limit(most), skip_locked=True
    )
    ids = {row.room_id for row in marked}
    free = await _not_held(tx, ids)
    if free != ids:
        await tx.execute(sa.insert(room_search_due), [{"room_id": one} for one in ids - free])
    await _make(tx, settings, sorted(free))
    return len(free)


async def mark_old(tx: Tx, most: int) -> int:
    """Mark up to `most` rooms that were made findable long ago, or never, or that are gone."""
    return (await tx.execute(_MARK_OLD, {"most": most})).rowcount


_MARK_OLD = sa.text(f"""
INSERT INTO room_search_due (room_id)
SELECT coalesce(s.room_id, r.id) FROM room_search s
FULL JOIN (SELECT id FROM rooms WHERE published) r ON r.id = s.room_id
WHERE (s.room_id IS NULL OR r.id IS NULL
    OR s.made_at < clock_timestamp() - interval '{AGAIN_HOURS} hours'
    OR s.closes_at < clock_timestamp())
  AND NOT EXISTS (SELECT FROM room_search_due d WHERE d.room_id = coalesce(s.room_id, r.id))
ORDER BY 1 LIMIT :most
""")  # noqa: S608 - a number of the code's own


async def _not_held(tx: Tx, ids: set[int]) -> set[int]:
    """Lock what there is of these rooms without waiting; return those that nobody holds."""
    mine = sa.select(room_search.c.room_id).where(room_search.c.room_id.in_(ids))
    known = set((await tx.execute(mine)).scalars())
    taken = await locks.lock(tx, mine, skip_locked=True)
    return ids - (known - {row.room_id for row in taken})


async def _make(tx: Tx, settings: Settings, ids: Sequence[int]) -> None:
    # First, so that whoever takes a room away meanwhile waits, and takes its words away as well.
    await tx.execute(_FACTS, {"ids": ids})
    written = [_written(row) for row in await tx.execute(_WORDS, {"ids": ids})]
    gone = set(ids) - {one.room_id for one in written}
    for table in (room_search, room_words):
        await tx.execute(sa.delete(table).where(table.c.room_id.in_(gone)))
    if not written:
        return
    said = await columns_of([(one.head, one.text) for one in written])
    begins = await clock(tx)
    ends = begins + timedelta(days=DAYS_AHEAD + 1)
    opened = await _openings(tx, settings, ids, begins, ends)
    stand = await standings.of_casts(tx, {one.cast_id for one in written})
    rows = [
        {
            "room_id": one.room_id,
            "languages": one.languages,
            **how,
            **opened[one.room_id],
            **vars(stand[one.cast_id]),
            "openings_to": ends,
            "made_at": begins,
        }
        for one, how in zip(written, said, strict=True)
    ]
    await tx.execute(_KEEP, rows)
    await tx.execute(_KEEP_WORDS, rows)


# A room without a row gets one here, if whoever made it public went round the triggers.
_FACTS = sa.text("SELECT keep_room_facts(CAST(:ids AS bigint[]))")
_KEEP = sa.text("""
UPDATE room_search SET openings_to = :openings_to,
  openings = CAST(CAST(:openings AS text) AS tstzmultirange),
  opens_at = :opens_at, closes_at = :closes_at, languages = CAST(:languages AS text[]),
  came_again = :came_again, mean = :mean, sorting_mean = :sorting_mean, made_at = :made_at
WHERE room_id = :room_id
""")
_KEEP_WORDS = sa.text("""
INSERT INTO room_words (room_id, head, words, readings, grams)
VALUES (:room_id, :head, :words, :readings, CAST(:grams AS integer[]))
ON CONFLICT (room_id) DO UPDATE SET head = excluded.head, words = excluded.words,
  readings = excluded.readings, grams = excluded.grams
""")


# All that a room is found by. What names it shortly stands in `head`; one more is one more line.
_WORDS = sa.text("""
SELECT r.id, r.cast_id, r.text, coalesce(p.languages, '{}') AS languages, ARRAY[
  r.title,
  r.topic,
  c.name_ja,
  c.name_en,
  (SELECT string_agg(t.tag, ' ' ORDER BY t.position) FROM room_tags t WHERE t.room_id = r.id),
  u.nickname
] AS head
FROM rooms r JOIN users u ON u.id = r.cast_id
LEFT JOIN profiles p ON p.user_id = r.cast_id
LEFT JOIN room_categories c ON c.id = r.category_id
WHERE r.id = ANY (CAST(:ids AS bigint[])) AND r.published
ORDER BY r.id
""")


def _written(row: DbRow) -> RoomWords:
    head = [line for line in row.head if line]
    return RoomWords(row.id, row.cast_id, head, row.text, row.languages)


async def _openings(
    tx: Tx, settings: Settings, ids: Sequence[int], begins: datetime, ends: datetime
) -> dict[int, dict[str, object]]:
    """When the timetables have their casts there: the columns that say so, by room."""
    zone = ZoneInfo(settings.site_zone)
    hours: dict[int, list[Hour]] = defaultdict(list)
    for row in await tx.execute(sa.select(room_hours).where(room_hours.c.room_id.in_(ids))):
        hours[row.room_id].append(Hour(row.weekday, row.starts, row.ends))
    changes: dict[int, list[DayChange]] = defaultdict(list)
    first = begins.astimezone(zone).date() - timedelta(days=1)
    some = (hour_exceptions.c.room_id.in_(ids), hour_exceptions.c.day >= first)
    for row in await tx.execute(sa.select(hour_exceptions).where(*some)):
        changes[row.room_id].append(DayChange(row.id, row.day, row.kind, row.starts, row.ends))
    return {
        one: _times(rules.openings(hours[one], changes[one], zone, begins, ends)) for one in ids
    }


def _times(opened: Sequence[rules.Period]) -> dict[str, object]:
    # As PostgreSQL writes several periods.
    spans = (f"[{one.starts_at.isoformat()},{one.ends_at.isoformat()})" for one in opened)
    return {
        "openings": f"{{{','.join(spans)}}}",
        "opens_at": opened[0].starts_at if opened else None,
        "closes_at": opened[0].ends_at if opened else None,
    }
