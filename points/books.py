"""The books as staff read them: what is outstanding, and what each day sold, spent and lost.

A day is Asia/Tokyo's. Points that were paid for and points that were given (bonus, grants) are
kept apart, for the law counts only the first.
"""

from dataclasses import dataclass, fields
from datetime import date, timedelta

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.row_types import typed_all
from points import rules

MOST_DAYS = 366


@dataclass(frozen=True)
class Totals:
    """What the site owes and is owed now, in points.

    `paid` and `given` are in users' hands, of which `expired` has run out but is not yet booked;
    `held` waits in reservations, `frozen` is held by disputes, `owed` by users for spent points
    whose money went back, `earned` by casts, `fees` by the site. `on_tab` are yen that members used
    and have not paid yet, and are no points.
    """

    paid: int
    given: int
    expired: int
    held: int
    frozen: int
    owed: int
    earned: int
    fees: int
    on_tab: int


@dataclass(frozen=True)
class Counted:
    """What one day brought, in points (`sold_yen` in yen).

    Sums of everybody: bought and given, spent (without what was given back), expired, and taken
    back by refunds and disputes, less what was restored. `corrected` is what staff gave (+) or took
    (−), `held` what went into reservations (+) or came back from them (−), `reserved` what was
    settled of it.
    """

    day: date
    purchases: int = 0
    sold: int = 0
    sold_yen: int = 0
    bonus: int = 0
    granted: int = 0
    spent: int = 0
    returned: int = 0
    expired: int = 0
    taken_back: int = 0
    corrected: int = 0
    held: int = 0
    reserved: int = 0


@dataclass(frozen=True)
class Moved(Counted):
    """The same, and by how much what is outstanding grew by it."""

    paid_moved: int = 0
    given_moved: int = 0


@dataclass(frozen=True)
class DayFigures(Counted):
    """The same, and what was outstanding at the day's end."""

    paid_outstanding: int = 0
    given_outstanding: int = 0


async def totals(tx: Tx) -> Totals:
    """Return what is outstanding now."""
    row = (await tx.execute(_TOTALS)).mappings().one()
    return Totals(**row)


async def by_day(tx: Tx, days: int = 30) -> list[DayFigures]:
    """Return the last so many days (1 to `MOST_DAYS`), today first."""
    today = (await clock(tx)).astimezone(rules.SITE_ZONE).date()
    first = today - timedelta(days=min(max(days, 1), MOST_DAYS) - 1)
    found = await moved_since(tx, first)
    now = await totals(tx)
    paid, given = now.paid, now.given
    lines = []
    for back in range((today - first).days + 1):
        day = today - timedelta(days=back)
        moved = found.get(day, Moved(day))
        lines.append(_day(moved, paid, given))
        # What was outstanding the evening before is what there is now, less what the day moved.
        paid -= moved.paid_moved
        given -= moved.given_moved
    return lines


async def moved_since(tx: Tx, first: date) -> dict[date, Moved]:
    """Return what each day from `first` on moved; a day on which nothing did is left out."""
    since = rules.end_of_day(first - timedelta(days=1))
    rows = (await tx.execute(_BY_DAY, {"since": since})).mappings()
    return {moved.day: moved for moved in typed_all(Moved, rows)}


def _day(moved: Moved, paid: int, given: int) -> DayFigures:
    figures = {field.name: getattr(moved, field.name) for field in fields(Counted)}
    return DayFigures(**figures, paid_outstanding=paid, given_outstanding=given)


_TOTALS = sa.text("""
WITH held AS (
  SELECT kind = 'paid' AS is_paid, expires_at <= clock_timestamp() AS is_over,
    sum(remaining) AS points
  FROM lots WHERE NOT closed AND kind <> 'credit' GROUP BY 1, 2
), accounts AS (
  SELECT w.kind, sum(j.amount) AS points FROM journal j JOIN wallets w ON w.id = j.wallet_id
  WHERE w.kind <> 'points' GROUP BY 1
), on_tab AS (
  SELECT coalesce(sum(h.points - h.released - h.share - h.fee), 0) AS held FROM holds h
  JOIN wallets w ON w.id = h.wallet_id AND w.kind = 'tab'
  WHERE h.released + h.share + h.fee < h.points
)
SELECT
  coalesce((SELECT sum(points) FROM held WHERE is_paid), 0)::bigint AS paid,
  coalesce((SELECT sum(points) FROM held WHERE NOT is_paid), 0)::bigint AS given,
  coalesce((SELECT sum(points) FROM held WHERE is_over), 0)::bigint AS expired,
  (coalesce((SELECT points FROM accounts WHERE kind = 'held'), 0) - on_tab.held)::bigint AS held,
  coalesce((SELECT points FROM accounts WHERE kind = 'disputed'), 0)::bigint AS frozen,
  -coalesce((SELECT points FROM accounts WHERE kind = 'receivable'), 0)::bigint AS owed,
  coalesce((SELECT points FROM accounts WHERE kind = 'earnings'), 0)::bigint AS earned,
  coalesce((SELECT points FROM accounts WHERE kind = 'fee'), 0)::bigint AS fees,
  -coalesce((SELECT sum(points) FROM accounts WHERE kind IN ('credit_issued', 'tab')), 0)::bigint
    AS on_tab
FROM on_tab
""")

