"""Reminders of points that expire soon: two weeks and three days before, with the amount."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

import sqlalchemy as sa
from babel.dates import format_date

from foundation.database import Tx
from foundation.language import N_, translate
from foundation.row_types import typed_all
from notify import inbox
from points.rules import SITE_ZONE
from record import faults
from record.faults import Work

# The earliest reminder of each: from so many days before the points expire, down to the next.
DAYS = (14, 3)

TITLE = N_("%(points)sポイントの期限が%(day)sです")
TEXT = N_(
    "お持ちのポイントのうち%(points)sポイントは、%(day)sの終わり（日本時間）に期限が切れます。"
    "それまでの通話にお使いください。"
)
DAY = {"ja": "M月d日", "en": "d MMMM"}

_KEY = "w.user_id || ':' || :within || ':' || floor(extract(epoch FROM l.expires_at))::bigint"
# Lots of one wallet that expire at one moment are one reminder, unless it was sent before.
REMIND = Work("remind_expiry", "lots", lambda row: row.key)
_DUE = sa.text(f"""
SELECT w.user_id, u.locale, l.expires_at, sum(l.remaining)::bigint AS points, {_KEY} AS key
FROM lots l JOIN wallets w ON w.id = l.wallet_id AND w.kind = 'points'
JOIN users u ON u.id = w.user_id
WHERE NOT l.closed AND u.withdrawn_at IS NULL
  AND l.expires_at > clock_timestamp() + :after * interval '1 day'
  AND l.expires_at <= clock_timestamp() + :within * interval '1 day'
  AND NOT EXISTS (
    SELECT FROM notices n WHERE n.user_id = w.user_id
      AND n.key = 'expiry:' || :within || ':' || floor(extract(epoch FROM l.expires_at))::bigint)
  AND {REMIND.is_due(_KEY)}
GROUP BY w.user_id, u.locale, l.expires_at
ORDER BY l.expires_at, w.user_id LIMIT :most
""")  # noqa: S608 - one fixed text within another


@dataclass(frozen=True)
class ToRemind:
    """Points of one user that expire at one moment, of which they are told."""

    user_id: int
    locale: str
    expires_at: datetime
    points: int
    key: str


async def remind(tx: Tx, site: str | None, most: int) -> int:
    """Tell up to `most` people of points that expire soon; return how many were told, or can't be.

    Each is told once of each expiry and each distance, however often this runs.
    """
    told = 0

    async def tell(within: int, row: ToRemind) -> None:
        nonlocal told
        told += await _tell(tx, row, within, site)

    for within, after in zip(DAYS, (*DAYS[1:], 0), strict=True):
        rows = await tx.execute(_DUE, {"within": within, "after": after, "most": most - told})
        found = typed_all(ToRemind, rows.mappings())
        done = await faults.each(tx, REMIND, found, partial(tell, within))
        told += len(found) - len(done)
    return told


async def _tell(tx: Tx, row: ToRemind, within: int, site: str | None) -> bool:
    words = {"points": f"{row.points:,}", "day": last_day(row.expires_at, row.locale)}
    return await inbox.tell(
        tx,
        row.user_id,
        kind="expiry",
        key=f"expiry:{within}:{int(row.expires_at.timestamp())}",
        title=translate(row.locale, TITLE, **words),
        text=translate(row.locale, TEXT, **words),
        link="/points",
        site=site,
    )


def last_day(expires_at: datetime, locale: str) -> str:
    """Return the site's last day on which points are good, in the reader's words."""
    day: date = (expires_at - datetime.resolution).astimezone(SITE_ZONE).date()
    return format_date(day, DAY.get(locale, DAY["ja"]), locale=locale)
