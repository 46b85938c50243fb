"""A user's passbook: every movement of their points, the latest first, with the balance after it.

Lines stand in one order that leaves no two of them equal (`LinePosition`), so a page begins exactly
where the one before ended, also between two lines of the same microsecond.

Minutes of a talk that follow each other without another movement between them are one line, and so
is everything that one return gave back; so each line's amount is the step between its balance and
the one of the line below. A page walks along indexes and reads no more than it shows, however many
rows the wallet has.
"""

import heapq
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

import sqlalchemy as sa

from foundation.database import Tx
from points.rules import Pays
from points.statement_lines import (
    CHARGE,
    INCOMING,
    OUTGOING,
    RETURN,
    TAB_KINDS,
    TRANSFER,
    LinePosition,
    StatementLine,
)
from points.tables import TRANSFER_KINDS, wallets

# What moves between a hold, a cast and the site, or out of a lost dispute, no user's points see.
OF_OTHERS = ("reserved", "reserved_fee", "reserved_return", "reserved_fee_return", "lost")
MOVING_KINDS = tuple(kind for kind in TRANSFER_KINDS if kind not in (*OF_OTHERS, *TAB_KINDS))
KINDS = ("charge", "return", *MOVING_KINDS)
OF_TAB = ("charge", "return", "hold", "release", *TAB_KINDS)
MOST_LINES = 500
# A download is bounded: twenty years of a talk a day.
MOST_ROWS = 100_000

MOST_ID = 2**63 - 1

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class StatementPage:
    """Some lines, and the position before which the next page begins (None: there is none)."""

    lines: list[StatementLine]
    next_cursor: LinePosition | None


@dataclass(frozen=True)
class Expiring:
    """Points that expire at one instant: bought or given ones, and bonus points among them."""

    at: datetime
    points: int
    bonus: int


async def statement(
    tx: Tx,
    user_id: int,
    *,
    kinds: Collection[str] = KINDS,
    since: datetime = BEGINNING,
    until: datetime = END,
    cursor: LinePosition | None = None,
    size: int = 50,
    pays: Pays = "points",
) -> StatementPage:
    """Return up to `size` lines of these kinds from `since` to before `until`, latest first.

    `pays` says of which wallet: of a tab, `balance_after` is what is left of its limit. `cursor`
    is the `next_cursor` of the page before. A run of minutes that reaches over `since` or
    `until` is cut there.
    """
    wallet = await tx.scalar(
        sa.select(wallets.c.id).where(wallets.c.user_id == user_id, wallets.c.kind == pays)
    )
    if wallet is None:
        return StatementPage([], None)
    size = min(max(size, 1), MOST_LINES)
    before = min(cursor or LinePosition(END), LinePosition(until))
    bounds = {"wallet": wallet, "since": since, "before": before.at, "size": size + 1}
    moving = [kind for kind in (*MOVING_KINDS, *TAB_KINDS) if kind in kinds]
    sources = [
        await _lines(tx, _CHARGES, bounds | _rest(before, CHARGE)) if "charge" in kinds else [],
        await _lines(tx, _RETURNS, bounds | _rest(before, RETURN)) if "return" in kinds else [],
        await _lines(tx, _TRANSFERS, bounds | _rest(before, TRANSFER) | {"kinds": moving}),
    ]
    merged = heapq.merge(*sources, key=lambda line: line.ends, reverse=True)
    lines = list(islice(merged, size + 1))
    more = len(lines) > size
    return StatementPage(lines[:size], lines[size - 1].begins if more else None)


def _rest(before: LinePosition, source: int) -> dict[str, object]:
    """Which rows of a source, at the very instant of a position, stand before it."""
    if source == before.source:
        return {"before_id": before.id, "before_minute": before.minute}
    return {"before_id": MOST_ID if source < before.source else 0, "before_minute": 0}