# Each source by its day, then all of them together. The moves of lots are the only ones that know
# paid points from given ones.
_BY_DAY = sa.text("""
WITH moved AS (
  SELECT t.at, t.kind, t.amount * CASE WHEN w.id = t.credit_wallet THEN 1 ELSE -1 END AS amount,
    t.purchase_id
  FROM transfers t JOIN wallets w ON w.id IN (t.debit_wallet, t.credit_wallet) AND w.kind = 'points'
  WHERE t.at >= :since
), by_kind AS (
  SELECT (m.at AT TIME ZONE 'Asia/Tokyo')::date AS day,
    count(*) FILTER (WHERE m.kind = 'purchase') AS purchases,
    sum(m.amount) FILTER (WHERE m.kind = 'purchase') AS sold,
    sum(p.price_yen) FILTER (WHERE m.kind = 'purchase') AS sold_yen,
    sum(m.amount) FILTER (WHERE m.kind = 'bonus') AS bonus,
    sum(m.amount) FILTER (WHERE m.kind = 'grant') AS granted,
    -sum(m.amount) FILTER (WHERE m.kind IN ('expiry', 'forfeit')) AS expired,
    -sum(m.amount) FILTER (WHERE m.kind IN ('refund', 'dispute', 'receivable', 'restore'))
      AS taken_back,
    sum(m.amount) FILTER (WHERE m.kind = 'correction') AS corrected,
    -sum(m.amount) FILTER (WHERE m.kind IN ('hold', 'release')) AS held
  FROM moved m LEFT JOIN purchases p ON p.id = m.purchase_id GROUP BY 1
), tab AS MATERIALIZED (
  SELECT id FROM wallets WHERE kind = 'tab'
), charged AS (
  SELECT (at AT TIME ZONE 'Asia/Tokyo')::date AS day, sum(gross) AS spent
  FROM charges WHERE at >= :since AND payer_wallet NOT IN (SELECT id FROM tab) GROUP BY 1
), given_back AS (
  SELECT (at AT TIME ZONE 'Asia/Tokyo')::date AS day, sum(gross) AS returned
  FROM charge_returns WHERE at >= :since AND payer_wallet NOT IN (SELECT id FROM tab) GROUP BY 1
), settled AS (
  SELECT (t.at AT TIME ZONE 'Asia/Tokyo')::date AS day, sum(CASE
    WHEN t.kind IN ('reserved', 'reserved_fee') THEN t.amount ELSE -t.amount END) AS reserved
  FROM transfers t JOIN holds h ON h.id = t.hold_id AND h.wallet_id NOT IN (SELECT id FROM tab)
  WHERE t.at >= :since
    AND t.kind IN ('reserved', 'reserved_fee', 'reserved_return', 'reserved_fee_return')
  GROUP BY 1
), lot_steps AS (
  SELECT t.at, m.lot_id, m.amount FROM lot_moves m JOIN transfers t ON t.id = m.transfer_id
    WHERE t.at >= :since
  UNION ALL
  SELECT c.at, u.lot_id, -u.amount FROM lot_uses u JOIN charges c USING (talk_id, minute)
    WHERE c.at >= :since
  UNION ALL
  SELECT r.at, b.lot_id, b.amount FROM lot_backs b JOIN charge_returns r USING (talk_id, minute)
    WHERE r.at >= :since
), stock AS (
  SELECT (s.at AT TIME ZONE 'Asia/Tokyo')::date AS day,
    sum(s.amount) FILTER (WHERE l.kind = 'paid') AS paid_moved,
    sum(s.amount) FILTER (WHERE l.kind IN ('bonus', 'granted')) AS given_moved
  FROM lot_steps s JOIN lots l ON l.id = s.lot_id WHERE l.kind <> 'credit' GROUP BY 1
)
SELECT day,
  coalesce(purchases, 0)::bigint AS purchases, coalesce(sold, 0)::bigint AS sold,
  coalesce(sold_yen, 0)::bigint AS sold_yen, coalesce(bonus, 0)::bigint AS bonus,
  coalesce(granted, 0)::bigint AS granted, coalesce(spent, 0)::bigint AS spent,
  coalesce(returned, 0)::bigint AS returned, coalesce(expired, 0)::bigint AS expired,
  coalesce(taken_back, 0)::bigint AS taken_back, coalesce(corrected, 0)::bigint AS corrected,
  coalesce(held, 0)::bigint AS held, coalesce(reserved, 0)::bigint AS reserved,
  coalesce(paid_moved, 0)::bigint AS paid_moved, coalesce(given_moved, 0)::bigint AS given_moved
FROM by_kind FULL JOIN charged USING (day) FULL JOIN given_back USING (day)
  FULL JOIN settled USING (day) FULL JOIN stock USING (day)
""")
