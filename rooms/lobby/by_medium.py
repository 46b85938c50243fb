"""By which medium a promised talk goes; whether both can be rung for it, and what the line adds."""

from typing import Literal, get_args

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import ProtocolError
from foundation.settings import Settings
from people.telephones.refusals import number_first
from people.telephones.tables import spoken_names, telephones
from rooms.ground.tables import rooms
from rooms.lobby.telephone_standbys import without_telephone

Medium = Literal["browser", "telephone"]


def medium_of(typed: str) -> Medium:
    """Return a medium as a form names it. Raises ProtocolError for what no page of ours sends."""
    for medium in get_args(Medium):
        if typed == medium:
            found: Medium = medium
            return found
    raise ProtocolError("medium_unknown")


def line_fee(settings: Settings, medium: Medium) -> int:
    """Return what the line adds to a minute's price, in points."""
    return settings.telephone_line_fee if medium == "telephone" else 0


async def is_taken(tx: Tx, settings: Settings, room_id: int) -> bool:
    """Say whether a room takes calls, and its cast can be rung and told of by name."""
    if not settings.telephone:
        return False
    ready = sa.select(rooms.c.id).where(
        rooms.c.id == room_id,
        rooms.c.by_telephone,
        sa.exists().where(telephones.c.user_id == rooms.c.cast_id),
        sa.exists().where(
            spoken_names.c.user_id == rooms.c.cast_id, spoken_names.c.confirmed_at.is_not(None)
        ),
    )
    return await tx.scalar(ready) is not None


async def must_be_taken(tx: Tx, settings: Settings, room_id: int, medium: Medium) -> None:
    """Refuse a medium that a room doesn't take: `room_without_telephone`."""
    if medium == "telephone" and not await is_taken(tx, settings, room_id):
        raise without_telephone()


async def must_be_rung(tx: Tx, user_id: int, medium: Medium) -> None:
    """Refuse to promise a call to who has proved no number: `telephone_needed`."""
    theirs = sa.select(telephones.c.user_id).where(telephones.c.user_id == user_id)
    if medium == "telephone" and await tx.scalar(theirs) is None:
        raise number_first()
