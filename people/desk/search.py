"""Finding people by what staff know of them."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page, offset
from people.accounts import accounts
from people.accounts.accounts import StaffRole, User
from people.accounts.tables import users
from people.desk import staff_views
from people.desk.sanctions import State, state_column

MOST_CHARACTERS = 254


@dataclass(frozen=True)
class Person:
    """A line of the search: an account, with its e-mail, as only staff see it."""

    id: int
    member_number: int
    nickname: str
    email: str
    portrait: str | None
    is_cast: bool
    staff_role: StaffRole | None
    state: State


async def search(tx: Tx, text: str, number: int, size: int) -> Page[Person]:
    """Return a page of the accounts that `text` names or begins.

    By member number, id, e-mail or nickname. An empty text finds everyone, the latest first.
    """
    rows = await tx.execute(
        sa.select(
            users.c.id,
            users.c.member_number,
            users.c.nickname,
            users.c.email,
            users.c.portrait,
            users.c.is_cast,
            users.c.staff_role,
            state_column().label("state"),
        )
        .where(_named(text.strip()))
        .order_by(users.c.id.desc())
        .offset(offset(number, size))
        .limit(size + 1)
    )
    return Page.of([Person(**row) for row in rows.mappings()], number, size)


async def person(tx: Tx, user_id: int, viewer_id: int) -> User | None:
    """Return the account whose page this member of staff opens, which is noted."""
    found = await accounts.find_user(tx, user_id)
    if found is not None:
        await staff_views.note(tx, viewer_id, f"user:{user_id}")
    return found


def _named(text: str) -> sa.ColumnElement[bool]:
    if not text:
        return sa.true()
    named = sa.or_(
        users.c.email.startswith(text.lower(), autoescape=True),
        users.c.nickname.icontains(text, autoescape=True),
    )
    if text.isascii() and text.isdecimal() and len(text) < 19:
        return sa.or_(named, users.c.id == int(text), users.c.member_number == int(text))
    return named
