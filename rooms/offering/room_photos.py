"""A room's photos: adding, ordering, deleting them."""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from people.meeting import photos as own_photos
from people.meeting.photos import PHOTO, Look, Photo
from people.meeting.pictures import Pictures
from people.meeting.tables import photos
from rooms.ground.offering_tables import MOST_ROOM_PHOTOS, room_photos
from rooms.lobby import own_rooms


async def of_room(tx: Tx, room_id: int, *, public: bool = False) -> list[Photo]:
    """Return a room's photos in their order; `public`: those that everybody may see."""
    query = sa.select(*PHOTO).join(room_photos, room_photos.c.photo_id == photos.c.id)
    query = query.where(room_photos.c.room_id == room_id)
    if public:
        query = query.where(photos.c.look == "passed")
    rows = await tx.execute(query.order_by(room_photos.c.position, photos.c.id))
    return [Photo(**row) for row in rows.mappings()]


async def must_have_room(tx: Tx, room_id: int, cast_id: int) -> None:
    """Refuse one photo too many. Raises UserError `room_unknown` (404), `photos_too_many`."""
    await own_rooms.own_room(tx, room_id, cast_id)
    if len(await of_room(tx, room_id)) >= MOST_ROOM_PHOTOS:
        raise own_photos.too_many(MOST_ROOM_PHOTOS)


async def add(tx: Tx, room_id: int, cast_id: int, made: Pictures, look: Look = "waiting") -> Photo:
    """Keep a photo behind the room's others; the very same one stays the only one.

    Raises as `must_have_room` does.
    """
    await own_rooms.locked(tx, room_id, cast_id)
    every = await of_room(tx, room_id)
    same = await tx.scalar(
        sa.select(photos.c.id).where(
            photos.c.id.in_([one.id for one in every]), photos.c.whole == made.whole
        )
    )
    if same is not None:
        return next(one for one in every if one.id == same)
    await must_have_room(tx, room_id, cast_id)
    photo = await own_photos.keep(tx, cast_id, made, look, of_profile=False)
    last = sa.select(sa.func.coalesce(sa.func.max(room_photos.c.position), 0) + 1)
    place = last.where(room_photos.c.room_id == room_id).scalar_subquery()
    values = {"photo_id": photo.id, "room_id": room_id, "position": place}
    await tx.execute(sa.insert(room_photos).values(values))
    return photo


async def move(tx: Tx, room_id: int, cast_id: int, photo_id: int, *, forward: bool) -> None:
    """Let a photo change places with the one before it, or behind it (not `forward`).

    At the end of the row nothing happens. Raises UserError `room_unknown` and `photo_unknown`
    (404).
    """
    await own_rooms.locked(tx, room_id, cast_id)
    order = [one.id for one in await of_room(tx, room_id)]
    _must_be_in(order, photo_id)
    at = order.index(photo_id)
    to = max(at - 1, 0) if forward else min(at + 1, len(order) - 1)
    order[at], order[to] = order[to], order[at]
    for position, one in enumerate(order, 1):
        await tx.execute(
            sa.update(room_photos).where(room_photos.c.photo_id == one).values(position=position)
        )


async def delete(tx: Tx, room_id: int, cast_id: int, photo_id: int) -> None:
    """Delete a photo of a room. Raises UserError `room_unknown` and `photo_unknown` (404)."""
    await own_rooms.locked(tx, room_id, cast_id)
    _must_be_in([one.id for one in await of_room(tx, room_id)], photo_id)
    await locks.delete(tx, photos, photos.c.id == photo_id)


def _must_be_in(order: list[int], photo_id: int) -> None:
    if photo_id not in order:
        raise own_photos.unknown()
