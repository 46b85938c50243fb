"""Earnings as a book: where each yen that a cast has earned stands now.

What was earned, less what went back to callers, is in one of: `maturing` (younger than the term for
claims, or with an open claim), `reserve`, `requested`, `in_run`, `paid`, `given_up`; or it is due.
What is due is `held` while finance staff, or a ban, stop it, else `payable`. Where more went back
than is due, `payable` is a minus, which what is earned later covers; it is never collected.
Amounts are yen. `points.earnings` reads the lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.row_types import typed_all
from foundation.settings import Settings
from people.accounts.tables import users


@dataclass(frozen=True)
class Book:
    """Where a cast's earnings stand. `first_at` is when they earned first; None: never.

    `due` is what has matured and is spoken for by nothing; it may be negative.
    """

    user_id: int
    earned: int
    returned: int
    maturing: int
    reserve: int
    requested: int
    in_run: int
    paid: int
    given_up: int
    due: int
    stopped: bool
    first_at: datetime | None

    @property
    def held(self) -> int:
        """What is due, and stopped."""
        return self.due if self.stopped and self.due > 0 else 0

    @property
    def payable(self) -> int:
        """What is due and may be paid; a minus where more went back than there is."""
        return self.due - self.held


# Of the user `u`: a ban stops until two have decided to pay, finance staff until they lift it.
_STOPPED = """
(u.banned_at IS NOT NULL AND NOT EXISTS (SELECT FROM payout_verdicts v
    WHERE v.user_id = u.id AND v.verdict = 'pay' AND v.state = 'done'
    AND v.decided_at > u.banned_at)
  OR EXISTS (SELECT FROM payout_stops p WHERE p.user_id = u.id AND p.lifted_at IS NULL))"""

# A talk matures whole, with its last minute, and a reserved time when it was settled; with an open
# claim neither does. What went back of them lowers what is still maturing, never below zero, so a
# return is taken from where its earning stands. The sums of all that ever was read the indexes.
_BOOKS = sa.text(f"""
WITH casts AS (
  SELECT w.id AS wallet, w.user_id FROM wallets w
  WHERE w.kind = 'earnings' AND (CAST(:users AS bigint[]) IS NULL OR w.user_id = ANY (:users))
), young AS (
  SELECT c.wallet, t.talk_id, NULL::bigint AS hold_id, t.at, t.share
  FROM casts c CROSS JOIN LATERAL (
    SELECT talk_id, max(at) AS at, sum(share) AS share FROM charges
    WHERE cast_wallet = c.wallet AND at > :since GROUP BY talk_id) t
  UNION ALL
  SELECT c.wallet, NULL, t.hold_id, t.at, t.amount FROM casts c JOIN transfers t
    ON t.credit_wallet = c.wallet AND t.kind = 'reserved' AND t.at > :since
), claimed AS (
  SELECT c.wallet, t.talk_id, NULL::bigint AS hold_id, t.share
  FROM claims k JOIN LATERAL (
    SELECT talk_id, cast_wallet, sum(share) AS share FROM charges
    WHERE talk_id = k.talk_id GROUP BY 1, 2) t ON true
  JOIN casts c ON c.wallet = t.cast_wallet
  WHERE k.state IN ('open', 'waiting_second')
  UNION ALL
  SELECT c.wallet, NULL, t.hold_id, t.amount FROM claims k
  LEFT JOIN reservations r ON r.id = k.reservation_id LEFT JOIN letters m ON m.id = k.letter_id
  JOIN transfers t ON t.hold_id = coalesce(r.hold_id, m.hold_id) AND t.kind = 'reserved'
  JOIN casts c ON c.wallet = t.credit_wallet
  WHERE k.state IN ('open', 'waiting_second')
), unripe AS (
  SELECT wallet, talk_id, hold_id, share FROM claimed
  UNION ALL
  SELECT y.wallet, y.talk_id, y.hold_id,
    coalesce((SELECT sum(share) FROM charges WHERE talk_id = y.talk_id), y.share)
  FROM young y WHERE y.at > :ripe AND NOT EXISTS (SELECT FROM claimed k
    WHERE k.talk_id IS NOT DISTINCT FROM y.talk_id AND k.hold_id IS NOT DISTINCT FROM y.hold_id)
), reserved AS (
  SELECT y.wallet, y.talk_id, y.hold_id,
    coalesce((SELECT sum(share) FROM charges WHERE talk_id = y.talk_id), y.share) AS share
  FROM young y WHERE y.at <= :ripe AND NOT EXISTS (SELECT FROM claimed k
    WHERE k.talk_id IS NOT DISTINCT FROM y.talk_id AND k.hold_id IS NOT DISTINCT FROM y.hold_id)
), standing AS (
  SELECT i.kind, i.wallet, i.share
    - coalesce((SELECT sum(share) FROM charge_returns WHERE talk_id = i.talk_id), 0)
    - coalesce((SELECT sum(amount) FROM transfers
      WHERE hold_id = i.hold_id AND kind = 'reserved_return'), 0) AS share
  FROM (SELECT 'unripe' AS kind, * FROM unripe UNION ALL SELECT 'reserve', * FROM reserved) i
), summed AS (
  SELECT wallet, coalesce(sum(share) FILTER (WHERE kind = 'unripe'), 0) AS maturing,
    coalesce(sum(share * :percent / 100) FILTER (WHERE kind = 'reserve'), 0) AS reserve
  FROM standing GROUP BY wallet
), figures AS (
  SELECT c.user_id, c.wallet,
    coalesce((SELECT sum(share) FROM charges WHERE cast_wallet = c.wallet), 0)
      + coalesce((SELECT sum(amount) FROM transfers
        WHERE credit_wallet = c.wallet AND kind = 'reserved'), 0) AS earned,
    coalesce((SELECT sum(b.share) FROM charge_returns b JOIN charges x USING (talk_id, minute)
      WHERE x.cast_wallet = c.wallet), 0)
      + coalesce((SELECT sum(amount) FROM transfers
        WHERE debit_wallet = c.wallet AND kind = 'reserved_return'), 0) AS returned,
    coalesce((SELECT sum(amount) FROM transfers
      WHERE debit_wallet = c.wallet AND kind = 'payout'), 0)
      - coalesce((SELECT sum(amount) FROM transfers
        WHERE credit_wallet = c.wallet AND kind = 'payout_return'), 0) AS paid,
    coalesce((SELECT sum(amount) FROM transfers
      WHERE debit_wallet = c.wallet AND kind = 'earnings_given_up'), 0) AS given_up,
    coalesce((SELECT sum(gross) FROM payouts
      WHERE user_id = c.user_id AND state = 'requested'), 0) AS requested,
    coalesce((SELECT sum(gross) FROM payouts
      WHERE user_id = c.user_id AND state = 'in_run'), 0) AS in_run,
    coalesce(s.maturing, 0) AS maturing, coalesce(s.reserve, 0) AS reserve,
    least((SELECT min(at) FROM charges WHERE cast_wallet = c.wallet),
      (SELECT min(at) FROM transfers WHERE credit_wallet = c.wallet AND kind = 'reserved'))
      AS first_at,
    {_STOPPED} AS stopped
  FROM casts c JOIN users u ON u.id = c.user_id LEFT JOIN summed s ON s.wallet = c.wallet
)
SELECT user_id, earned::bigint, returned::bigint, maturing::bigint, reserve::bigint,
  requested::bigint, in_run::bigint, paid::bigint, given_up::bigint, stopped, first_at,
  (earned - returned - maturing::bigint - reserve::bigint - requested - in_run - paid
    - given_up)::bigint AS due
