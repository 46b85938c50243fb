"""The bounds that customers set for themselves: points a day and a month, and a time to cool off.

A day and a month are Asia/Tokyo's. What is lowered holds at once; what is raised or taken away
holds `RAISE_HOURS` later, so that nobody raises a limit in the heat of the moment.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_one
from points import rules
from points.tables import spending_limits

RAISE_HOURS = 24
# So long an order that was begun counts as bought: it may be paid at any moment. Later it is
# measured again when its page opens.
ORDER_MINUTES = 60
LONGEST_COOL_OFF_DAYS = 365


@dataclass(frozen=True)
class Chosen:
    """What a user set for themselves, in points (None: no limit)."""

    day_points: int | None = None
    month_points: int | None = None
    cool_off_until: datetime | None = None
    next_day_points: int | None = None
    next_month_points: int | None = None
    next_from: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Limits(Chosen):
    """A user's limits in points (None: no limit), and what they have used of them.

    `begun` are points of orders that were begun a while ago at most, and may still be paid.
    `next_from` is when `next_day_points` and `next_month_points` take the place of the present
    ones, where something was raised.
    """

    spent_today: int
    spent_this_month: int
    bought_today: int
    bought_this_month: int
    begun: int

    @property
    def spendable(self) -> int | None:
        """The points that may still be spent; None where no limit is set."""
        return _least(
            (self.day_points, self.spent_today), (self.month_points, self.spent_this_month)
        )

    @property
    def buyable(self) -> int | None:
        """The points that may still be bought; None where no limit is set."""
        return _least(
            (self.day_points, self.bought_today + self.begun),
            (self.month_points, self.bought_this_month + self.begun),
        )


async def limits_of(tx: Tx, user_id: int, *, beside: int | None = None) -> Limits:
    """Return a user's limits as they hold now, and what was spent and bought within them.

    `beside` is a purchase that doesn't count: the one that is asked about.
    """
    now = await clock(tx)
    chosen = await _chosen(tx, user_id, now)
    used = await tx.execute(
        _USED,
        {
            "user": user_id,
            "day": rules.day_began(now),
            "month": rules.month_began(now),
            "begun_since": now - timedelta(minutes=ORDER_MINUTES),
            "beside": beside,
        },
    )
    return Limits(**asdict(chosen), **used.mappings().one())


async def set_limits(
    tx: Tx, user_id: int, *, day_points: int | None, month_points: int | None
) -> Limits:
    """Set a user's limits (None: none): lowering holds at once, raising after 24 hours.

    Raises UserError `limit_out_of_bounds` (400).
    """
    for points in (day_points, month_points):
        if points is not None and points != 0 and not rules.is_amount(points):
            raise UserError("limit_out_of_bounds", N_("上限の値が正しくありません。"), status=400)
    now = await clock(tx)
    await lock(tx, user_id)
    chosen = await _chosen(tx, user_id, now)
    day = lowered(chosen.day_points, day_points)
    month = lowered(chosen.month_points, month_points)
    raised = (day, month) != (day_points, month_points)
    await _store(
        tx,
        user_id,
        day_points=day,
        month_points=month,
        next_day_points=day_points if raised else None,
        next_month_points=month_points if raised else None,
        next_from=now + timedelta(hours=RAISE_HOURS) if raised else None,
    )
    return await limits_of(tx, user_id)


async def cool_off(tx: Tx, user_id: int, days: int) -> datetime:
    """Let a user buy nothing for so many days; return until when. It can't be cut short.

    Raises UserError `cool_off_out_of_bounds` (400).
    """
    if type(days) is not int or not 1 <= days <= LONGEST_COOL_OFF_DAYS:
        raise UserError("cool_off_out_of_bounds", N_("期間が正しくありません。"), status=400)
    now = await clock(tx)
    await lock(tx, user_id)
    before = (await _chosen(tx, user_id, now)).cool_off_until
    until = now + timedelta(days=days)
    if before is not None and before > until:
        until = before
    await _store(tx, user_id, cool_off_until=until)
    return until


async def lock(tx: Tx, user_id: int) -> None:
    """Let one at a time look at a user's limits and act on them, until the transaction ends."""
    await tx.execute(insert(spending_limits).values(user_id=user_id).on_conflict_do_nothing())
    mine = spending_limits.c.user_id == user_id
    await locks.lock(tx, sa.select(spending_limits.c.user_id).where(mine))


