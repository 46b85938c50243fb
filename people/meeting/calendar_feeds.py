"""Private calendar feeds: a secret address a person, of which only the SHA-256 is stored."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.ids import new_token, token_hash
from people.accounts.accounts import USER_COLUMNS, User, user_of
from people.accounts.tables import calendar_feeds, users
from people.sign_in.sessions import may_come_in


async def renew(tx: Tx, user_id: int) -> str:
    """Give a user's feed a new token and return it; the one of before is no longer good."""
    token = new_token()
    values = {"token_hash": token_hash(token), "made_at": sa.func.clock_timestamp()}
    await tx.execute(
        insert(calendar_feeds)
        .values(user_id=user_id, **values)
        .on_conflict_do_update(index_elements=["user_id"], set_=values)
    )
    return token


async def close(tx: Tx, user_id: int) -> None:
    """Close a user's feed, if there is one."""
    await tx.execute(sa.delete(calendar_feeds).where(calendar_feeds.c.user_id == user_id))


async def made_at(tx: Tx, user_id: int) -> datetime | None:
    """Return since when a user's feed has its present token, or None where there is no feed."""
    found: datetime | None = await tx.scalar(
        sa.select(calendar_feeds.c.made_at).where(calendar_feeds.c.user_id == user_id)
    )
    return found


async def owner(tx: Tx, token: str) -> User | None:
    """Return whose feed this is the token of, None also for one who may not come in."""
    query = (
        sa.select(*USER_COLUMNS)
        .join(calendar_feeds, calendar_feeds.c.user_id == users.c.id)
        .where(calendar_feeds.c.token_hash == token_hash(token), may_come_in())
    )
    row = (await tx.execute(query)).mappings().one_or_none()
    return user_of(row) if row else None
