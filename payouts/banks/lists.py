"""Which list of banks counts: the one that comes with the product, or a newer one that was stored.

A process unpacks it when somebody asks first.
"""

from datetime import date
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from foundation.database import Tx
from payouts.banks.packed import BankList, unpack
from payouts.tables import bank_lists

# Where it is from: README.md beside it.
LIST = Path(__file__).resolve().parent / "banks.tsv.xz"

# The one that was stored latest, as far as this process has met it.
_stored: dict[date, BankList] = {}


async def bank_list(tx: Tx) -> BankList:
    """Return the newest list of banks and branches that there is."""
    made_on = await tx.scalar(sa.select(sa.func.max(bank_lists.c.made_on)))
    if made_on is None or made_on <= shipped().made_on:
        return shipped()
    if made_on not in _stored:
        packed = sa.select(bank_lists.c.packed).where(bank_lists.c.made_on == made_on)
        newer = unpack(bytes((await tx.execute(packed)).scalar_one()))
        _stored.clear()
        _stored[made_on] = newer
    return _stored[made_on]


@cache
def shipped() -> BankList:
    """Return the list that comes with the product."""
    # About 3 MB and 15 ms, once a process.
    return unpack(LIST.read_bytes())
