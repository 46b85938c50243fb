"""What a bank sent back after its cast had withdrawn: it stays due, and staff decide about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed_all
from foundation.settings import Settings
from payouts import book
from payouts.desk.held import at_stake

MOST_SHOWN = 200


@dataclass(frozen=True)
class Leftover:
    """A member who has gone, and the yen that are still theirs.

    `since` is when the bank's last payout came back; `proposed`: what to do waits for a second one.
    """

    user_id: int
    amount: int
    since: datetime
    proposed: bool


@dataclass(frozen=True)
class _Gone:
    user_id: int
    since: datetime
    proposed: bool


_GONE = sa.text("""
SELECT p.user_id, max(p.rejected_at) AS since, EXISTS (SELECT FROM payout_verdicts v
    WHERE v.user_id = p.user_id AND v.state = 'waiting_second') AS proposed
FROM payouts p JOIN users u ON u.id = p.user_id
WHERE p.state = 'rejected' AND u.withdrawn_at IS NOT NULL
GROUP BY p.user_id ORDER BY 2 DESC, p.user_id LIMIT :most OFFSET :skipped
""")


async def leftovers(tx: Tx, settings: Settings, at_once: int = MOST_SHOWN) -> list[Leftover]:
    """Return whom something is still due to though they have gone, the latest first.

    Up to `MOST_SHOWN` of them, however many there are of whom all is decided: those are looked
    through by `at_once`.
    """
    shown: list[Leftover] = []
    skipped = 0
    while len(shown) < MOST_SHOWN:
        part = {"most": at_once, "skipped": skipped}
        gone = typed_all(_Gone, (await tx.execute(_GONE, part)).mappings())
        shown += await _due(tx, settings, gone)
        skipped += at_once
        if len(gone) < at_once:
            break
    return shown[:MOST_SHOWN]


async def _due(tx: Tx, settings: Settings, gone: Sequence[_Gone]) -> list[Leftover]:
    if not gone:
        return []
    books = {one.user_id: one for one in await book.books(tx, settings, [o.user_id for o in gone])}
    return [
        Leftover(one.user_id, due, one.since, one.proposed)
        for one in gone
        if (due := at_stake(books[one.user_id])) > 0
    ]
