"""Both sides of a talk learn of a pair that the site itself has begun."""

from collections.abc import Iterable

from foundation.database import Database
from foundation.settings import Settings
from rooms.ground.live import Side, other_side
from rooms.talk import seats
from signaling.push import Push
from signaling.pushing.courtesy import courtesy
from signaling.ways import ways_of

BOTH: tuple[Side, Side] = ("caller", "cast")


@courtesy
async def tell_pairs(
    push: Push, database: Database, settings: Settings, talk_ids: Iterable[int]
) -> None:
    """Tell both sides of talks to make the connection of their newest pair, and their meters."""
    for talk_id in sorted(set(talk_ids)):
        async with database.transaction() as tx:
            found = [
                talk for talk in await seats.people_of(tx, [talk_id]) if talk.end_reason is None
            ]
            ways = await ways_of(tx, settings, talk_id) if found else {}
        for talk in found:
            for side in BOTH:
                there = seats.is_there(getattr(talk, f"{other_side(side)}_seat"))
                await push.peer(talk_id, side, talk.pair, ways[side] if there else None)
    await push.talks(talk_ids)
