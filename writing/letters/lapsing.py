"""Letters that nobody answered in the promised days: everything goes back, and both are told."""

import sqlalchemy as sa

from foundation.database import Tx
from foundation.settings import Settings
from points import ledger
from points.tables import holds
from record import faults
from record.faults import Work
from writing.letters import locked, notices
from writing.letters.rows import LetterRow
from writing.letters.tables import letters

LAPSE = Work("lapse_letter", "letter")
AT_ONCE = 200


async def lapse(tx: Tx, settings: Settings) -> int:
    """Give the points of unanswered letters back; return how many were looked at.

    Call it again, in a new transaction, while it returns any.
    """
    due = sa.text(LAPSE.is_due("letters.id"))
    # Wallets are locked in the order of their ids: those of one caller stand together, in it.
    wallet = sa.select(holds.c.wallet_id).where(holds.c.id == letters.c.hold_id).scalar_subquery()
    over = letters.c.due_at <= sa.func.clock_timestamp()
    query = (
        sa.select(letters)
        .where(letters.c.state == "sent", over, due)
        .order_by(wallet, letters.c.id)
        .limit(AT_ONCE)
    )
    return await faults.each_locked(
        tx, LAPSE, LetterRow, query, lambda row: _lapse(tx, settings, row)
    )


async def _lapse(tx: Tx, settings: Settings, row: LetterRow) -> None:
    back = await ledger.release(tx, row.hold_id, reason="letter not answered")
    at = sa.func.clock_timestamp()
    await locked.change(tx, row.id, state="expired", ended_at=at)
    await notices.tell(tx, settings, row, "expired", back=back)
    await notices.tell(tx, settings, row, "expired_cast")
