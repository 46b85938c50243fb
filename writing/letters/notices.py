"""What the two people of a letter are told: in their language, at their clock's time."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from foundation import times
from foundation.database import Tx
from foundation.language import translate
from foundation.row_types import typed
from foundation.settings import Settings
from notify import inbox
from people.accounts.tables import users
from points import ledger
from writing.letters.notice_words import ON_TAB, WORDS
from writing.letters.rows import LetterRow


@dataclass(frozen=True)
class LetterReader:
    """One of the two people of a letter, and what decides how they are told."""

    id: int
    nickname: str
    locale: str
    time_zone: str


async def tell(
    tx: Tx, settings: Settings, row: LetterRow, word: str, *, back: int | None = None
) -> None:
    """Tell the caller or the cast of a letter, once, and nothing of what was written in it.

    `back` is the points that went back.
    """
    side, title, text = WORDS[word]
    mine, other = (row.caller_id, row.cast_id) if side == "caller" else (row.cast_id, row.caller_id)
    me = await _reader(tx, mine)
    words = await _words(tx, row, me, (await _reader(tx, other)).nickname, back)
    said = translate(me.locale, text, **words)
    # What was held were yen: no points of theirs have moved.
    if back is not None and await ledger.pays_of(tx, row.hold_id) == "tab":
        said = translate(me.locale, ON_TAB, **words)
    await inbox.tell(
        tx,
        me.id,
        kind="letter",
        key=f"letters:{row.id}:{word}",
        title=translate(me.locale, title),
        text=said,
        link=f"/letters/{row.id}",
        site=settings.public_url,
    )


async def _reader(tx: Tx, user_id: int) -> LetterReader:
    columns = (users.c.id, users.c.nickname, users.c.locale, users.c.time_zone)
    found = await tx.execute(sa.select(*columns).where(users.c.id == user_id))
    return typed(LetterReader, found.mappings().one())


async def _words(
    tx: Tx, row: LetterRow, me: LetterReader, name: str, back: int | None
) -> dict[str, str]:
    earned = await ledger.earning_of(tx, row.hold_id, row.share)
    return {
        "name": name,
        "until": _when(row.due_at, me),
        "back_until": _when(row.back_until, me),
        "share": f"{earned:,}",
        "points": f"{row.points if back is None else back:,}",
    }


def _when(at: datetime | None, reader: LetterReader) -> str:
    return times.moment(at, ZoneInfo(reader.time_zone), reader.locale) if at else ""
