"""Casts' four-digit numbers: by which they are rung, on page and card, nobody else's for a year."""

import secrets

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from people.telephones import refusals
from people.telephones.tables import cast_digits

LEAST, MOST = 1000, 9999
REST_DAYS = 365

_FREE = sa.text("""
SELECT n FROM generate_series(CAST(:least AS int), CAST(:most AS int)) n WHERE NOT EXISTS (
  SELECT FROM cast_digits d WHERE d.digits = n::text
    AND (d.freed_at IS NULL OR d.freed_at > clock_timestamp() - :days * interval '1 day'))
OFFSET :at LIMIT 1
""")
_HOW_MANY = sa.text("""
SELECT :all - count(*) FROM cast_digits
WHERE freed_at IS NULL OR freed_at > clock_timestamp() - :days * interval '1 day'
""")


async def give(tx: Tx, cast_id: int) -> str:
    """Return a cast's four digits, given at random where they have none.

    Raises UserError `digits_gone` where none are left.
    """
    if (mine := await of(tx, cast_id)) is not None:
        return mine
    await locks.lock_word(tx, "cast_digits", "give")
    if (mine := await of(tx, cast_id)) is not None:
        return mine
    bounds = {"days": REST_DAYS}
    left = await tx.scalar(_HOW_MANY, bounds | {"all": MOST - LEAST + 1})
    if not left or left < 1:
        raise refusals.digits_gone()
    at = secrets.randbelow(left)
    free = await tx.scalar(_FREE, bounds | {"least": LEAST, "most": MOST, "at": at})
    fresh = {"cast_id": cast_id, "given_at": sa.func.clock_timestamp(), "freed_at": None}
    made = insert(cast_digits).values(digits=str(free), **fresh)
    await tx.execute(made.on_conflict_do_update(index_elements=["digits"], set_=fresh))
    return str(free)


async def of(tx: Tx, cast_id: int) -> str | None:
    """Return a cast's four digits; None where they were given none."""
    mine = cast_digits.c.cast_id == cast_id
    found: str | None = await tx.scalar(sa.select(cast_digits.c.digits).where(mine))
    return found


async def cast_by(tx: Tx, four: str) -> int | None:
    """Return whose four digits these are; None where they are nobody's."""
    theirs = sa.select(cast_digits.c.cast_id).where(cast_digits.c.digits == four)
    found: int | None = await tx.scalar(theirs)
    return found


async def free(tx: Tx, cast_id: int) -> None:
    """Take a cast's four digits back; they rest for a year."""
    await tx.execute(
        sa.update(cast_digits)
        .where(cast_digits.c.cast_id == cast_id)
        .values(cast_id=None, freed_at=sa.func.clock_timestamp())
    )
