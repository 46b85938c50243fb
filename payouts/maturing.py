"""What of a cast's earnings can't be paid yet: each talk, reservation and letter, and when it can.

The lines add up to `payouts.book.Book.maturing`. Amounts are yen.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.pages import Page, offset
from foundation.row_types import typed_all
from foundation.settings import Settings


@dataclass(frozen=True)
class MaturingLine:
    """A talk (`talk_id`), or a reserved time or a letter (`hold_id`), less what went back of it.

    `at` is its last minute, `ripe_at` when it can be paid; `claimed`: not before a claim about it
    is decided.
    """

    talk_id: int | None
    hold_id: int | None
    at: datetime
    ripe_at: datetime
    share: int
    claimed: bool


# As `payouts.book` has it, for one cast: a test compares the two.
_LINES = sa.text("""
WITH mine AS (
  SELECT c.talk_id, NULL::bigint AS hold_id, max(c.at) AS at, sum(c.share) AS share
  FROM charges c JOIN wallets w ON w.id = c.cast_wallet
  WHERE w.user_id = :user AND w.kind = 'earnings' AND (c.at > :ripe OR c.talk_id IN (
    SELECT talk_id FROM claims WHERE state IN ('open', 'waiting_second')))
  GROUP BY c.talk_id
  UNION ALL
  SELECT NULL, t.hold_id, t.at, t.amount FROM transfers t JOIN wallets w ON w.id = t.credit_wallet
  WHERE w.user_id = :user AND w.kind = 'earnings' AND t.kind = 'reserved' AND (t.at > :ripe
    OR t.hold_id IN (SELECT coalesce(r.hold_id, m.hold_id) FROM claims k
      LEFT JOIN reservations r ON r.id = k.reservation_id LEFT JOIN letters m ON m.id = k.letter_id
      WHERE k.state IN ('open', 'waiting_second')))
), standing AS (
  SELECT m.talk_id, m.hold_id, m.at,
    coalesce((SELECT sum(share) FROM charges WHERE talk_id = m.talk_id), m.share)
    - coalesce((SELECT sum(share) FROM charge_returns WHERE talk_id = m.talk_id), 0)
    - coalesce((SELECT sum(amount) FROM transfers
      WHERE hold_id = m.hold_id AND kind = 'reserved_return'), 0) AS share,
    EXISTS (SELECT FROM claims k LEFT JOIN reservations r ON r.id = k.reservation_id
      LEFT JOIN letters l ON l.id = k.letter_id WHERE k.state IN ('open', 'waiting_second')
        AND (k.talk_id = m.talk_id OR m.hold_id IN (r.hold_id, l.hold_id))) AS claimed
  FROM mine m
)
SELECT talk_id, hold_id, at, at + :days AS ripe_at, share::bigint AS share, claimed
FROM standing ORDER BY at DESC, talk_id DESC, hold_id DESC OFFSET :skip LIMIT :size
""")


async def lines(
    tx: Tx, settings: Settings, user_id: int, number: int, size: int
) -> Page[MaturingLine]:
    """Return a page of what a cast can't be paid yet, the latest first."""
    days = timedelta(days=settings.claim_days)
    bounds = {
        "user": user_id,
        "ripe": await clock(tx) - days,
        "days": days,
        "skip": offset(number, size),
        "size": size + 1,
    }
    found = await tx.execute(_LINES, bounds)
    return Page.of(typed_all(MaturingLine, found.mappings()), number, size)
