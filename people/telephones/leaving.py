"""Who goes takes their telephone along: number, calls, PIN and spoken name are erased."""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from people.telephones import digits, numbers, pins
from people.telephones.tables import spoken_names, telephone_proofs


async def erase(tx: Tx, user_id: int) -> None:
    """Erase everything about a member's telephone; a cast's four digits rest for a year."""
    await locks.delete(tx, telephone_proofs, telephone_proofs.c.user_id == user_id)
    await pins.erase(tx, user_id)
    await numbers.erase(tx, user_id)
    await digits.free(tx, user_id)
    await tx.execute(sa.delete(spoken_names).where(spoken_names.c.user_id == user_id))
