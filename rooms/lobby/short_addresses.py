"""Short addresses of rooms, to be read aloud and to fit a card: six letters that mean nothing."""

import secrets

import sqlalchemy as sa

from foundation.database import Tx
from people.accounts.tables import users
from people.sign_in.sessions import may_come_in
from rooms.ground.tables import rooms

# Base58: no letter that is taken for another one.
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LETTERS = 6
# Of 38 thousand million, so that even one repetition will not be seen.
MOST_TRIES = 5


class NoShortAddressError(Exception):
    """Every code that was tried is another room's."""


async def give(tx: Tx, room_id: int) -> str:
    """Give a room, which is locked, its short address, if it has none; return that.

    It keeps it for good, so that what was printed stays right. Raises NoShortAddressError.
    """
    for _ in range(MOST_TRIES):
        found = await code_of(tx, room_id)
        if found is not None:
            return found
        code = "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))
        others = rooms.alias()
        free = ~sa.exists().where(others.c.short_code == code)
        await tx.execute(
            sa.update(rooms).where(rooms.c.id == room_id, free).values(short_code=code)
        )
    raise NoShortAddressError


async def code_of(tx: Tx, room_id: int) -> str | None:
    """Return a room's code, None for one that was never published."""
    found: str | None = await tx.scalar(sa.select(rooms.c.short_code).where(rooms.c.id == room_id))
    return found


async def room_of(tx: Tx, code: str) -> int | None:
    """Return the published room that a code stands for, None where there is none for everybody."""
    found: int | None = await tx.scalar(
        sa.select(rooms.c.id)
        .join(users, users.c.id == rooms.c.cast_id)
        .where(rooms.c.short_code == code, rooms.c.published, may_come_in())
    )
    return found
