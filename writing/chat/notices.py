"""What people of a consultation are told: in their language, at their clock's time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from foundation import times
from foundation.database import Tx
from foundation.language import translate
from foundation.row_types import typed
from foundation.settings import Settings
from notify import inbox
from people.accounts.tables import users
from writing.chat import rules
from writing.chat.notice_words import BACK, WORDS, WORDS_TO
from writing.chat.rows import ChatRow


@dataclass(frozen=True)
class ChatReader:
    """Who is told of a consultation, and what decides how."""

    id: int
    locale: str
    time_zone: str


async def tell(
    tx: Tx,
    settings: Settings,
    row: ChatRow,
    word: str,
    *,
    back: int = 0,
    once: int | None = None,
) -> None:
    """Tell the caller or the member of a consultation, and nothing of what was written in it.

    `back` points have come back, which its caller is told of. It is told once; what may come again
    bears what it is about (`once`).
    """
    if word == "nominated":
        assert row.nominee_id is not None
        await tell_user(tx, settings, row, word, row.nominee_id)
        return
    side, title, text = WORDS[word]
    to, across = (
        (row.caller_id, row.member_id) if side == "caller" else (row.member_id, row.caller_id)
    )
    if to is None:
        return
    name = "" if across is None else await _name(tx, across)
    after = BACK if back and side == "caller" else None
    more = {"name": name, "points": f"{back:,}"}
    await _write(tx, settings, row, to, (word, title, text, after), more, once)


async def tell_user(
    tx: Tx, settings: Settings, row: ChatRow, word: str, user_id: int, *, once: int | None = None
) -> None:
    """Tell somebody else of a consultation: who was nominated, or is to take it over."""
    title, text = WORDS_TO[word]
    await _write(tx, settings, row, user_id, (word, title, text, None), {}, once)


async def _write(
    tx: Tx,
    settings: Settings,
    row: ChatRow,
    user_id: int,
    told: tuple[str, str, str, str | None],
    more: dict[str, str],
    once: int | None,
) -> None:
    word, title, text, after = told
    reader = await _reader(tx, user_id)
    words = {**await _words(tx, row, reader), **more}
    said = translate(reader.locale, text, **words)
    if after is not None:
        said += "\n\n" + translate(reader.locale, after, **words)
    await inbox.tell(
        tx,
        user_id,
        kind="chat",
        key=f"chats:{row.id}:{word}" + ("" if once is None else f":{once}"),
        title=translate(reader.locale, title),
        text=said,
        link=f"/chats/{row.id}",
        site=settings.public_url,
    )


async def _reader(tx: Tx, user_id: int) -> ChatReader:
    columns = (users.c.id, users.c.locale, users.c.time_zone)
    found = await tx.execute(sa.select(*columns).where(users.c.id == user_id))
    return typed(ChatReader, found.mappings().one())


async def _name(tx: Tx, user_id: int | None) -> str:
    if user_id is None:
        return ""
    return await tx.scalar(sa.select(users.c.nickname).where(users.c.id == user_id)) or ""


async def _words(tx: Tx, row: ChatRow, reader: ChatReader) -> dict[str, str]:
    reopen = row.ended_at + timedelta(days=rules.REOPEN_DAYS) if row.ended_at else None
    return {
        "caller": await _name(tx, row.caller_id),
        "member": await _name(tx, row.member_id),
        "nominee": await _name(tx, row.nominee_id),
        "nominee_until": _when(row.nominee_until, reader),
        "reopen": _when(reopen, reader),
        "days": str(rules.TAKE_DAYS),
        "days_paid": str(row.days),
        "silent": str(rules.SILENT_DAYS),
    }


def _when(at: datetime | None, reader: ChatReader) -> str:
    return times.moment(at, ZoneInfo(reader.time_zone), reader.locale) if at else ""