async def check_purchase(tx: Tx, user_id: int, points: int, *, beside: int | None = None) -> None:
    """Refuse a purchase that the user's own limits forbid.

    Who acts on the answer holds the user's `lock`. `beside` is the purchase itself, where it is
    begun already. Raises UserError `cooling_off` (until) or `purchase_over_limit` (points: what
    may be bought).
    """
    limits = await limits_of(tx, user_id, beside=beside)
    if limits.cool_off_until is not None:
        raise UserError(
            "cooling_off",
            N_("購入の休止中です。設定した期間が終わるまで購入できません。"),
            until=limits.cool_off_until,
        )
    if limits.buyable is not None and points > limits.buyable:
        raise UserError(
            "purchase_over_limit",
            N_("ご自身で設定した上限を超えます。いま購入できるのは%(points)sポイントまでです。"),
            points=limits.buyable,
        )


async def spendable_minutes(tx: Tx, user_id: int, rate: int) -> int | None:
    """Return how many minutes at `rate` the user's own limits still allow; None: no limit."""
    left = (await limits_of(tx, user_id)).spendable
    return None if left is None else rules.affordable_minutes(left, rate)


async def check_hold(tx: Tx, user_id: int, points: int) -> None:
    """Refuse to set points aside that the user's own limits forbid to spend.

    Raises UserError `own_limit_reached` (points: what may still be spent).
    """
    left = (await limits_of(tx, user_id)).spendable
    if left is not None and points > left:
        raise UserError(
            "own_limit_reached",
            N_("ご自身で設定した上限を超えます。いま使えるのは%(points)sポイントまでです。"),
            points=left,
        )


def lowered(before: int | None, wanted: int | None) -> int | None:
    """Return what holds at once of a wanted limit: it if it is lower, else what held before."""
    if before is None or (wanted is not None and wanted < before):
        return wanted
    return before


def _least(*limits: tuple[int | None, int]) -> int | None:
    left = [limit - used for limit, used in limits if limit is not None]
    return max(0, min(left)) if left else None


async def _chosen(tx: Tx, user_id: int, now: datetime) -> Chosen:
    """What the user chose, as it holds now: a raise whose time has come is in force."""
    found = await tx.execute(sa.select(spending_limits).where(spending_limits.c.user_id == user_id))
    chosen = typed_one(Chosen, found.mappings()) or Chosen()
    if chosen.next_from is not None and chosen.next_from <= now:
        chosen = Chosen(chosen.next_day_points, chosen.next_month_points, chosen.cool_off_until)
    if chosen.cool_off_until is not None and chosen.cool_off_until <= now:
        chosen = replace(chosen, cool_off_until=None)
    return chosen


async def _store(tx: Tx, user_id: int, **values: object) -> None:
    await tx.execute(
        sa.update(spending_limits).where(spending_limits.c.user_id == user_id).values(**values)
    )


# What is paid afterwards counts as what is paid by points. A minute given back counts as not spent,
# on the day on which it was charged; points held for a reservation count as spent on the day on
# which they were, unless they were released. A payment at a convenience store counts as bought from
# its beginning: it can't be refused when it is made.
_USED = sa.text("""
WITH mine AS (
  SELECT id FROM wallets WHERE user_id = :user AND kind IN ('points', 'tab')
), spent AS (
  SELECT c.at, c.gross - coalesce(r.gross, 0) AS points
  FROM charges c LEFT JOIN charge_returns r USING (talk_id, minute)
  WHERE c.payer_wallet IN (SELECT id FROM mine)
    AND c.at >= :month
  UNION ALL
  SELECT h.at, h.points - h.released FROM holds h
  WHERE h.wallet_id IN (SELECT id FROM mine)
    AND h.at >= :month
), bought AS (
  SELECT coalesce(paid_at, created_at) AS at, points FROM purchases
  WHERE user_id = :user AND coalesce(paid_at, created_at) >= :month
    AND (state = 'paid' OR (state = 'created' AND method = 'konbini'))
    AND id IS DISTINCT FROM CAST(:beside AS bigint)
)
SELECT
  coalesce((SELECT sum(points) FROM spent WHERE at >= :day), 0)::bigint AS spent_today,
  coalesce((SELECT sum(points) FROM spent), 0)::bigint AS spent_this_month,
  coalesce((SELECT sum(points) FROM bought WHERE at >= :day), 0)::bigint AS bought_today,
  coalesce((SELECT sum(points) FROM bought), 0)::bigint AS bought_this_month,
  coalesce((SELECT sum(points) FROM purchases
    WHERE user_id = :user AND state = 'created' AND method IS DISTINCT FROM 'konbini'
      AND created_at >= :begun_since AND id IS DISTINCT FROM CAST(:beside AS bigint)
  ), 0)::bigint AS begun
""")
