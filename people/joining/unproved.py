"""Accounts of addresses that nobody has proved: they give way to who can read the address's mail.

Whoever comes next is another account, so that nothing of the one before can hang on it: no link, no
session, no second factor, no device, no feed, whatever there will be. Of the old one a row without
a person stays.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from people.accounts import passwords
from people.accounts.tables import users
from people.desk import applications
from people.joining import erasure
from people.joining.tables import mailed_links
from people.meeting import tables


@dataclass(frozen=True)
class Holder:
    """Whose account an address has; `gives_way`: nobody has proved it, and nobody is kept out."""

    id: int
    gives_way: bool


def gives_way() -> sa.ColumnElement[bool]:
    """Return the condition that an account may be taken from who made it.

    Staff and demo people are confirmed when they are made; who is kept out stays kept out.
    """
    return sa.and_(
        users.c.confirmed_at.is_(None),
        users.c.withdrawn_at.is_(None),
        users.c.banned_at.is_(None),
        users.c.suspended_until.is_(None),
    )


async def may_be_taken(tx: Tx, user_id: int) -> bool:
    """Say whether an account gives way, as it stands now."""
    query = sa.select(sa.exists().where(users.c.id == user_id, gives_way()))
    return bool(await tx.scalar(query))


async def lock_holder(tx: Tx, email: str) -> Holder | None:
    """Lock the account of an address, and return whose it is. The address is locked before."""
    query = sa.select(users.c.id, gives_way().label("gives_way")).where(users.c.email == email)
    row = await locks.lock_row(tx, query)
    return Holder(row.id, row.gives_way) if row else None


async def make_way(tx: Tx, email: str) -> int | None:
    """Free an address from somebody who never proved it; return whose account that was."""
    await applications.one_after_the_other(tx, email)
    holder = await lock_holder(tx, email)
    if holder is None or not holder.gives_way:
        return None
    await free_address(tx, holder.id)
    return holder.id


async def free_address(tx: Tx, user_id: int) -> None:
    """Make a locked account nobody's: nothing leads into it, and its address is free."""
    await erasure.anonymise(tx, user_id, passwords.NOBODY)


async def erase(tx: Tx, user_id: int) -> None:
    """Delete what hung on an account whose address was freed.

    What was written to staff from it stays with them, as written by the address it names.
    """
    links = sa.select(mailed_links.c.token_hash).where(mailed_links.c.user_id == user_id)
    # Whoever has one in hand finds that its account is nobody's.
    await locks.take_away(tx, links, skip_locked=True)
    for table in (tables.applications, tables.inquiries):
        theirs = table.c.user_id == user_id
        await locks.lock(tx, sa.select(table.c.id).where(theirs))
        await tx.execute(sa.update(table).where(theirs).values(user_id=None))
    await erasure.erase_own(tx, user_id)
