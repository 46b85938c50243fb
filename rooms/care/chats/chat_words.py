"""For how long what was written in consultations is kept: a report keeps it as evidence."""

import sqlalchemy as sa

from foundation.database import Tx
from foundation.settings import Settings
from record import sweeps
from rooms.ground.report_tables import reports
from writing.chat.care import erasing
from writing.chat.tables import chats


def evident(days: int = 0) -> sa.ColumnElement[bool]:
    """Return the condition that a consultation is under a report, or for so long was."""
    open_or_late = reports.c.state == "open"
    if days:
        open_or_late = sa.or_(open_or_late, ~sweeps.older(reports.c.closed_at, days))
    return sa.exists().where(reports.c.chat_id == chats.c.id, open_or_late)


async def withdraw(tx: Tx, user_id: int) -> None:
    """Erase what a member wrote who goes, but what is evidence; `sweep` follows."""
    await erasing.withdraw(tx, user_id, evident())


async def sweep(tx: Tx, settings: Settings, _: int, most: int) -> int:
    """Erase up to `most` messages of consultations that were over long ago, and as many whose
    writers have withdrawn; return how many.
    """
    days = settings.chat_kept_days
    old = await erasing.sweep(tx, days, most, evident(days))
    return old + await erasing.sweep_words(tx, most, evident())
