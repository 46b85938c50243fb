"""How a room becomes public: at once, or once staff have looked at it."""

from typing import Literal

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from people.accounts import accounts
from people.accounts.accounts import User
from people.desk import casting, identity
from people.meeting.tables import photos
from rooms.ground.offering_tables import room_photos
from rooms.ground.tables import rooms
from rooms.lobby import own_rooms
from rooms.lobby.own_rooms import OwnRoom
from rooms.offering import drafts

Outcome = Literal["public", "waiting"]
NOW = sa.func.clock_timestamp()


def may_offer(settings: Settings, user: User) -> bool:
    """Say whether somebody may write rooms: a cast, or on a site of anyone a confirmed member."""
    anyone = settings.who_offers == "anyone" and user.confirmed_at is not None
    return user.is_cast or anyone


async def send(tx: Tx, settings: Settings, room_id: int, cast_id: int) -> Outcome:
    """Make a room public, or let it wait for staff where it is its owner's first one.

    Who publishes is a cast from then on. Again, nothing happens. Raises UserError `room_unknown`
    (404), `cast_only` (403), `category_needed`, `category_retired`, `licence_needed`,
    `no_way_in`, `identity_needed` (403) and `name_like_cast`.
    """
    room = await own_rooms.locked(tx, room_id, cast_id)
    await must_be_ready(tx, settings, room, cast_id)
    if await is_looked_at(tx, settings, cast_id):
        if room.state != "waiting":
            waiting = {"look": "waiting", "sent_at": NOW, "look_words": None}
            await tx.execute(sa.update(rooms).where(rooms.c.id == room_id).values(waiting))
        return "waiting"
    await make_public(tx, room_id, cast_id)
    return "public"


async def must_be_ready(tx: Tx, settings: Settings, room: OwnRoom, cast_id: int) -> None:
    """Refuse a room that lacks something, or whose owner may not offer it."""
    owner = await accounts.find_user(tx, cast_id)
    if owner is None or not may_offer(settings, owner):
        raise UserError("cast_only", N_("キャストの方だけのページです。"), status=403)
    if room.category_id is None:
        raise drafts.category_needed()
    await drafts.must_fit(tx, cast_id, room.category_id, room)
    if not (room.by_standby or room.by_application or room.booking != "none"):
        raise drafts.no_way_in()
    if room.allows_video:
        await identity.must_be_checked(tx, settings, cast_id)
    if not owner.is_cast and not settings.rooms_looked_at:
        await _must_be_somebody(tx, owner)


async def _must_be_somebody(tx: Tx, owner: User) -> None:
    """Refuse a name that could be taken for a cast's; where staff look, they see to it."""
    if await accounts.like_casts(tx, {owner.id: owner.nickname}):
        raise UserError(
            "name_like_cast",
            N_("ニックネームが、いまいるキャストとまちがえられます。お問い合わせください。"),
        )


async def is_looked_at(tx: Tx, settings: Settings, cast_id: int) -> bool:
    """Say whether staff look at a room of theirs before it is public: until one ever was."""
    if not settings.rooms_looked_at:
        return False
    passed = sa.or_(rooms.c.published, rooms.c.look == "passed")
    seen = sa.select(sa.exists().where(rooms.c.cast_id == cast_id, passed))
    return not await tx.scalar(seen)


async def make_public(tx: Tx, room_id: int, cast_id: int) -> None:
    """Let everybody see a room, whose owner is a cast from now on."""
    await own_rooms.publish(tx, room_id, cast_id)
    await casting.make_cast(tx, cast_id)


async def delete(tx: Tx, room_id: int, cast_id: int) -> None:
    """Delete a room with its photos. Raises as `own_rooms.delete` does."""
    await own_rooms.locked(tx, room_id, cast_id)
    theirs = sa.delete(room_photos).where(room_photos.c.room_id == room_id)
    gone = list(await tx.scalars(theirs.returning(room_photos.c.photo_id)))
    await own_rooms.delete(tx, room_id, cast_id)
    await locks.delete(tx, photos, photos.c.id.in_(gone))
