"""A new pair of connections: what it forgets of the one before, and by which way it goes.

A pair keeps its way, from browser to browser or through one media process: what is evidence for it
follows from that.
"""

import sqlalchemy as sa

from foundation.database import Tx
from foundation.settings import Settings
from media.hosts import TAKES
from people.accounts import hiding
from rooms.ground.tables import talks
from rooms.talk import meter, unproved

OF_A_PAIR = (
    "caller_good_at", "cast_good_at", "pair_begun_at", "pair_flow_at", "flow_at", "caller_told_at",
    "cast_told_at", "caller_came_at", "cast_came_at", "caller_report_at", "cast_report_at",
    "caller_frame_at", "cast_frame_at", "caller_camera_at", "cast_camera_at", "lit_at", "lapse_at",
)  # fmt: skip
# For so long people's talks go through the relay whom several others have contradicted.
CONTRADICTED_DAYS = 30
# A pair that both have made, and that carried nothing in this time, has failed.
FAILED_SECONDS = 1.5

# Who must have the relay has it or what is left without it. Who only wants it, after a pair through
# the relay that failed, goes directly once: their network may let nothing through to it. A host
# that carries the talk goes on doing so; else the one with the fewest talks for its size takes it.
_CHOOSE = sa.text(f"""
WITH talk AS (
  SELECT t.media_host, t.wants_relay OR r.relayed OR :wanted AS wanted,
    :hidden OR EXISTS (SELECT FROM alarms a WHERE a.kind = 'contradicted'
      AND a.at > clock_timestamp() - :days * interval '1 day'
      AND (a.subject LIKE 'user ' || t.caller_id || ' %'
        OR a.subject LIKE 'user ' || t.cast_id || ' %')) AS must,
    t.media_path = 'relay' AND t.pair_flow_at IS NULL
      AND coalesce(t.pair_begun_at < clock_timestamp() - :failed * interval '1 s', false) AS failed
  FROM talks t JOIN rooms r ON r.id = t.room_id WHERE t.id = :talk
)
SELECT h.id FROM talk t CROSS JOIN media_hosts h CROSS JOIN LATERAL (
  SELECT 2 * count(*) AS legs FROM talks o WHERE o.media_host = h.id AND o.ended_at IS NULL) given
WHERE {TAKES} AND (t.must OR t.wanted AND NOT t.failed)
  AND (h.id = t.media_host OR greatest(given.legs, h.legs) + 2 <= h.most_legs)
ORDER BY t.failed AND h.id = t.media_host, h.id IS DISTINCT FROM t.media_host,
  given.legs::float / h.most_legs, h.legs, h.id LIMIT 1
""")  # noqa: S608 - a fixed fragment


async def renewal(tx: Tx, settings: Settings, talk_id: int, *, lights: bool) -> dict[str, object]:
    """Return the values with which a talk, locked by the caller, begins another pair.

    What was told of an older pair says nothing of the new one; the light it used is used.
    """
    return opening(await choose(tx, settings, talk_id), lights=lights)


def opening(host: int | None, *, lights: bool) -> dict[str, object]:
    """Return the values of a new pair through a media process, or (None) directly."""
    now = sa.func.clock_timestamp()
    return dict.fromkeys(OF_A_PAIR) | {
        "pair": talks.c.pair + 1,
        "pair_at": now,
        "unproved_ms": sa.literal_column(unproved.USED),
        "dark": True,
        "dark_at": now,
        "pair_lights": lights,
        "stopped_by": sa.literal_column("CASE WHEN state = 'interrupted' THEN 'reconnecting' END"),
        "media_path": "p2p" if host is None else "relay",
        "media_host": host,
    }


def opening_by_telephone() -> dict[str, object]:
    """Return the values of the one pair of a talk by telephone: its two legs, there already."""
    now = sa.func.clock_timestamp()
    return {"pair": 1, "pair_at": now, "pair_begun_at": now, "dark_at": now, "pair_lights": True}


async def choose(tx: Tx, settings: Settings, talk_id: int, *, wanted: bool = False) -> int | None:
    """Return the media process through which a talk's next pair goes; None: directly.

    It goes through one where the site, the room or the talk wants that (`wanted`: from now on), and
    has to where one of the two was contradicted by several others, or hides with no TURN server.
    """
    if not settings.has_relay:
        return None
    params = {
        "talk": talk_id,
        "wanted": wanted or settings.media_path == "relay",
        "hidden": await _hides_here(tx, settings, talk_id),
        "days": CONTRADICTED_DAYS,
        "failed": FAILED_SECONDS,
    }
    found: int | None = await tx.scalar(_CHOOSE, params)
    return found


async def _hides_here(tx: Tx, settings: Settings, talk_id: int) -> bool:
    if settings.has_turn:
        return False
    query = sa.select(talks.c.caller_id, talks.c.cast_id).where(talks.c.id == talk_id)
    people = (await tx.execute(query)).one()
    return bool(await hiding.hiders(tx, settings, list(people)))


async def stop(tx: Tx, settings: Settings, talk_id: int) -> None:
    """Stop the meter for a new pair, as of the last evidence, with all that is due charged."""
    await meter.bring_up_to_date(tx, settings, [talk_id])
    await meter.interrupt(tx, settings, [talk_id], reason="reconnecting")
