"""A withdrawal in the tables of accounts: what says who somebody was goes, the bare row stays.

The books refer to that row; nobody can sign in to it, and its e-mail is free for a new account.
"""

from typing import Any

import sqlalchemy as sa

from foundation.database import Tx
from notify import outbox
from notify.tables import notices, notification_choices, push_subscriptions
from people.accounts.tables import (
    blocks,
    calendar_feeds,
    favourites,
    users,
)
from people.joining.tables import mailed_links, registrations
from people.meeting.tables import (
    applications,
    inquiries,
    photos,
    profiles,
)
from people.sign_in import second_factors, sessions

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
        )
    )


async def erase(tx: Tx, user_id: int, email: str) -> None:
    """Delete everything about an account, and about its address, but its row."""
    await second_factors.remove_all(tx, user_id)
    await sessions.close_all(tx, user_id)
    for table in (notices, notification_choices, push_subscriptions, calendar_feeds):
        await _delete(tx, table, table.c.user_id == user_id)
    for table in (profiles, photos):
        await _delete(tx, table, table.c.user_id == user_id)
    for pair, one, other in (
        (blocks, "blocker_id", "blocked_id"),
        (favourites, "user_id", "cast_id"),
    ):
        await _delete(tx, pair, sa.or_(pair.c[one] == user_id, pair.c[other] == user_id))
    for table in (applications, inquiries, mailed_links):
        await _delete(tx, table, sa.or_(table.c.user_id == user_id, table.c.email == email))
    await _delete(tx, registrations, registrations.c.email == email)
    await outbox.erase(tx, email)


async def _delete(tx: Tx, table: sa.Table, those: sa.ColumnElement[bool]) -> Any:
    await tx.execute(sa.delete(table).where(those))