FROM figures ORDER BY user_id
""")  # noqa: S608 - one fixed text within another


async def lock(tx: Tx, user_ids: Sequence[int]) -> None:
    """Let what is asked for, gathered, stopped and decided about a cast's money be one by one."""
    await locks.lock(tx, sa.select(users.c.id).where(users.c.id.in_(user_ids)))


_ANY_STOPPED = sa.text(f"""
SELECT EXISTS (SELECT FROM users u WHERE u.id = ANY (CAST(:users AS bigint[])) AND {_STOPPED})
""")  # noqa: S608 - likewise


async def any_stopped(tx: Tx, user_ids: Sequence[int]) -> bool:
    """Say whether the payouts of one of these are stopped, by staff or by a ban."""
    return bool(await tx.scalar(_ANY_STOPPED, {"users": list(user_ids)}))


async def book_of(tx: Tx, settings: Settings, user_id: int) -> Book:
    """Return where a cast's earnings stand now; all zero for who never earned."""
    found = await books(tx, settings, [user_id])
    return (
        found[0]
        if found
        else Book(user_id, 0, 0, 0, 0, 0, 0, 0, 0, 0, stopped=False, first_at=None)
    )


async def books(
    tx: Tx,
    settings: Settings,
    user_ids: Sequence[int] | None = None,
    until: datetime | None = None,
) -> list[Book]:
    """Return the books of these casts, or of all who ever earned, by their ids.

    What was earned at `until` or later counts as maturing, as it does for the clock.
    """
    now = await clock(tx)
    ripe = now - timedelta(days=settings.claim_days)
    if until is not None:
        # A talk that ends with `until` itself belongs to what comes after.
        ripe = min(ripe, until - timedelta(microseconds=1))
    kept = timedelta(days=settings.payout_reserve_days) if settings.payout_reserve_percent else None
    found = await tx.execute(
        _BOOKS,
        {
            "users": None if user_ids is None else list(user_ids),
            "ripe": ripe,
            "since": ripe - (kept or timedelta()),
            "percent": settings.payout_reserve_percent,
        },
    )
    return typed_all(Book, found.mappings())
