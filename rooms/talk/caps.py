"""The end that a caller set for a talk: by its minutes, or by their own limits of points."""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.settings import Settings
from people.accounts import locking
from points import limits
from rooms.ground import kept_times, refusals
from rooms.ground.tables import talks
from rooms.lobby import means
from rooms.talk import seats
from writing.chat import sending as chat_sending
from writing.chat.sending import ChatToWrite
from writing.letters import sending
from writing.letters.sending import LetterToSend

LONGEST_MINUTES = means.LONGEST_MINUTES


async def set_cap(tx: Tx, talk_id: int, user_id: int, minutes: int | None) -> None:
    """Let the caller choose after how many charged minutes the talk ends by itself.

    Their own limits of points stay the outermost bound. Raises UserError `cap_out_of_bounds`, also
    below the minutes already charged.
    """
    if await seats.side_of(tx, talk_id, user_id) != "caller":
        raise refusals.talk_unknown()
    bound = await _bound(tx, talk_id, user_id)
    changed = await tx.scalar(
        sa.update(talks)
        .where(
            talks.c.id == talk_id,
            talks.c.ended_at.is_(None),
            talks.c.next_minute - 1 <= (minutes or LONGEST_MINUTES),
        )
        .values(spend_cap_minutes=nearest(minutes, bound))
        .returning(talks.c.id)
    )
    if changed is None:
        raise refusals.cap_out_of_bounds()


async def keep_limits(tx: Tx, user_id: int) -> int | None:
    """Bring the end of a caller's live talk within limits that they have just lowered; its id."""
    live = sa.and_(talks.c.caller_id == user_id, talks.c.ended_at.is_(None))
    row = await locks.lock_row(tx, sa.select(talks.c.id).where(live))
    if row is None:
        return None
    talk_id = int(row.id)
    bound = await _bound(tx, talk_id, user_id)
    if bound is not None:
        cap = sa.func.least(talks.c.spend_cap_minutes, bound)
        await tx.execute(
            sa.update(talks).where(talks.c.id == talk_id).values(spend_cap_minutes=cap)
        )
    return talk_id


async def send_letter(
    tx: Tx, settings: Settings, cast_id: int, caller_id: int, written: LetterToSend
) -> int:
    """Send a letter, perhaps in the middle of a talk, whose end it may bring nearer by the limits.

    Returns the letter's id. Raises as `writing.letters.sending.send`.
    """
    await locking.lock_people(tx, caller_id, cast_id)
    await kept_times.lock_talks(tx, caller_id)
    letter_id = await sending.send(tx, settings, cast_id, caller_id, written)
    await keep_limits(tx, caller_id)
    return letter_id


async def send_chat(tx: Tx, settings: Settings, caller_id: int, asked: ChatToWrite) -> int:
    """Send a consultation, likewise; return its id. Raises as `writing.chat.sending.write`."""
    named = [] if asked.nominee_id is None else [asked.nominee_id]
    await locking.lock_people(tx, caller_id, *named)
    await kept_times.lock_talks(tx, caller_id)
    chat_id = await chat_sending.write(tx, settings, caller_id, asked)
    await keep_limits(tx, caller_id)
    return chat_id


def nearest(minutes: int | None, bound: int | None) -> int | None:
    """Return the earlier of the chosen end and the limits' one; None where there is neither."""
    chosen = [end for end in (minutes, bound) if end is not None]
    return min(chosen) if chosen else None


async def _bound(tx: Tx, talk_id: int, user_id: int) -> int | None:
    """The minute after which the caller's own limits end a live talk."""
    talk = (await tx.execute(sa.select(talks).where(talks.c.id == talk_id))).one()
    left = await limits.spendable_minutes(tx, user_id, talk.rate)
    if left is None:
        return None
    # Nought is no cap that a talk can have: one without a charge yet may have its first minute.
    end: int = talk.next_minute - 1 + left
    return min(max(end, 1), LONGEST_MINUTES)
