"""The lock of people, under which all that is between them happens one after the other."""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from people.accounts.tables import users


async def lock_people(tx: Tx, *user_ids: int) -> None:
    """Let what these people begin, end and decide happen one after the other.

    What is checked after this stays true until the transaction ends. Locked in id order.
    """
    await locks.lock(tx, sa.select(users.c.id).where(users.c.id.in_(user_ids)))
