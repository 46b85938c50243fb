"""A withdrawal in the tables of accounts: what says who somebody was goes, the bare row stays.

The books refer to that row; nobody can sign in to it, and its e-mail is free for a new account.
"""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from notify.tables import notification_choices, push_subscriptions
from people.accounts.tables import (
    blocks,
    calendar_feeds,
    favourites,
    users,
)
from people.desk.identity_tables import identity_checks, identity_documents
from people.desk.tables import staff_notes
from people.joining.tables import mailed_links, registrations
from people.meeting.tables import (
    applications,
    inquiries,
    photos,
    profiles,
)
from people.sign_in import second_factors, sessions
from people.sign_in.tables import traces
from people.telephones import leaving
from record.texts import agreements

# As the rest of the site shows them from now on: a nickname like any other, in one language.
NAMELESS = "退会した会員"


def placeholder_email(user_id: int) -> str:
    """Return what stands in the place of the e-mail of who has withdrawn: no mail gets there."""
    return f"withdrawn-{user_id}@invalid"


async def anonymise(tx: Tx, user_id: int, password_hash: str) -> None:
    """Turn an account into a row without a person; `password_hash` is one that nobody knows."""
    await tx.execute(
        sa.update(users)
        .where(users.c.id == user_id)
        .values(
            withdrawn_at=sa.func.clock_timestamp(),
            email=placeholder_email(user_id),
            nickname=NAMELESS,
            password_hash=password_hash,
            confirmed_at=None,
            birthday=None,
            portrait=None,
            staff_role=None,
            is_cast=False,
            is_demo=False,
            time_zone="Asia/Tokyo",
            hides_address=None,
        )
    )


async def erase(tx: Tx, user_id: int, email: str) -> None:
    """Delete everything about an account, and about its address, but its row.

    What it was told, by inbox and by mail, has gone before.
    """
    await locks.delete(tx, registrations, registrations.c.email == email)
    for table in (mailed_links, applications, inquiries):
        theirs = sa.or_(table.c.user_id == user_id, table.c.email == email)
        await locks.delete(tx, table, theirs)
    await erase_own(tx, user_id)


async def erase_own(tx: Tx, user_id: int) -> None:
    """Delete what is an account's alone: what it has set up, and every way into it."""
    own = (notification_choices, calendar_feeds, profiles, photos, traces)
    for table in (*own, identity_documents, identity_checks, staff_notes):
        await tx.execute(sa.delete(table).where(table.c.user_id == user_id))
    pair = sa.or_(blocks.c.blocker_id == user_id, blocks.c.blocked_id == user_id)
    await tx.execute(sa.delete(blocks).where(pair))
    pair = sa.or_(favourites.c.user_id == user_id, favourites.c.cast_id == user_id)
    await locks.delete(tx, favourites, pair)
    await agreements.erase(tx, user_id)
    await leaving.erase(tx, user_id)
    await second_factors.remove_all(tx, user_id)
    await sessions.close_all(tx, user_id)
    await locks.delete(tx, push_subscriptions, push_subscriptions.c.user_id == user_id)


async def lock_forms(tx: Tx, email: str) -> None:
    """Lock what was entered of an address: whoever sends it goes on to the account."""
    mine = registrations.c.email == email
    await locks.lock(tx, sa.select(registrations.c.browser_hash).where(mine), to_delete=True)
