"""For how long what was written in letters is kept: a report or a claim keeps it as evidence."""

import sqlalchemy as sa

from foundation.database import Tx
from foundation.settings import Settings
from points.tables import claims
from record import sweeps
from rooms.ground.report_tables import reports
from writing.letters import erasing
from writing.letters.tables import letters

_CLAIMED = sa.exists().where(
    claims.c.letter_id == letters.c.id, claims.c.state.in_(("open", "waiting_second"))
)


def evident(days: int = 0) -> sa.ColumnElement[bool]:
    """Return the condition that a letter is under a report or a claim, or for so long was."""
    open_or_late = reports.c.state == "open"
    if days:
        open_or_late = sa.or_(open_or_late, ~sweeps.older(reports.c.closed_at, days))
    return sa.or_(sa.exists().where(reports.c.letter_id == letters.c.id, open_or_late), _CLAIMED)


async def withdraw(tx: Tx, user_id: int) -> None:
    """Erase what a member wrote who goes, but what is evidence; `sweep_gone` follows."""
    await erasing.withdraw(tx, user_id, evident())


async def sweep(tx: Tx, settings: Settings, _: int, most: int) -> int:
    """Erase up to `most` parts of letters that were over long ago, and as many whose writers have
    withdrawn; return how many.
    """
    days = settings.letter_kept_days
    old = await erasing.sweep(tx, days, most, evident(days))
    return old + await erasing.sweep_words(tx, most, evident())