async def csv_rows(
    tx: Tx,
    user_id: int,
    *,
    kinds: Collection[str] = KINDS,
    since: datetime = BEGINNING,
    until: datetime = END,
) -> AsyncIterator[StatementLine]:
    """Yield the whole statement, the latest line first, up to `MOST_ROWS` lines."""
    cursor = None
    for _ in range(MOST_ROWS // MOST_LINES):
        page = await statement(
            tx, user_id, kinds=kinds, since=since, until=until, cursor=cursor, size=MOST_LINES
        )
        for line in page.lines:
            yield line
        cursor = page.next_cursor
        if cursor is None:
            return


async def expiring(tx: Tx, user_id: int) -> list[Expiring]:
    """Return when the points that a user can spend expire, the first first."""
    rows = await tx.execute(_EXPIRING, {"user": user_id})
    return [Expiring(row.expires_at, row.points, row.bonus) for row in rows]


async def _lines(
    tx: Tx, query: sa.TextClause, bounds: dict[str, object]
) -> Sequence[StatementLine]:
    rows = await tx.execute(query, bounds)
    return [StatementLine(**row) for row in rows.mappings()]


# From the latest charge downwards, a run at each step. `stop` is the last other movement before
# the run's end: the run begins after it. One at the very instant of a charge comes after that.
_CHARGES = sa.text("""
WITH RECURSIVE runs AS (
  SELECT 0 AS n, NULL::timestamptz AS at, CAST(:before AS timestamptz) AS began_at,
    CAST(:before_id AS bigint) AS talk_id, CAST(:before_minute AS int) AS first_minute,
    NULL::int AS last_minute, NULL::bigint AS gross, NULL::bigint AS balance_after
  UNION ALL
  SELECT runs.n + 1, last.at, first.at, last.talk_id, first.minute, last.minute,
    last.gross, last.balance_after
  FROM runs
  CROSS JOIN LATERAL (
    SELECT at FROM charges
    WHERE payer_wallet = :wallet AND at <= runs.began_at AND at >= :since
      AND (at, talk_id, minute) < (runs.began_at, runs.talk_id, runs.first_minute)
    ORDER BY at DESC LIMIT 1) latest
  CROSS JOIN LATERAL (
    SELECT talk_id, minute, at, gross, balance_after FROM charges
    WHERE payer_wallet = :wallet AND at = latest.at
      AND (at, talk_id, minute) < (runs.began_at, runs.talk_id, runs.first_minute)
    ORDER BY talk_id DESC, minute DESC LIMIT 1) last
  CROSS JOIN LATERAL (
    SELECT greatest(
      (SELECT max(t.at) FROM unnest(CAST(:in AS text[])) k (kind) CROSS JOIN LATERAL (
        SELECT at FROM transfers WHERE credit_wallet = :wallet AND kind = k.kind AND at < last.at
        ORDER BY at DESC LIMIT 1) t),
      (SELECT max(t.at) FROM unnest(CAST(:out AS text[])) k (kind) CROSS JOIN LATERAL (
        SELECT at FROM transfers WHERE debit_wallet = :wallet AND kind = k.kind AND at < last.at
        ORDER BY at DESC LIMIT 1) t),
      (SELECT max(at) FROM charge_returns WHERE payer_wallet = :wallet AND at < last.at),
      (SELECT at FROM charges WHERE payer_wallet = :wallet AND at < last.at
        AND talk_id <> last.talk_id ORDER BY at DESC LIMIT 1),
      '-infinity') AS at) stop
  CROSS JOIN LATERAL (
    SELECT minute, at FROM charges
    WHERE talk_id = last.talk_id AND at > stop.at AND at >= :since ORDER BY minute LIMIT 1) first
  WHERE runs.n < :size
)
SELECT at, began_at, 'charge' AS kind, -gross * (last_minute - first_minute + 1) AS amount,
  balance_after, talk_id, first_minute, last_minute
FROM runs WHERE n > 0 ORDER BY n
""").bindparams(sa.bindparam("in", list(INCOMING)), sa.bindparam("out", list(OUTGOING)))

_RETURNS = sa.text("""
WITH RECURSIVE acts AS (
  SELECT 0 AS n, CAST(:before AS timestamptz) AS at, CAST(:before_id AS bigint) AS talk_id,
    NULL::bigint AS balance_after
  UNION ALL
  SELECT acts.n + 1, last.at, last.talk_id, last.balance_after
  FROM acts
  CROSS JOIN LATERAL (
    SELECT at, talk_id, balance_after FROM charge_returns
    WHERE payer_wallet = :wallet AND at <= acts.at AND at >= :since
      AND (at, talk_id) < (acts.at, acts.talk_id)
    ORDER BY at DESC, talk_id DESC LIMIT 1) last
  WHERE acts.n < :size
)
SELECT a.at, a.at AS began_at, 'return' AS kind, a.balance_after, r.amount, a.talk_id,
  r.first_minute, r.last_minute, r.reason
FROM acts a CROSS JOIN LATERAL (
  SELECT sum(gross)::bigint AS amount, min(minute) AS first_minute, max(minute) AS last_minute,
    min(reason) AS reason
  FROM charge_returns WHERE payer_wallet = :wallet AND at = a.at AND talk_id = a.talk_id) r
WHERE a.n > 0 ORDER BY a.n
""")

_TRANSFERS = sa.text("""
SELECT t.at, t.at AS began_at, t.kind, t.amount, t.balance_after, t.reason, t.purchase_id,
  CASE t.kind WHEN 'hold' THEN t.id ELSE t.hold_id END AS hold_id, t.id AS transfer_id
FROM unnest(CAST(:kinds AS text[])) k (kind) CROSS JOIN LATERAL (
  (SELECT at, id, kind, amount, balance_after, reason, purchase_id, hold_id FROM transfers
   WHERE credit_wallet = :wallet AND kind = k.kind AND at >= :since
     AND (at, id) < (CAST(:before AS timestamptz), CAST(:before_id AS bigint))
   ORDER BY at DESC, id DESC LIMIT :size)
  UNION ALL
  (SELECT at, id, kind, -amount, balance_after, reason, purchase_id, hold_id FROM transfers
   WHERE debit_wallet = :wallet AND kind = k.kind AND at >= :since
     AND (at, id) < (CAST(:before AS timestamptz), CAST(:before_id AS bigint))
   ORDER BY at DESC, id DESC LIMIT :size)) t
ORDER BY t.at DESC, t.id DESC LIMIT :size
""")

_EXPIRING = sa.text("""
SELECT l.expires_at, sum(l.remaining)::bigint AS points,
  (coalesce(sum(l.remaining) FILTER (WHERE l.kind = 'bonus'), 0))::bigint AS bonus
FROM lots l JOIN wallets w ON w.id = l.wallet_id AND w.kind = 'points'
WHERE w.user_id = :user AND NOT l.closed AND l.expires_at > clock_timestamp()
GROUP BY l.expires_at ORDER BY l.expires_at
""")
