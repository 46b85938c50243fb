"""What goes of letters: what somebody wrote who withdraws, and what was written long ago.

The rows stay, as what was held and paid was for them. What stands under an open report stays until
staff have closed it; which those are is told by who asks (`reported`: a condition on `letters`).
"""

import sqlalchemy as sa

from foundation.database import Tx
from people.accounts.tables import users
from record import sweeps
from writing.letters.tables import letter_drafts, letter_offers, letter_texts, letters

_OF_CALLER = ("letter", "back")


async def withdraw(tx: Tx, user_id: int, reported: sa.ColumnElement[bool]) -> None:
    """Erase what a member wrote in letters, but what is evidence, and what they offered.

    Who calls holds the lock of the member, without which nobody writes in a letter of theirs.
    """
    await tx.execute(sa.delete(letter_offers).where(letter_offers.c.user_id == user_id))
    theirs = sa.exists().where(
        letters.c.id == letter_drafts.c.letter_id,
        sa.or_(letters.c.caller_id == user_id, letters.c.cast_id == user_id),
    )
    await tx.execute(sa.delete(letter_drafts).where(theirs))
    written = sa.exists().where(
        letters.c.id == letter_texts.c.letter_id, _wrote(user_id), ~reported
    )
    await tx.execute(sa.delete(letter_texts).where(written))


async def sweep_words(tx: Tx, most: int, reported: sa.ColumnElement[bool]) -> int:
    """Erase up to `most` parts that somebody wrote who has withdrawn; return how many."""
    gone = sa.exists().where(
        letters.c.id == letter_texts.c.letter_id,
        users.c.withdrawn_at.is_not(None),
        _wrote(users.c.id),
        ~reported,
    )
    return await sweeps.sweep(tx, letter_texts.c.id, letter_texts.c.id, gone, most)


async def sweep(tx: Tx, days: int, most: int, reported: sa.ColumnElement[bool]) -> int:
    """Erase up to `most` parts of letters that are over for so long; return how many."""
    last = sa.func.greatest(letters.c.ended_at, letters.c.asked_back_at, letters.c.answered_back_at)
    over = sa.exists().where(
        letters.c.id == letter_texts.c.letter_id,
        letters.c.state != "sent",
        sweeps.older(last, days),
        ~reported,
    )
    old = sa.and_(sweeps.older(letter_texts.c.at, days), over)
    return await sweeps.sweep(tx, letter_texts.c.id, letter_texts.c.at, old, most)


async def sweep_drafts(tx: Tx, most: int) -> int:
    """Forget up to `most` drafts of letters that wait for no answer any more; return how many."""
    over = sa.exists().where(
        letters.c.id == letter_drafts.c.letter_id,
        letters.c.state != "sent",
        sa.or_(letters.c.asked_back_at.is_(None), letters.c.answered_back_at.is_not(None)),
    )
    key = letter_drafts.c.letter_id
    return await sweeps.sweep(tx, key, key, over, most)


def _wrote(user_id: sa.ColumnElement[int] | int) -> sa.ColumnElement[bool]:
    """Return the condition that a part of a letter was written by a member."""
    of_caller = letter_texts.c.part.in_(_OF_CALLER)
    return sa.or_(
        sa.and_(letters.c.caller_id == user_id, of_caller),
        sa.and_(letters.c.cast_id == user_id, ~of_caller),
    )
