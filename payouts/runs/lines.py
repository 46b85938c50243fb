"""The payouts in a run as staff read them, those that want a look first. Amounts are yen."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page, offset
from foundation.row_types import typed

# What is more than so many times the mean of their last payouts, and more than so much, stands out.
TIMES, LEAST, LAST = 3, 50_000, 6


@dataclass(frozen=True)
class RunPayout:
    """A payout in a run; its account is masked.

    `marks` say why it wants a look: `rejected`, the last one came back; `account`, it is another
    one than the last time; `first` to this cast; `large`, against their last ones; `linked`.
    """

    id: int
    user_id: int
    nickname: str
    state: str
    gross: int
    bank_fee: int
    withheld: int
    net: int
    category: str
    bank: str
    branch: str
    tail: str
    why: str | None
    marks: list[str]


# Of each payout, the last ones of its cast of which the bank was told before; of those the mean
# counts what arrived. Where nobody is to look any more, nothing is marked.
_LINES = sa.text("""
WITH lines AS (
  SELECT p.id, p.user_id, u.nickname, p.state, p.gross, p.bank_fee, p.withheld, p.net, p.category,
    a.bank, a.branch, a.tail, p.why,
    CASE WHEN CAST(:look AS boolean) THEN array_remove(ARRAY[
      CASE WHEN b.state = 'rejected' THEN 'rejected' END,
      CASE WHEN b.account_id <> p.account_id THEN 'account' END,
      CASE WHEN b.state IS NULL THEN 'first' END,
      CASE WHEN p.gross > CAST(:least AS bigint) AND p.gross > b.mean * :times THEN 'large' END,
      CASE WHEN p.user_id = ANY (CAST(:linked AS bigint[])) THEN 'linked' END
    ], NULL) ELSE '{}' END AS marks
  FROM payouts p JOIN users u ON u.id = p.user_id JOIN bank_accounts a ON a.id = p.account_id
  LEFT JOIN LATERAL (
    SELECT (array_agg(o.state ORDER BY o.paid_at DESC, o.id DESC))[1] AS state,
      (array_agg(o.account_id ORDER BY o.paid_at DESC, o.id DESC))[1] AS account_id,
      avg(o.gross) FILTER (WHERE o.state = 'paid') AS mean
    FROM (
      SELECT * FROM payouts l WHERE l.user_id = p.user_id AND l.paid_at IS NOT NULL
      ORDER BY l.paid_at DESC, l.id DESC LIMIT :last
    ) o
  ) b ON CAST(:look AS boolean)
  WHERE p.run_id = :run
), counted AS (
  SELECT *, count(*) FILTER (WHERE marks <> '{}') OVER () AS marked FROM lines
)
SELECT * FROM counted WHERE NOT CAST(:only AS boolean) OR marks <> '{}'
ORDER BY state = 'rejected' DESC, marks <> '{}' DESC, id LIMIT :size OFFSET :skip
""")


@dataclass(frozen=True)
class Look:
    """How a run is looked at: whether it still is, and which of its casts are linked."""

    run_id: int
    wanted: bool
    linked: Collection[int] = ()


@dataclass(frozen=True)
class RunLines:
    """A page of a run's payouts, and how many of the whole run are marked."""

    page: Page[RunPayout]
    marked: int


async def lines_of(
    tx: Tx, look: Look, number: int, size: int, *, only_marked: bool = False
) -> RunLines:
    """Return a page of a run's payouts: those that came back, those that want a look, the rest."""
    asked = {"run": look.run_id, "look": look.wanted, "linked": list(look.linked)}
    bounds = {"times": TIMES, "least": LEAST, "last": LAST}
    paged = {"only": only_marked, "size": size + 1, "skip": offset(number, size)}
    rows = (await tx.execute(_LINES, asked | bounds | paged)).mappings().all()
    page = Page.of([typed(RunPayout, row) for row in rows], number, size)
    return RunLines(page, rows[0]["marked"] if rows else 0)
