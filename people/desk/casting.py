"""Making a member a cast: by an approved application, or by what they publish themselves."""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from people.accounts.tables import users
from people.sign_in.sessions import may_come_in


async def make_cast(tx: Tx, user_id: int) -> None:
    """Make a member a cast, unless they are shut out or gone. Called again, nothing happens."""
    await tx.execute(
        sa.update(users).where(users.c.id == user_id, may_come_in()).values(is_cast=True)
    )
    locks.note(tx, users, [user_id])
