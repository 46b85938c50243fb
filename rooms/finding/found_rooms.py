"""A room as lists show it: its card, and when its cast is next free."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from foundation.database import Tx, clock
from rooms.booking.rules import Period
from rooms.finding.index import DAYS_AHEAD
from rooms.finding.times import next_times
from rooms.lobby.directory import RoomCard


@dataclass(frozen=True)
class FoundRoom:
    """A room in a list, and the next time at which its cast is free by the timetable, if any."""

    card: RoomCard
    next: Period | None = None
    # That time has begun already.
    begun: bool = False


async def with_times(
    tx: Tx, cards: Sequence[RoomCard], wanted: Period | None = None
) -> list[FoundRoom]:
    """Return these rooms, in their order, with their next times: the first in a `wanted` time."""
    now = await clock(tx)
    within = wanted or Period(now, now + timedelta(days=DAYS_AHEAD))
    times = await next_times(tx, [card.id for card in cards], within)
    return [_found(card, times.get(card.id), now) for card in cards]


def _found(card: RoomCard, free: Period | None, now: datetime) -> FoundRoom:
    return FoundRoom(card, free, begun=free is not None and free.starts_at <= now)
