"""Finding people by what staff know of them."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page, offset
from people.tables import users

MOST_CHARACTERS = 254


@dataclass(frozen=True)
class Person:
    """A line of the search: an account, with its e-mail, as only staff see it."""

    id: int
    nickname: str
    email: str
    portrait: str | None
    is_cast: bool
    is_staff: bool


async def search(tx: Tx, text: str, number: int, size: int) -> Page[Person]:
    """Return a page of the accounts whose id, e-mail or nickname `text` names or begins.

    An empty text finds everyone, the latest to register first.
    """
    rows = await tx.execute(
        sa.select(
            users.c.id,
            users.c.nickname,
            users.c.email,
            users.c.portrait,
            users.c.is_cast,
            users.c.is_staff,
        )
        .where(_named(text.strip()))
        .order_by(users.c.id.desc())
        .offset(offset(number, size))
        .limit(size + 1)
    )
    return Page.of([Person(**row) for row in rows.mappings()], number, size)


def _named(text: str) -> sa.ColumnElement[bool]:
    if not text:
        return sa.true()
    named = sa.or_(
        users.c.email.startswith(text.lower(), autoescape=True),
        users.c.nickname.icontains(text, autoescape=True),
    )
    if text.isascii() and text.isdecimal() and len(text) < 19:
        return sa.or_(named, users.c.id == int(text))
    return named
