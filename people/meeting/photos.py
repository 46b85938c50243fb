"""A cast's photos: adding, ordering, deleting, and choosing the portrait among them.

Those of the profile have an order here; those of a room have theirs with the room.
"""

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
# Whether staff have looked at it: only what has `passed` is public.
Look = Literal["waiting", "refused", "passed"]

# The portrait, and six more.
MOST_PHOTOS = 7
_ENDS: dict[Kind, str] = {"whole": ".webp", "portrait": "-320.webp", "card": "-card.jpg"}


@dataclass(frozen=True)
class Photo:
    """A photo as pages show it; its size in pixels. `look_words` say why staff refused it."""

    id: int
    name: str
    width: int
    height: int
    look: Look
    look_words: str | None = None

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


PHOTO = (
    photos.c.id,
    photos.c.name,
    photos.c.width,
    photos.c.height,
    photos.c.look,
    photos.c.look_words,
)


async def of_user(tx: Tx, user_id: int, *, public: bool = False) -> list[Photo]:
    """Return the photos of a cast's profile in their order; `public`: what everybody may see."""
    query = sa.select(*PHOTO).where(photos.c.user_id == user_id, photos.c.of_profile)
    if public:
        query = query.where(photos.c.look == "passed")
    rows = await tx.execute(query.order_by(photos.c.position, photos.c.id))
    return [Photo(**row) for row in rows.mappings()]


@dataclass(frozen=True)
class Picture:
    """A photo's bytes in one of its sizes; one that isn't `public` is its owner's and staff's."""

    data: bytes
    user_id: int
    public: bool


async def picture(tx: Tx, name: str, kind: Kind) -> Picture | None:
    """Return a photo in one of its sizes."""
    passed = photos.c.look == "passed"
    query = sa.select(photos.c[kind], photos.c.user_id, passed).where(photos.c.name == name)
    row = (await tx.execute(query)).one_or_none()
    return Picture(*row) if row else None


async def must_have_room(tx: Tx, user_id: int) -> None:
    """Refuse one photo too many. Raises UserError `photos_too_many`."""
    number = await tx.scalar(
        sa.select(sa.func.count())
        .select_from(photos)
        .where(photos.c.user_id == user_id, photos.c.of_profile)
    )
    if (number or 0) >= MOST_PHOTOS:
        raise too_many(MOST_PHOTOS)


def too_many(most: int) -> UserError:
    """Return the refusal of one photo more than `most`."""
    return UserError("photos_too_many", N_("写真は%(most)s枚までです。"), most=most)


async def add(tx: Tx, user_id: int, made: Pictures, look: Look = "waiting") -> Photo:
    """Keep a photo behind the others of the profile; the first that is public is the portrait.

    One that is there already stays the only one of its kind. Raises UserError `photos_too_many`.
    """
    await _lock(tx, user_id)
    same = await _same(tx, user_id, made)
    if same is not None:
        return same
    await must_have_room(tx, user_id)
    photo = await keep(tx, user_id, made, look)
    if look == "passed":
        await be_portrait(tx, user_id, photo.name)
    return photo


async def be_portrait(tx: Tx, user_id: int, name: str) -> None:
    """Let a photo be the portrait of a cast who has none."""
    await tx.execute(
        sa.update(users)
        .where(users.c.id == user_id, users.c.portrait.is_(None))
        .values(portrait=path_of(name, "portrait"))
    )


async def _same(tx: Tx, user_id: int, made: Pictures) -> Photo | None:
    """Return a photo of the profile that is the very same: the form was sent twice."""
    rows = await tx.execute(
        sa.select(*PHOTO)
        .where(photos.c.user_id == user_id, photos.c.of_profile, photos.c.whole == made.whole)
        .limit(1)
    )
    row = rows.mappings().one_or_none()
    return Photo(**row) if row else None


async def keep(
    tx: Tx, user_id: int, made: Pictures, look: Look, *, of_profile: bool = True
) -> Photo:
    """Write a photo down behind the others, whose number the caller has bounded."""
    last = (
        sa.select(sa.func.coalesce(sa.func.max(photos.c.position), 0) + 1)
        .where(photos.c.user_id == user_id)
        .scalar_subquery()
    )
    name = new_token()
    values = {"width": made.width, "height": made.height, "position": last, "look": look}
    values |= {"whole": made.whole, "portrait": made.portrait, "card": made.card}
    photo_id = await tx.scalar(
        sa.insert(photos)
        .values(user_id=user_id, name=name, of_profile=of_profile, **values)
        .returning(photos.c.id)
    )
    assert photo_id is not None
    return Photo(int(photo_id), name, made.width, made.height, look)


async def choose(tx: Tx, user_id: int, photo_id: int) -> None:
    """Make a photo the portrait.

    Raises UserError `photo_unknown` (404), also for another's, and `photo_not_public`.
    """
    await _lock(tx, user_id)
    photo = await _own(tx, user_id, photo_id)
    if photo.look != "passed":
        raise UserError("photo_not_public", N_("この写真は、確認がすむと顔写真にできます。"))
    await tx.execute(sa.update(users).where(users.c.id == user_id).values(portrait=photo.portrait))


async def move(tx: Tx, user_id: int, photo_id: int, *, forward: bool) -> None:
    """Let a photo change places with the one before it, or behind it (not `forward`).

    At the end of the row nothing happens. Raises UserError `photo_unknown` (404).
    """
    await _lock(tx, user_id)
    order = [photo.id for photo in await of_user(tx, user_id)]
    if photo_id not in order:
        raise unknown()
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
        raise unknown()
    return photo


def unknown() -> UserError:
    """Return the refusal of a photo that isn't there, or not for the asker."""
    return UserError("photo_unknown", N_("この写真は見つかりません。"), status=404)
