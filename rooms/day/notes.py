"""What a cast notes of a caller, and how well they know each other: for that cast alone."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed
from foundation.text.written import plain
from people.accounts import locking
from rooms.ground import refusals
from rooms.ground.day_tables import NOTE_CHARACTERS, caller_notes


@dataclass(frozen=True)
class Acquaintance:
    """A caller as a cast knows them at a talk: which talk of theirs it is (from 1), when the one
    before was (UTC), and the cast's own note ("" for none).
    """

    talk_id: int
    caller_id: int
    name: str
    portrait: str | None
    times: int
    last_at: datetime | None
    note: str


# Talks that never connected are no acquaintance.
_KNOWN = sa.text("""
SELECT t.id AS talk_id, t.caller_id, u.nickname AS name, u.portrait,
  (SELECT count(*) FROM talks o WHERE o.cast_id = t.cast_id AND o.caller_id = t.caller_id
    AND o.id < t.id AND o.connected_ms > 0)::integer + 1 AS times,
  (SELECT max(o.entered_at) FROM talks o WHERE o.cast_id = t.cast_id
    AND o.caller_id = t.caller_id AND o.id < t.id AND o.connected_ms > 0) AS last_at,
  coalesce((SELECT n.text FROM caller_notes n WHERE n.cast_id = t.cast_id
    AND n.caller_id = t.caller_id), '') AS note
FROM talks t JOIN users u ON u.id = t.caller_id
WHERE t.id = :talk AND t.cast_id = :cast
""")


async def of_talk(tx: Tx, talk_id: int, cast_id: int) -> Acquaintance:
    """Return what a cast knows of the caller of their talk.

    Raises UserError `talk_unknown` (404) for anyone but the talk's cast.
    """
    found = (await tx.execute(_KNOWN, {"talk": talk_id, "cast": cast_id})).mappings().one_or_none()
    if found is None:
        raise refusals.talk_unknown()
    return typed(Acquaintance, found)


async def write(tx: Tx, talk_id: int, cast_id: int, text: str) -> None:
    """Note something of the caller of one's talk, instead of what stood there; "" erases it.

    Raises UserError `talk_unknown` (404), `note_too_long` (400), `caller_gone` where they
    have withdrawn.
    """
    known = await of_talk(tx, talk_id, cast_id)
    said = plain(text.replace("\r\n", "\n"))
    if len(said) > NOTE_CHARACTERS:
        raise UserError(
            "note_too_long",
            N_("メモは%(most)s文字までです。"),
            status=400,
            most=NOTE_CHARACTERS,
        )
    if not said:
        mine = caller_notes.c.cast_id == cast_id, caller_notes.c.caller_id == known.caller_id
        await tx.execute(sa.delete(caller_notes).where(*mine))
        return
    # Whoever withdraws locks themselves: a note is written before that, or not at all.
    await locking.lock_people(tx, cast_id, known.caller_id)
    if await tx.scalar(_GONE, {"people": [cast_id, known.caller_id]}):
        raise UserError("caller_gone", N_("このお客様は退会したため、メモは残せません。"))
    now = sa.func.clock_timestamp()
    written = insert(caller_notes).values(
        cast_id=cast_id, caller_id=known.caller_id, text=said, changed_at=now
    )
    await tx.execute(
        written.on_conflict_do_update(
            index_elements=["cast_id", "caller_id"],
            set_={"text": written.excluded.text, "changed_at": now},
        )
    )


_GONE = sa.text("""
SELECT EXISTS (SELECT FROM users WHERE id = ANY (CAST(:people AS bigint[]))
  AND withdrawn_at IS NOT NULL)
""")


async def erase(tx: Tx, user_id: int) -> None:
    """Erase what was noted by a user and about them: they have gone."""
    theirs = sa.or_(caller_notes.c.cast_id == user_id, caller_notes.c.caller_id == user_id)
    await tx.execute(sa.delete(caller_notes).where(theirs))
