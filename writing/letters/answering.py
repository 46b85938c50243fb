"""What a cast does with a letter: keeps a draft, answers, and so is paid."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from foundation.text.written import plain
from notify import inbox
from people.accounts.tables import users
from people.meeting import blocks
from points import ledger
from writing.ground.words import longest_kept, words_of
from writing.letters import locked, notices, refusals
from writing.letters.rows import LetterRow
from writing.letters.tables import MOST_ANSWER, letter_drafts


async def answer(tx: Tx, settings: Settings, letter_id: int, cast_id: int, text: str) -> None:
    """Answer a letter, which pays it: the cast their share, the site its fee.

    The same words again are the same answer. Raises UserError of `words_of`, `letter_unknown`
    (404), `letter_answered`, `letter_over`, `letter_withdrawn` or `letters_away`.
    """
    said = words_of(text, MOST_ANSWER)
    row = await locked.of_side(tx, letter_id, cast_id, "cast")
    if await locked.is_written(tx, letter_id, "answer", said):
        return
    now = await clock(tx)
    # Past its day it is given back, also where the clock has not come to that yet.
    if row.state != "sent" or row.due_at <= now:
        raise refusals.letter_over(row)
    await _must_be_there(tx, row)
    await ledger.pay_hold(tx, row.hold_id, row.cast_id, row.share, reason="letter answered")
    until = now + timedelta(days=settings.letter_back_days)
    await locked.change(tx, row.id, state="answered", ended_at=now, back_until=until)
    await locked.write(tx, row.id, "answer", said)
    await _has_written(tx, row)
    await notices.tell(tx, settings, await locked.find(tx, row.id), "answered")


async def answer_back(tx: Tx, settings: Settings, letter_id: int, cast_id: int, text: str) -> None:
    """Answer what was asked back, for nothing. Raises as `answer`."""
    said = words_of(text, MOST_ANSWER)
    row = await locked.of_side(tx, letter_id, cast_id, "cast")
    if await locked.is_written(tx, letter_id, "back_answer", said):
        return
    if row.asked_back_at is None or row.answered_back_at is not None:
        raise refusals.letter_over(row)
    await _must_be_there(tx, row)
    await locked.change(tx, row.id, answered_back_at=await clock(tx), seen_at=None)
    await locked.write(tx, row.id, "back_answer", said)
    await _has_written(tx, row)
    await notices.tell(tx, settings, row, "back_answered")


async def _has_written(tx: Tx, row: LetterRow) -> None:
    """Forget what was kept of it, and what its cast was told of what is answered now."""
    await _forget_draft(tx, row.id)
    await inbox.mark_link_read(tx, row.cast_id, f"/letters/{row.id}")


async def _forget_draft(tx: Tx, letter_id: int) -> None:
    await tx.execute(sa.delete(letter_drafts).where(letter_drafts.c.letter_id == letter_id))


async def _must_be_there(tx: Tx, row: LetterRow) -> None:
    """Refuse to write to who has gone, is kept out, or where one blocks the other."""
    gone = sa.select(users.c.withdrawn_at).where(users.c.id == row.caller_id)
    if await tx.scalar(gone) is not None:
        raise UserError("letter_withdrawn", N_("退会した会員には、お返事を送れません。"))
    if await blocks.hidden(tx, row.caller_id, row.cast_id):
        raise refusals.letters_away()


def awaits_answer(row: LetterRow) -> bool:
    """Say whether a letter waits for its cast: for the answer, or for the one to what was asked
    back.
    """
    asked = row.asked_back_at is not None and row.answered_back_at is None
    return row.state == "sent" or asked


async def save_draft(tx: Tx, letter_id: int, cast_id: int, text: str) -> None:
    """Keep what a cast has written so far, for themselves; an empty one is none.

    It may be longer than an answer may. Raises UserError `letter_unknown` (404), `letter_answered`
    or `letter_over`.
    """
    row = await locked.of_side(tx, letter_id, cast_id, "cast")
    if not awaits_answer(row):
        raise refusals.letter_over(row)
    kept = plain(text)[: longest_kept(MOST_ANSWER)]
    if not kept:
        await _forget_draft(tx, letter_id)
        return
    said = insert(letter_drafts).values(letter_id=letter_id, text=kept)
    now = {"text": said.excluded.text, "saved_at": sa.func.clock_timestamp()}
    await tx.execute(said.on_conflict_do_update(index_elements=["letter_id"], set_=now))


async def draft_of(tx: Tx, letter_id: int) -> str:
    """Return what is kept of an answer. That the reader is its cast is the caller's matter."""
    query = sa.select(letter_drafts.c.text).where(letter_drafts.c.letter_id == letter_id)
    return await tx.scalar(query) or ""
