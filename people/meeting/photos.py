"""A cast's photos: adding, ordering, deleting, and choosing the portrait among them."""

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.ids import new_token
from foundation.language import N_
from people.accounts.tables import users
from people.meeting.pictures import Pictures
from people.meeting.tables import photos

Kind = Literal["whole", "portrait", "card"]

# The portrait, and six more.
MOST_PHOTOS = 7
_ENDS: dict[Kind, str] = {"whole": ".webp", "portrait": "-320.webp", "card": "-card.jpg"}


@dataclass(frozen=True)
class Photo:
    """A photo as pages show it; its size in pixels."""

    id: int
    name: str
    width: int
    height: int

    @property
    def path(self) -> str:
        """Where the whole photo is."""
        return path_of(self.name, "whole")

    @property
    def portrait(self) -> str:
        """Where its square is."""
        return path_of(self.name, "portrait")


def path_of(name: str, kind: Kind) -> str:
    """Return the address of a photo in one of its sizes."""
    return f"/photos/{name}{_ENDS[kind]}"


async def of_user(tx: Tx, user_id: int) -> list[Photo]:
    """Return a cast's photos in their order."""
    rows = await tx.execute(
        sa.select(photos.c.id, photos.c.name, photos.c.width, photos.c.height)
        .where(photos.c.user_id == user_id)
        .order_by(photos.c.position, photos.c.id)
    )
    return [Photo(**row) for row in rows.mappings()]


async def picture(tx: Tx, name: str, kind: Kind) -> bytes | None:
    """Return a photo's bytes in one of its sizes."""
    found: bytes | None = await tx.scalar(sa.select(photos.c[kind]).where(photos.c.name == name))
    return found


async def must_have_room(tx: Tx, user_id: int) -> None:
    """Refuse one photo too many. Raises UserError `photos_too_many`."""
    number = await tx.scalar(
        sa.select(sa.func.count()).select_from(photos).where(photos.c.user_id == user_id)
    )
    if (number or 0) >= MOST_PHOTOS:
        raise UserError("photos_too_many", N_("写真は%(most)s枚までです。"), most=MOST_PHOTOS)


async def add(tx: Tx, user_id: int, made: Pictures) -> Photo:
    """Keep a photo, behind the others; the first one becomes the portrait.

    One that is there already stays the only one of its kind. Raises UserError `photos_too_many`.
    """
    await _lock(tx, user_id)
    same = await _same(tx, user_id, made)
    if same is not None:
        return same
    await must_have_room(tx, user_id)
    name = new_token()
    photo_id = await _insert(tx, user_id, name, made)
    await tx.execute(
        sa.update(users)
        .where(users.c.id == user_id, users.c.portrait.is_(None))
        .values(portrait=path_of(name, "portrait"))
    )
    return Photo(photo_id, name, made.width, made.height)


async def _same(tx: Tx, user_id: int, made: Pictures) -> Photo | None:
    """Return a cast's photo that is the very same: the form was sent twice."""
    rows = await tx.execute(
        sa.select(photos.c.id, photos.c.name, photos.c.width, photos.c.height)
        .where(photos.c.user_id == user_id, photos.c.whole == made.whole)
        .limit(1)
    )
    row = rows.mappings().one_or_none()
    return Photo(**row) if row else None


async def _insert(tx: Tx, user_id: int, name: str, made: Pictures) -> int:
    last = (
        sa.select(sa.func.coalesce(sa.func.max(photos.c.position), 0) + 1)
        .where(photos.c.user_id == user_id)
        .scalar_subquery()
    )
    values = {"width": made.width, "height": made.height, "position": last}
    values |= {"whole": made.whole, "portrait": made.portrait, "card": made.card}
    photo_id = await tx.scalar(
        sa.insert(photos).values(user_id=user_id, name=name, **values).returning(photos.c.id)
    )
    assert photo_id is not None
    return int(photo_id)


async def choose(tx: Tx, user_id: int, photo_id: int) -> None:
    """Make a photo the portrait. Raises UserError `photo_unknown` (404), also for another's."""
    await _lock(tx, user_id)
    photo = await _own(tx, user_id, photo_id)
    await tx.execute(sa.update(users).where(users.c.id == user_id).values(portrait=photo.portrait))


async def move(tx: Tx, user_id: int, photo_id: int, *, forward: bool) -> None:
    """Let a photo change places with the one before it, or behind it (not `forward`).

    At the end of the row nothing happens. Raises UserError `photo_unknown` (404).
    """
    await _lock(tx, user_id)
    order = [photo.id for photo in await of_user(tx, user_id)]
    if photo_id not in order:
        raise _unknown()
    at = order.index(photo_id)
    to = max(at - 1, 0) if forward else min(at + 1, len(order) - 1)
    order[at], order[to] = order[to], order[at]
    for position, one in enumerate(order, 1):
        await tx.execute(sa.update(photos).where(photos.c.id == one).values(position=position))


async def delete(tx: Tx, user_id: int, photo_id: int) -> None:
    """Delete a photo; a portrait goes with it. Raises UserError `photo_unknown` (404)."""
    await _lock(tx, user_id)
    photo = await _own(tx, user_id, photo_id)
    await tx.execute(sa.delete(photos).where(photos.c.id == photo_id))
    await tx.execute(
        sa.update(users)
        .where(users.c.id == user_id, users.c.portrait == photo.portrait)
        .values(portrait=None)
    )


async def _lock(tx: Tx, user_id: int) -> None:
    await locks.lock(tx, sa.select(users.c.id).where(users.c.id == user_id))


async def _own(tx: Tx, user_id: int, photo_id: int) -> Photo:
    photo = next((one for one in await of_user(tx, user_id) if one.id == photo_id), None)
    if photo is None:
        raise _unknown()
    return photo


def _unknown() -> UserError:
    return UserError("photo_unknown", N_("この写真は見つかりません。"), status=404)
