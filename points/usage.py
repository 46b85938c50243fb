"""What a caller's points were used for in a month (利用明細), with the tax within it.

A talk is the supply that tax is about. Points that were bought, or yen that are paid afterwards,
are what is paid for it: points that were given, the bonus of a pack too, are told apart and are no
consideration. Who sold it, at which tax and under which number, is what held on its day
(`selling_rules`, `registration_days`). Months are those of Asia/Tokyo. Rows of money never change,
so a month that is over stays as it is; what goes back later is a minus in the month of its return.
Amounts are points, of which each is one yen with tax.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.row_types import typed, typed_all
from foundation.settings import Settings
from points import rules
from points.receipts import tax_within
from points.selling import SellingRule, rule_of
from points.tables import selling_rules


@dataclass(frozen=True)
class UsageLine:
    """One talk's minutes of one day, a reserved time, a letter or a day by chat; `paid` and `given`
    are negative for what went back of it. `registration` is the cast's own number on the day of
    the talk.
    """

    kind: str
    day: date
    talk_id: int | None
    reservation_id: int | None
    letter_id: int | None
    chat_id: int | None
    starts_at: datetime
    minutes: int | None
    cast_id: int
    name: str
    paid: int
    given: int
    rule: int | None
    registration: str | None


@dataclass(frozen=True)
class UsageBy:
    """What one seller sold under one rule. `cast` is their name where casts sell.

    `tax` is within `paid`, rounded down once.
    """

    rule: SellingRule
    cast: str | None
    registration: str | None
    lines: Sequence[UsageLine]
    paid: int
    given: int
    tax: int


@dataclass(frozen=True)
class UsageMonth:
    """A month, by its first day. While it isn't `over`, more may come."""

    month: date
    over: bool
    sold: Sequence[UsageBy]

    @property
    def paid(self) -> int:
        """The points used that were bought."""
        return sum(one.paid for one in self.sold)

    @property
    def given(self) -> int:
        """The points used that were given, which paid nothing."""
        return sum(one.given for one in self.sold)

    @property
    def tax(self) -> int:
        """The tax within, as each seller's was rounded."""
        return sum(one.tax for one in self.sold)


# A reserved time counts as of when it was paid, less what had gone back by then.
_LINES = sa.text("""
WITH settled AS (
  SELECT h.id, min(t.at) AS at FROM holds h JOIN transfers t ON t.hold_id = h.id
    AND t.kind IN ('reserved', 'reserved_fee')
  WHERE h.wallet_id = ANY (:wallets) GROUP BY h.id
), moved AS (
  SELECT s.id, s.at, s.at AS sold_at, -m.amount AS amount, l.kind
  FROM settled s JOIN lot_moves m ON m.transfer_id = s.id JOIN lots l ON l.id = m.lot_id
  UNION ALL
  SELECT s.id, greatest(s.at, t.at), s.at, -m.amount, l.kind
  FROM settled s JOIN transfers t ON t.hold_id = s.id AND t.kind = 'release'
  JOIN lot_moves m ON m.transfer_id = t.id JOIN lots l ON l.id = m.lot_id
), used AS (
  SELECT 'talk' AS kind, c.talk_id, NULL::bigint AS hold_id, c.cast_wallet, c.minute, c.at,
    c.at AS sold_at, u.amount, l.kind AS lot
  FROM charges c JOIN lot_uses u USING (talk_id, minute) JOIN lots l ON l.id = u.lot_id
  WHERE c.payer_wallet = ANY (:wallets) AND c.at >= :since AND c.at < :until
  UNION ALL
  SELECT 'talk_return', b.talk_id, NULL, c.cast_wallet, b.minute, b.at, c.at, -k.amount, l.kind
  FROM charge_returns b JOIN charges c USING (talk_id, minute)
  JOIN lot_backs k USING (talk_id, minute) JOIN lots l ON l.id = k.lot_id
  WHERE b.payer_wallet = ANY (:wallets) AND b.at >= :since AND b.at < :until
  UNION ALL
  SELECT CASE WHEN at = sold_at THEN 'reserved' ELSE 'reserved_return' END, NULL, id, NULL, NULL,
    at, sold_at, amount, kind FROM moved WHERE at >= :since AND at < :until
), summed AS (
  SELECT kind, talk_id, hold_id, max(cast_wallet) AS cast_wallet,
    (at AT TIME ZONE 'Asia/Tokyo')::date AS day, max(at) AS at, max(sold_at) AS sold_at,
    count(DISTINCT minute)::integer AS minutes,
    coalesce(sum(amount) FILTER (WHERE lot IN ('paid', 'credit')), 0)::bigint AS paid,
    coalesce(sum(amount) FILTER (WHERE lot NOT IN ('paid', 'credit')), 0)::bigint AS given
  FROM used GROUP BY kind, talk_id, hold_id, (at AT TIME ZONE 'Asia/Tokyo')::date
)
SELECT CASE WHEN m.id IS NOT NULL THEN replace(s.kind, 'reserved', 'letter')
    WHEN d.chat_id IS NOT NULL THEN replace(s.kind, 'reserved', 'chat') ELSE s.kind END AS kind,
  s.day, s.talk_id, v.id AS reservation_id, m.id AS letter_id, d.chat_id,
  coalesce(v.starts_at, t.entered_at, m.ended_at, d.starts_at) AS starts_at,
  CASE WHEN s.hold_id IS NULL THEN s.minutes ELSE v.minutes END AS minutes, k.id AS cast_id,
  k.nickname AS name, s.paid, s.given,
  coalesce((SELECT id FROM selling_rules WHERE since <= s.sold_at ORDER BY since DESC LIMIT 1),
    (SELECT min(id) FROM selling_rules)) AS rule,
  (SELECT registration FROM registration_days WHERE user_id = k.id AND since <= s.sold_at
    ORDER BY since DESC LIMIT 1) AS registration
FROM summed s LEFT JOIN wallets w ON w.id = s.cast_wallet
LEFT JOIN reservations v ON v.hold_id = s.hold_id LEFT JOIN talks t ON t.id = s.talk_id
LEFT JOIN letters m ON m.hold_id = s.hold_id LEFT JOIN chat_days d ON d.hold_id = s.hold_id
JOIN users k ON k.id = coalesce(w.user_id, v.cast_id, m.cast_id, d.member_id)
ORDER BY s.at, s.talk_id, s.hold_id, s.kind
""")
_MONTHS = sa.text("""
SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'Asia/Tokyo')::date AS month FROM (
  SELECT at FROM charges WHERE payer_wallet = ANY (:wallets)
  UNION ALL SELECT at FROM charge_returns WHERE payer_wallet = ANY (:wallets)
  UNION ALL SELECT t.at FROM holds h JOIN transfers t ON t.hold_id = h.id
    AND t.kind IN ('reserved', 'reserved_fee', 'reserved_return', 'reserved_fee_return')
    WHERE h.wallet_id = ANY (:wallets)) u
ORDER BY month DESC LIMIT 240
""")
_WALLETS = sa.text("SELECT id FROM wallets WHERE user_id = :user AND kind IN ('points', 'tab')")


