"""The day's summary: after its end, by a cast's own clock, where there is something to say."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from foundation import times
from foundation.database import Tx
from foundation.language import N_, translate
from foundation.row_types import typed_all
from foundation.settings import Settings
from notify import inbox
from points import earnings
from record import faults
from record.faults import Work

AT_ONCE = 200
# Later than this a summary is none any more. The longest day has an hour more than others.
WORTH_HOURS, LONGEST_DAY_HOURS = 12, 25

TITLE = N_("%(day)sのまとめ")
EARNED = N_("報酬：%(points)s pt")
RETURNED = N_("そのうち返却：−%(points)s pt")
TALKS = N_("通話：%(n)s回（%(minutes)s分）")
ASKED = N_("お返事を待っているリクエスト：%(n)s件")
NEXT = N_("次の予約：%(when)s")
SUM_UP = Work("sum_up_day", "user", lambda one: one.cast_id)


@dataclass(frozen=True)
class DayOver:
    """A cast's day that is over, from `since` to before `until`, in their own zone."""

    cast_id: int
    locale: str
    time_zone: str
    day: date
    since: datetime
    until: datetime
    talks: int
    minutes: int
    asked: int
    next_at: datetime | None


# Of those whose earnings moved of late, by the clock of each their day before, if they moved in it.
# There the clock is read once, so that an index finds what is late among years of it.
_OVER = sa.text("""
WITH moved AS (
  SELECT cast_wallet AS wallet FROM charges
    WHERE at > (SELECT clock_timestamp()) - :late * interval '1 h'
  UNION SELECT credit_wallet FROM transfers
    WHERE kind = 'reserved' AND at > (SELECT clock_timestamp()) - :late * interval '1 h'
  UNION SELECT debit_wallet FROM transfers
    WHERE kind = 'reserved_return' AND at > (SELECT clock_timestamp()) - :late * interval '1 h'
  UNION SELECT c.cast_wallet FROM charge_returns b JOIN charges c USING (talk_id, minute)
    WHERE b.at > (SELECT clock_timestamp()) - :late * interval '1 h'
), days AS (
  SELECT u.id AS cast_id, u.locale, u.time_zone, w.id AS wallet,
    ((clock_timestamp() AT TIME ZONE u.time_zone)::date - 1) AS day
  FROM moved m JOIN wallets w ON w.id = m.wallet AND w.kind = 'earnings'
  JOIN users u ON u.id = w.user_id WHERE u.withdrawn_at IS NULL
), bounds AS (
  SELECT *, day::timestamp AT TIME ZONE time_zone AS since,
    (day + 1)::timestamp AT TIME ZONE time_zone AS until FROM days
), news AS (
  SELECT * FROM bounds d WHERE until > clock_timestamp() - :worth * interval '1 h'
    AND NOT EXISTS (SELECT FROM notices n WHERE n.user_id = d.cast_id AND n.key = 'day:' || d.day)
    AND (EXISTS (SELECT FROM charges WHERE cast_wallet = d.wallet AND at >= since AND at < until)
      OR EXISTS (SELECT FROM transfers t WHERE d.wallet IN (t.credit_wallet, t.debit_wallet)
        AND t.at >= since AND t.at < until)
      OR EXISTS (SELECT FROM charge_returns b JOIN charges c USING (talk_id, minute)
        WHERE c.cast_wallet = d.wallet AND b.at >= since AND b.at < until))
  LIMIT :most
)
SELECT n.cast_id, n.locale, n.time_zone, n.day, n.since, n.until, t.talks, t.minutes,
  (SELECT count(*) FROM reservation_requests q WHERE q.cast_id = n.cast_id
    AND q.state = 'open')::integer AS asked,
  (SELECT min(starts_at) FROM reservations v WHERE v.cast_id = n.cast_id AND v.state = 'booked'
    AND v.starts_at > clock_timestamp()) AS next_at
FROM news n CROSS JOIN LATERAL (
  SELECT count(*)::integer AS talks, coalesce(sum(connected_ms) / 60000, 0)::integer AS minutes
  FROM talks WHERE cast_id = n.cast_id AND connected_ms > 0
    AND ended_at >= n.since AND ended_at < n.until) t
ORDER BY n.cast_id
""")


async def tell(tx: Tx, settings: Settings) -> int:
    """Tell casts whose day is over what it brought; return how many were told.

    Call it again, in a new transaction, while it returns any.
    """
    found = await tx.execute(
        _OVER, {"worth": WORTH_HOURS, "late": LONGEST_DAY_HOURS + WORTH_HOURS, "most": AT_ONCE}
    )
    over = typed_all(DayOver, found.mappings())
    done = await faults.each(tx, SUM_UP, over, lambda one: _tell(tx, settings, one), at_once=True)
    return len(done)


async def _tell(tx: Tx, settings: Settings, one: DayOver) -> None:
    wallet = await earnings.wallet_of(tx, one.cast_id)
    earned = await earnings.total(tx, wallet, one.since, one.until)
    lines = [_said(one, EARNED, points=f"{earned.net:,}")]
    if earned.returned:
        lines.append(_said(one, RETURNED, points=f"{earned.returned:,}"))
    if one.talks:
        lines.append(_said(one, TALKS, n=one.talks, minutes=one.minutes))
    if one.asked:
        lines.append(_said(one, ASKED, n=one.asked))
    if one.next_at is not None:
        when = times.moment(one.next_at, ZoneInfo(one.time_zone), one.locale)
        lines.append(_said(one, NEXT, when=when))
    await inbox.tell(
        tx,
        one.cast_id,
        kind="day",
        key=f"day:{one.day}",
        title=_said(one, TITLE, day=times.day(one.day, one.locale)),
        text="\n".join(lines),
        link="/console/earnings",
        site=settings.public_url,
    )


def _said(one: DayOver, text: str, **values: object) -> str:
    return translate(one.locale, text, **values)
