"""What a cast has earned, read from the books alone: sums, lines and days.

Every movement of the wallet of earnings stands in one line: a talk's minutes of one day, what a
reservation paid, and each return, which is negative. So the lines of any time add up to its sum,
and all lines to what the wallet holds. Days and months are those of Asia/Tokyo; amounts are points.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page, offset
from foundation.row_types import typed_all
from points.tables import wallets

# Bounds of what has none.
BEGINNING, END = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
# A download is bounded: twenty years of a talk a day.
MOST_ROWS = 10_000


@dataclass(frozen=True)
class EarningLine:
    """One line: of a `talk`, or of a `reserved` time, a letter or a day by chat, or what went back
    (`…_return`).

    `gross` is what callers paid, `fee` the site's part of it, `share` what the cast earned; all
    three are negative for what went back. `minutes` are those of a talk. `reason` says why, as it
    stands in the books; `by_staff`, that somebody of the staff wrote it.
    """

    kind: str
    at: datetime
    talk_id: int | None
    hold_id: int | None
    minutes: int | None
    gross: int
    fee: int
    share: int
    reason: str
    by_staff: bool

    @property
    def percent(self) -> int | None:
        """The percent of the price that the share is, where it is so exactly."""
        if not self.gross or self.share * 100 % self.gross:
            return None
        return self.share * 100 // self.gross


@dataclass(frozen=True)
class EarningSum:
    """What came in a time: the prices paid, the site's fee, the shares, and the shares that went
    back (as a positive number). `net` is what stays.
    """

    gross: int
    fee: int
    earned: int
    returned: int
    lines: int

    @property
    def net(self) -> int:
        """What the cast has earned in all."""
        return self.earned - self.returned


@dataclass(frozen=True)
class EarnedIn:
    """What a day or a month brought: earned, and what went back; each not negative."""

    day: date
    earned: int
    returned: int


# A talk over midnight has a line on each side of it, so that each day's lines add up. Returns are
# few, and each looks for its charge: the other way round would pass every minute that was earned.
_LINES = """
SELECT 'talk' AS kind, max(c.at) AS at, c.talk_id, NULL::bigint AS hold_id,
  count(*)::integer AS minutes, sum(c.gross)::bigint AS gross, sum(c.fee)::bigint AS fee,
  sum(c.share)::bigint AS share, '' AS reason, false AS by_staff
FROM charges c WHERE c.cast_wallet = :wallet AND c.at >= :since AND c.at < :until
GROUP BY c.talk_id, (c.at AT TIME ZONE 'Asia/Tokyo')::date
UNION ALL
SELECT 'talk_return', b.at, b.talk_id, NULL, count(*)::integer, -sum(b.gross)::bigint,
  -sum(b.fee)::bigint, -sum(b.share)::bigint, min(b.reason), bool_or(b.actor_id IS NOT NULL)
FROM charge_returns b WHERE b.at >= :since AND b.at < :until AND EXISTS (
  SELECT FROM charges c WHERE (c.talk_id, c.minute) = (b.talk_id, b.minute)
  AND c.cast_wallet = :wallet OFFSET 0)
GROUP BY b.talk_id, b.at
UNION ALL
SELECT 'reserved', t.at, NULL, t.hold_id, NULL, t.amount + coalesce(f.amount, 0),
  coalesce(f.amount, 0), t.amount, '', false
FROM transfers t LEFT JOIN transfers f ON f.hold_id = t.hold_id AND f.kind = 'reserved_fee'
WHERE t.credit_wallet = :wallet AND t.kind = 'reserved' AND t.at >= :since AND t.at < :until
UNION ALL
SELECT 'reserved_return', t.at, NULL, t.hold_id, NULL, -t.amount - coalesce(f.amount, 0),
  -coalesce(f.amount, 0), -t.amount, coalesce(g.reason, t.reason), g.actor_id IS NOT NULL