async def months(tx: Tx, user_id: int) -> list[date]:
    """Return the months in which a user's points were used, by their first day, latest first."""
    found = await tx.execute(_MONTHS, {"wallets": await _wallets(tx, user_id)})
    return list(found.scalars())


async def of_month(tx: Tx, settings: Settings, user_id: int, month: date) -> UsageMonth:
    """Return what a user's points were used for in the month whose first day this is."""
    since, until = rules.month_bounds(month)
    wallets = await _wallets(tx, user_id)
    found = await tx.execute(_LINES, {"wallets": wallets, "since": since, "until": until})
    lines = typed_all(UsageLine, found.mappings())
    sellers = await _sellers(tx, settings)
    by = sorted(lines, key=lambda line: _seller(sellers[line.rule], line))
    sold = [
        _sold(sellers[group[0].rule], group)
        for _, each in groupby(by, key=lambda line: _seller(sellers[line.rule], line))
        for group in [list(each)]
    ]
    return UsageMonth(month, until <= await clock(tx), sold)


async def _wallets(tx: Tx, user_id: int) -> list[int]:
    return list(await tx.scalars(_WALLETS, {"user": user_id}))


async def _sellers(tx: Tx, settings: Settings) -> dict[int | None, SellingRule]:
    """Every rule by its id; None is what the settings say, where none was written down yet."""
    found = (await tx.execute(sa.select(selling_rules))).mappings()
    return {None: rule_of(settings)} | {row["id"]: typed(SellingRule, row) for row in found}


def _seller(rule: SellingRule, line: UsageLine) -> tuple[int, int, str]:
    """What stands together on a statement: of the site by rule, of casts by person and number."""
    if rule.seller == "site":
        return line.rule or 0, 0, ""
    return line.rule or 0, line.cast_id, line.registration or ""


def _sold(rule: SellingRule, lines: Sequence[UsageLine]) -> UsageBy:
    paid = sum(line.paid for line in lines)
    tax = tax_within(abs(paid), rule.tax_percent)
    casts = rule.seller == "cast"
    return UsageBy(
        rule=rule,
        cast=lines[-1].name if casts else None,
        registration=lines[-1].registration if casts else rule.registration,
        lines=lines,
        paid=paid,
        given=sum(line.given for line in lines),
        tax=tax if paid >= 0 else -tax,
    )
