"""What a room's page shows of what it offers, besides its words."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from people.meeting.photos import Photo
from rooms.ground.tables import rooms
from rooms.offering import categories, room_photos, tags
from rooms.offering.categories import Category


@dataclass(frozen=True)
class RoomOffer:
    """A room's category, tags and photos, and the ways in beside reservations."""

    category: Category | None
    tags: tuple[str, ...]
    photos: list[Photo]
    by_standby: bool
    by_application: bool


async def of_room(tx: Tx, room_id: int, *, public: bool = True) -> RoomOffer:
    """Return what a room offers; with `public`, only the photos that everybody may see."""
    query = sa.select(rooms.c.category_id, rooms.c.by_standby, rooms.c.by_application)
    row = (await tx.execute(query.where(rooms.c.id == room_id))).one()
    category = await categories.find(tx, row.category_id) if row.category_id else None
    return RoomOffer(
        category,
        await tags.of_room(tx, room_id),
        await room_photos.of_room(tx, room_id, public=public),
        row.by_standby,
        row.by_application,
    )
