"""A letter that something is done with: its two people are locked before it, then its row."""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.row_types import typed_locked, typed_one
from people.accounts import locking
from writing.letters import refusals
from writing.letters.rows import LetterPart, LetterRow, LetterSide
from writing.letters.tables import letter_texts, letters


async def find(tx: Tx, letter_id: int) -> LetterRow:
    """Return a letter's row. Raises UserError `letter_unknown` (404)."""
    found = await tx.execute(sa.select(letters).where(letters.c.id == letter_id))
    row = typed_one(LetterRow, found.mappings())
    if row is None:
        raise refusals.letter_unknown()
    return row


async def of_side(tx: Tx, letter_id: int, user_id: int, side: LetterSide) -> LetterRow:
    """Lock the people of a letter, then its row, and return the row.

    So a block, a suspension and a withdrawal come before what is done with it, or after. Raises
    UserError `letter_unknown` (404) where the user isn't on this side of it.
    """
    row = await find(tx, letter_id)
    if user_id != (row.caller_id if side == "caller" else row.cast_id):
        raise refusals.letter_unknown()
    await locking.lock_people(tx, row.caller_id, row.cast_id)
    return await again(tx, letter_id)


async def again(tx: Tx, letter_id: int) -> LetterRow:
    """Lock a letter's row and return it as it is now."""
    query = sa.select(letters).where(letters.c.id == letter_id)
    (row,) = typed_locked(LetterRow, await locks.lock(tx, query))
    return row


async def change(tx: Tx, letter_id: int, **values: object) -> None:
    """Write what became of a letter, whose row the caller has locked."""
    await tx.execute(sa.update(letters).where(letters.c.id == letter_id).values(**values))


async def write(tx: Tx, letter_id: int, part: LetterPart, text: str) -> None:
    """Write a part of a letter, which is never changed."""
    await tx.execute(sa.insert(letter_texts).values(letter_id=letter_id, part=part, text=text))


async def is_written(tx: Tx, letter_id: int, part: LetterPart, text: str) -> bool:
    """Say whether these very words stand there as this part: a second press of one form."""
    this = (letter_texts.c.letter_id == letter_id) & (letter_texts.c.part == part)
    return text == await tx.scalar(sa.select(letter_texts.c.text).where(this))
