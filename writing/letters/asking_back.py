"""Asking back, once and for nothing, after an answer; and that it was looked at."""

from datetime import datetime

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from notify import inbox
from people.meeting import blocks
from writing.ground.words import words_of
from writing.letters import locked, notices, refusals
from writing.letters.tables import MOST_LETTER


async def ask_back(tx: Tx, settings: Settings, letter_id: int, caller_id: int, text: str) -> None:
    """Ask back about an answer: once, for some days. The same words again are the same question.

    Raises UserError of `words_of`, `letter_unknown` (404), `letter_back_used`, `letter_back_late`
    or `letters_away`.
    """
    said = words_of(text, MOST_LETTER)
    row = await locked.of_side(tx, letter_id, caller_id, "caller")
    if await locked.is_written(tx, letter_id, "back", said):
        return
    if row.asked_back_at is not None:
        raise UserError("letter_back_used", N_("聞き返せるのは1回までです。"))
    now = await clock(tx)
    if not await is_open(tx, row.back_until):
        raise UserError(
            "letter_back_late",
            N_("聞き返せる期間が過ぎました。新しいメールでご相談ください。"),
        )
    if await blocks.hidden(tx, row.caller_id, row.cast_id):
        raise refusals.letters_away()
    await locked.change(tx, row.id, asked_back_at=now)
    await locked.write(tx, row.id, "back", said)
    await notices.tell(tx, settings, row, "asked_back")


async def is_open(tx: Tx, back_until: datetime | None) -> bool:
    """Say whether one may still ask back until then."""
    return back_until is not None and await clock(tx) < back_until


async def look(tx: Tx, letter_id: int, caller_id: int) -> None:
    """Note that a letter's caller looks at what came last. Raises `letter_unknown` (404)."""
    row = await locked.of_side(tx, letter_id, caller_id, "caller")
    if row.state == "answered" and row.seen_at is None:
        await locked.change(tx, row.id, seen_at=await clock(tx))
    await inbox.mark_link_read(tx, caller_id, f"/letters/{letter_id}")
