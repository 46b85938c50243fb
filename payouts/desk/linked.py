"""Casts and callers who pay them, and may be one person: the same card, browser or bank account.

Shown to finance staff before a run, with what was paid in 90 days. Nobody is stopped by it alone:
families share devices, too. Amounts are yen.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed_all

DAYS = 90
# Pairs that are shown, those of the largest sums first.
MOST_SHOWN = 500


@dataclass(frozen=True)
class LinkedPair:
    """A caller who paid a cast, and by what the two are linked: `card`, `device`, `account`.

    `paid` is what the caller paid, `share` what the cast earned of it, both in 90 days and before
    returns; `times` counts talks and booked times.
    """

    caller_id: int
    caller_name: str
    cast_id: int
    cast_name: str
    paid: int
    share: int
    times: int
    last_at: datetime
    by_card: bool
    by_device: bool
    by_account: bool


# First who paid whom, then what both of such a pair have: nothing is compared of strangers.
_PAIRS = sa.text("""
WITH casts AS (
  SELECT w.id AS wallet, w.user_id FROM wallets w WHERE w.kind = 'earnings'
    AND (CAST(:casts AS bigint[]) IS NULL OR w.user_id = ANY (:casts))
), paid AS (
  SELECT c.payer_wallet, k.user_id AS cast_id, sum(c.gross) AS paid, sum(c.share) AS share,
    count(DISTINCT c.talk_id) AS times, max(c.at) AS at
  FROM casts k JOIN charges c ON c.cast_wallet = k.wallet
    AND c.at > clock_timestamp() - :days * interval '1 day' GROUP BY 1, 2
  UNION ALL
  SELECT h.wallet_id, k.user_id, sum(h.share + h.fee), sum(h.share), count(*), max(h.at)
  FROM casts k JOIN holds h ON h.cast_wallet = k.wallet AND h.share > 0
    AND h.at > clock_timestamp() - :days * interval '1 day' GROUP BY 1, 2
), pairs AS MATERIALIZED (
  SELECT w.user_id AS caller_id, p.cast_id, sum(p.paid)::bigint AS paid,
    sum(p.share)::bigint AS share, sum(p.times)::bigint AS times, max(p.at) AS last_at
  FROM paid p JOIN wallets w ON w.id = p.payer_wallet GROUP BY 1, 2
), people AS MATERIALIZED (
  SELECT caller_id AS id FROM pairs UNION SELECT cast_id FROM pairs
), devices AS MATERIALIZED (
  SELECT DISTINCT t.user_id, t.mark FROM traces t JOIN people p ON p.id = t.user_id
  WHERE t.kind = 'device'
), by_device AS (
  SELECT DISTINCT a.user_id AS one, b.user_id AS other FROM devices a JOIN devices b USING (mark)
  WHERE a.user_id <> b.user_id
), accounts AS MATERIALIZED (
  SELECT DISTINCT a.user_id, a.mark FROM bank_accounts a JOIN people p ON p.id = a.user_id
  WHERE a.mark IS NOT NULL
), by_account AS (
  SELECT DISTINCT a.user_id AS one, b.user_id AS other FROM accounts a JOIN accounts b USING (mark)
  WHERE a.user_id <> b.user_id
), buying_casts AS MATERIALIZED (
  SELECT DISTINCT q.cast_id FROM pairs q WHERE EXISTS (
    SELECT FROM purchases o WHERE o.user_id = q.cast_id AND o.intent IS NOT NULL)
), buyers AS (
  SELECT cast_id AS id FROM buying_casts
  UNION SELECT caller_id FROM pairs JOIN buying_casts USING (cast_id)
), cards AS MATERIALIZED (
  SELECT DISTINCT b.id AS user_id,
    e.payload #>> '{{data,object,payment_method_details,card,fingerprint}}' AS mark
  FROM buyers b JOIN purchases o ON o.user_id = b.id AND o.intent IS NOT NULL
  JOIN payment_events e ON e.intent = o.intent AND e.type = 'charge.succeeded'
), by_card AS (
  SELECT DISTINCT a.user_id AS one, b.user_id AS other FROM cards a JOIN cards b USING (mark)
  WHERE a.user_id <> b.user_id
)
SELECT q.caller_id, u.nickname AS caller_name, q.cast_id, k.nickname AS cast_name, q.paid, q.share,
  q.times, q.last_at, x.one IS NOT NULL AS by_card, d.one IS NOT NULL AS by_device,
  b.one IS NOT NULL AS by_account
FROM pairs q JOIN users u ON u.id = q.caller_id JOIN users k ON k.id = q.cast_id
LEFT JOIN by_card x ON x.one = q.caller_id AND x.other = q.cast_id
LEFT JOIN by_device d ON d.one = q.caller_id AND d.other = q.cast_id
LEFT JOIN by_account b ON b.one = q.caller_id AND b.other = q.cast_id
WHERE x.one IS NOT NULL OR d.one IS NOT NULL OR b.one IS NOT NULL
ORDER BY q.paid DESC, q.caller_id, q.cast_id LIMIT :most
""")
_IN_RUN = sa.text("SELECT DISTINCT user_id FROM payouts WHERE run_id = :run")


async def pairs(tx: Tx, cast_ids: Collection[int] | None = None) -> list[LinkedPair]:
    """Return the linked pairs of these casts, or of all, those of the largest sums first."""
    casts: Sequence[int] | None = None if cast_ids is None else list(cast_ids)
    found = await tx.execute(_PAIRS, {"casts": casts, "days": DAYS, "most": MOST_SHOWN})
    return typed_all(LinkedPair, found.mappings())


async def of_run(tx: Tx, run_id: int) -> list[LinkedPair]:
    """Return the linked pairs of the casts in a run."""
    return await pairs(tx, list((await tx.execute(_IN_RUN, {"run": run_id})).scalars()))