FROM transfers t
LEFT JOIN transfers f ON f.hold_id = t.hold_id AND f.kind = 'reserved_fee_return'
LEFT JOIN transfers g ON g.hold_id = t.hold_id AND g.kind = 'release'
WHERE t.debit_wallet = :wallet AND t.kind = 'reserved_return' AND t.at >= :since AND t.at < :until
"""
_PAGE = sa.text(
    f"SELECT * FROM ({_LINES}) l"  # noqa: S608 - fixed texts
    " ORDER BY at DESC, talk_id DESC, hold_id DESC, kind OFFSET :skip LIMIT :size"
)
_SUM = sa.text(f"""
SELECT coalesce(sum(gross), 0)::bigint AS gross, coalesce(sum(fee), 0)::bigint AS fee,
  coalesce(sum(share) FILTER (WHERE kind IN ('talk', 'reserved')), 0)::bigint AS earned,
  coalesce(-sum(share) FILTER (WHERE kind NOT IN ('talk', 'reserved')), 0)::bigint AS returned,
  count(*)::integer AS lines
FROM ({_LINES}) l
""")  # noqa: S608 - fixed texts
_BY = """
SELECT date_trunc('{step}', at AT TIME ZONE 'Asia/Tokyo')::date AS day,
  coalesce(sum(share) FILTER (WHERE kind IN ('talk', 'reserved')), 0)::bigint AS earned,
  coalesce(-sum(share) FILTER (WHERE kind NOT IN ('talk', 'reserved')), 0)::bigint AS returned
FROM ({lines}) l GROUP BY 1 ORDER BY 1 DESC LIMIT 400
"""
_BY_DAY, _BY_MONTH = (sa.text(_BY.format(step=step, lines=_LINES)) for step in ("day", "month"))


async def wallet_of(tx: Tx, cast_id: int) -> int | None:
    """Return a cast's wallet of earnings, which there is once they have had a talk."""
    query = sa.select(wallets.c.id)
    mine = (wallets.c.user_id == cast_id, wallets.c.kind == "earnings")
    found: int | None = await tx.scalar(query.where(*mine))
    return found


async def total(tx: Tx, wallet: int | None, since: datetime, until: datetime) -> EarningSum:
    """Return the sums from `since` to before `until`."""
    if wallet is None:
        return EarningSum(0, 0, 0, 0, 0)
    row = (await tx.execute(_SUM, _bounds(wallet, since, until))).mappings().one()
    return EarningSum(**row)


async def lines(
    tx: Tx, wallet: int | None, since: datetime, until: datetime, number: int, size: int
) -> Page[EarningLine]:
    """Return a page of the lines from `since` to before `until`, the latest first."""
    if wallet is None:
        return Page.of([], number, size)
    where = {"skip": offset(number, size), "size": size + 1}
    found = await tx.execute(_PAGE, _bounds(wallet, since, until) | where)
    return Page.of(typed_all(EarningLine, found.mappings()), number, size)


async def by_day(
    tx: Tx, wallet: int | None, since: datetime, until: datetime
) -> Sequence[EarnedIn]:
    """Return the days from `since` to before `until` that brought anything, the latest first."""
    return await _by(tx, _BY_DAY, wallet, since, until)


async def by_month(
    tx: Tx, wallet: int | None, since: datetime, until: datetime
) -> Sequence[EarnedIn]:
    """Return the months (by their first day) that brought anything, the latest first."""
    return await _by(tx, _BY_MONTH, wallet, since, until)


async def _by(
    tx: Tx, query: sa.TextClause, wallet: int | None, since: datetime, until: datetime
) -> Sequence[EarnedIn]:
    if wallet is None:
        return []
    found = await tx.execute(query, _bounds(wallet, since, until))
    return typed_all(EarnedIn, found.mappings())


def _bounds(wallet: int, since: datetime, until: datetime) -> dict[str, object]:
    return {"wallet": wallet, "since": since, "until": until}


_TAKEN = sa.text("""
SELECT coalesce((SELECT sum(share) FROM charge_returns WHERE talk_id = :talk AND kind = 'claim'), 0)
  + coalesce((SELECT sum(amount) FROM transfers WHERE kind = 'reserved_return' AND hold_id IN (
    SELECT hold_id FROM reservations WHERE id = CAST(:reservation AS bigint)
    UNION ALL SELECT hold_id FROM letters WHERE id = CAST(:letter AS bigint))), 0)
""")


async def taken_for(
    tx: Tx, talk_id: int | None, reservation_id: int | None, letter_id: int | None = None
) -> int:
    """Return what a decided claim took from a cast who had earned it; 0 where nothing was yet."""
    bounds = {"talk": talk_id, "reservation": reservation_id, "letter": letter_id}
    return int(await tx.scalar(_TAKEN, bounds) or 0)
