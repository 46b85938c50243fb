"""Who goes takes their telephone along: number, calls, PIN and spoken name are erased.

That somebody was rung within the day stays for that day, without a number: a member who goes and
comes back has not been given more calls by it.
"""

import sqlalchemy as sa

from foundation.database import Tx
from people.telephones import digits, numbers, pins, proof_rows
from people.telephones.tables import spoken_names


async def erase(tx: Tx, user_id: int) -> None:
    """Erase everything about a member's telephone; a cast's four digits rest for a year."""
    await proof_rows.leave(tx, user_id)
    await pins.erase(tx, user_id)
    await numbers.erase(tx, user_id)
    await digits.free(tx, user_id)
    await tx.execute(sa.delete(spoken_names).where(spoken_names.c.user_id == user_id))
