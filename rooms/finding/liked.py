"""A member's favourites with the room that one would go to: who is there stands first."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from foundation.database import Tx
from foundation.pages import Page, offset
from foundation.settings import Settings
from people.meeting import favourites
from people.meeting.favourites import MOST_FAVOURITES, Favourite
from rooms.finding import found_rooms
from rooms.finding.found_rooms import FoundRoom
from rooms.lobby import directory

Order = Literal["there", "added"]
ORDERS: tuple[Order, ...] = ("there", "added")

_RANK = {"open": 0, "busy": 1, "reserved": 1, "closed": 2}
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Liked:
    """A favourite, and their published room that is the nearest to talking, if any."""

    favourite: Favourite
    room: FoundRoom | None


async def of(
    tx: Tx, settings: Settings, user_id: int, number: int, order: Order = "there"
) -> tuple[Page[Liked], int]:
    """Return a page of a member's favourites, and how many there are in all.

    `there`: open rooms first, then busy ones, then by the next time; `added`: the latest first.
    """
    # They are few enough to be sorted here, by what no table holds.
    mine = list(await favourites.of(tx, user_id, 1, MOST_FAVOURITES))
    casts = [one.cast_id for one in mine]
    cards = await directory.rooms_of_casts(tx, settings, user_id, casts)
    shown = await found_rooms.with_times(tx, list(cards.values()))
    rooms = {one.card.cast_id: one for one in shown}
    liked = [Liked(one, rooms.get(one.cast_id)) for one in mine]
    if order == "there":
        liked.sort(key=_how_near)
    size, start = settings.page_size, offset(number, settings.page_size)
    return Page.of(liked[start : start + size + 1], number, size), len(liked)


def _how_near(liked: Liked) -> tuple[int, datetime]:
    room = liked.room
    if room is None:
        return 3, _NEVER
    return _RANK[room.card.state], room.next.starts_at if room.next else _NEVER
