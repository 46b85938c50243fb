"""Text written beside the picture, kept with its talk."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import DbRow
from foundation.settings import Settings
from foundation.text.written import plain
from record import sweeps
from rooms.ground import refusals
from rooms.ground.live import Side
from rooms.ground.report_tables import reports
from rooms.ground.tables import talks
from rooms.ground.talk_record_tables import messages
from rooms.talk import seats

LATEST = 200
MOST = 2000


@dataclass(frozen=True)
class Message:
    """One message of a talk."""

    id: int
    side: Side
    text: str
    at: datetime

    def as_event(self) -> dict[str, int | str]:
        """Return the message as browsers get it; `at` is ISO 8601 in UTC."""
        return {"id": self.id, "side": self.side, "text": self.text, "at": self.at.isoformat()}


async def say(
    tx: Tx, settings: Settings, talk_id: int, user_id: int, key: str, text: str
) -> Message:
    """Keep a message of a live talk; the same `key` again returns the message first kept.

    Raises UserError `talk_unknown`, `talk_over`, `message_empty`, `message_too_long`.
    """
    side = await seats.side_of(tx, talk_id, user_id)
    text = _clean(text, settings.message_characters)
    await _must_take_more(tx, talk_id)
    await tx.execute(
        insert(messages)
        .values(talk_id=talk_id, side=side, key=key, text=text)
        .on_conflict_do_nothing()
    )
    row = await tx.execute(
        sa.select(messages).where(
            messages.c.talk_id == talk_id, messages.c.side == side, messages.c.key == key
        )
    )
    return _message(row.one())


async def _must_take_more(tx: Tx, talk_id: int) -> None:
    live = await tx.scalar(
        sa.select(talks.c.id).where(talks.c.id == talk_id, talks.c.ended_at.is_(None))
    )
    if live is None:
        raise refusals.talk_over()
    if await _count(tx, talk_id) >= MOST:
        raise UserError("too_many_messages", N_("この通話では、これ以上メッセージを送れません。"))


async def _count(tx: Tx, talk_id: int) -> int:
    counted = sa.select(sa.func.count()).where(messages.c.talk_id == talk_id)
    return int(await tx.scalar(counted) or 0)


def _clean(text: str, most: int) -> str:
    kept = plain(text, "\n\t")
    if not kept:
        raise UserError("message_empty", N_("メッセージを入力してください。"), status=400)
    if len(kept) > most:
        raise UserError(
            "message_too_long", N_("メッセージは%(most)s文字までです。"), status=400, most=most
        )
    return kept


async def latest(tx: Tx, talk_id: int) -> list[Message]:
    """Return the last 200 messages of a talk, the oldest first."""
    rows = await tx.execute(
        sa.select(messages)
        .where(messages.c.talk_id == talk_id)
        .order_by(messages.c.id.desc())
        .limit(LATEST)
    )
    return [_message(row) for row in reversed(rows.all())]


def _message(row: DbRow) -> Message:
    return Message(row.id, row.side, row.text, row.at)


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` messages that are older; return how many were looked at.

    Those of a talk whose report is open stay, and for as long again after it was closed.
    """
    reported = sa.exists().where(
        reports.c.talk_id == messages.c.talk_id,
        sa.or_(reports.c.state == "open", ~sweeps.older(reports.c.closed_at, days)),
    )
    old = sa.and_(sweeps.older(messages.c.at, days), ~reported)
    return await sweeps.sweep(tx, messages.c.id, messages.c.at, old, most)
