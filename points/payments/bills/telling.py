"""「ご利用料金のご案内」: after each talk, reservation or letter on the tab, once, what it came to.

And reminders of bills past their day, by this timetable: `REMINDER_DAYS` after the day on which a
bill was to be paid. Each is sent once; who was out of reach meanwhile gets the latest alone.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from babel.dates import format_date

from foundation.database import Tx
from foundation.language import N_, translate
from foundation.row_types import typed_all
from foundation.settings import Settings
from notify import inbox
from points.rules import SITE_ZONE
from points.tab.grounds import LEAST_YEN
from record import faults
from record.faults import Work

REMINDER_DAYS = (1, 3, 7, 14, 30)
# A line is told within minutes; what is older than this was told, or comes too late.
TOLD_WITHIN_DAYS = 3
DAY = {"ja": "M月d日", "en": "d MMMM"}

TITLE = N_("ご利用料金のご案内（%(yen)s円）")
TALK = N_("%(name)sさんとの通話（%(minutes)s分）のご利用料金は%(yen)s円です。")
LETTER = N_("%(name)sさんへのメール相談のご利用料金は%(yen)s円です。")
RESERVED = N_("%(name)sさんとの予約のご利用料金は%(yen)s円です。")
UNTIL = N_("%(day)sまでに、「後払い」のページの「お支払い手続き」からお支払いください。")
BY_ITSELF = N_("保存したカードで、自動でお支払いいただきます。お手続きはいりません。")
WAITS = N_("50円に満たないため、次のご利用料金と一緒にお支払いいただきます。")
PAID = N_("以前にお預かりした分でお支払い済みです。お手続きはいりません。")

LATE_TITLE = N_("お支払い期限を過ぎています（%(yen)s円）")
LATE = N_(
    "%(day)sがお支払い期限のご利用料金 %(yen)s円のお支払いを、まだ確認できていません。"
    "お支払いが済むまで、後払いはご利用いただけません（ポイントでのお支払いはご利用いただけます）。"
    "行き違いでお支払い済みのときは、ご容赦ください。"
)

TELL = Work("tell_bill", "tab_bill_lines", lambda line: str(line.id))
_KEY = "b.id || ':' || :day"
REMIND = Work("remind_bill", "tab_bills", lambda row: row.key)


@dataclass(frozen=True)
class UntoldLine:
    """What one talk, reservation or letter came to, for who pays it. `state` is of its bill."""

    id: int
    user_id: int
    locale: str
    yen: int
    name: str
    talk_id: int | None
    letter_id: int | None
    minutes: int
    due_at: datetime | None
    state: str | None
    by_itself: bool


_UNTOLD = sa.text(f"""
SELECT l.id, l.user_id, u.locale, l.yen - l.returned AS yen, c.nickname AS name, l.talk_id,
  l.letter_id,
  (SELECT count(*) FROM charges x WHERE x.talk_id = l.talk_id)::integer AS minutes,
  b.due_at, b.state,
  coalesce(a.wanted, false) AND p.card IS NOT NULL AS by_itself
FROM tab_bill_lines l JOIN users u ON u.id = l.user_id
LEFT JOIN talks t ON t.id = l.talk_id LEFT JOIN reservations r ON r.id = l.reservation_id
LEFT JOIN letters m ON m.id = l.letter_id
JOIN users c ON c.id = coalesce(t.cast_id, r.cast_id, m.cast_id)
LEFT JOIN tab_bills b ON b.id = l.bill_id
LEFT JOIN tab_auto_pays a ON a.user_id = l.user_id
LEFT JOIN payers p ON p.user_id = l.user_id AND p.provider = :provider
WHERE l.made_at > clock_timestamp() - {TOLD_WITHIN_DAYS} * interval '1 day'
  AND u.withdrawn_at IS NULL AND l.yen > l.returned
  AND NOT EXISTS (SELECT FROM notices n
    WHERE n.user_id = l.user_id AND n.key = 'bill_line:' || l.id)
  AND {TELL.is_due("l.id::text")}
ORDER BY l.id LIMIT :most
""")  # noqa: S608 - figures and a fixed text of ours


async def tell(tx: Tx, settings: Settings, most: int) -> int:
    """Tell up to `most` people what a talk or reservation on the tab came to; return how many."""
    provider = "stripe" if settings.stripe_secret_key else "demo"
    rows = await tx.execute(_UNTOLD, {"most": most, "provider": provider})
    found = typed_all(UntoldLine, rows.mappings())
    await faults.each(tx, TELL, found, partial(_tell, tx, settings))
    return len(found)


async def _tell(tx: Tx, settings: Settings, line: UntoldLine) -> None:
    figures = {"yen": f"{line.yen:,}", "name": line.name, "minutes": line.minutes}
    what = TALK if line.talk_id is not None else LETTER if line.letter_id is not None else RESERVED
    texts = [translate(line.locale, what, **figures), _how(line)]
    await inbox.tell(
        tx,
        line.user_id,
        kind="bill",
        key=f"bill_line:{line.id}",
        title=translate(line.locale, TITLE, **figures),
        text="\n".join(texts),
        link="/tab",
        site=settings.public_url,
    )


def _how(line: UntoldLine) -> str:
    """Say how and until when it is to be paid."""
    if line.due_at is None:
        return translate(line.locale, WAITS)
    if line.state == "paid":
        return translate(line.locale, PAID)
    if line.by_itself:
        return translate(line.locale, BY_ITSELF)
    return translate(line.locale, UNTIL, day=day_of(line.due_at, line.locale))


@dataclass(frozen=True)
class LateBill:
    """A bill past its day, of which its payer is reminded; `owed` in yen."""

    key: str
    id: int
    user_id: int
    locale: str
    owed: int
    due_at: datetime


_LATE = sa.text(f"""
SELECT {_KEY} AS key, b.id, b.user_id, u.locale, b.yen - b.paid - b.written_off AS owed, b.due_at
FROM tab_bills b JOIN users u ON u.id = b.user_id
WHERE b.state IN ('open', 'paying') AND u.withdrawn_at IS NULL
  AND b.due_at <= clock_timestamp() - :from * interval '1 day'
  AND b.due_at > clock_timestamp() - :until * interval '1 day'
  AND {LEAST_YEN} <= (SELECT sum(o.yen - o.paid - o.written_off) FROM tab_bills o
    WHERE o.user_id = b.user_id AND o.state IN ('open', 'paying'))
  AND NOT EXISTS (SELECT FROM notices n
    WHERE n.user_id = b.user_id AND n.key = 'bill_late:' || b.id || ':' || :day)
  AND {REMIND.is_due(_KEY)}
ORDER BY b.due_at, b.id LIMIT :most
""")  # noqa: S608 - fixed texts of ours


async def remind(tx: Tx, settings: Settings, most: int) -> int:
    """Remind up to `most` people of bills past their day; return how many, or can't be.

    Each bill once for each day of the timetable, however often this runs. Of less than can be
    collected nobody is reminded: it keeps nobody from the tab either.
    """
    told = 0
    ends = (*REMINDER_DAYS[1:], REMINDER_DAYS[-1] + TOLD_WITHIN_DAYS)
    for day, until in zip(REMINDER_DAYS, ends, strict=True):
        bounds = {"from": day, "until": until, "day": str(day), "most": most - told}
        found = typed_all(LateBill, (await tx.execute(_LATE, bounds)).mappings())
        await faults.each(tx, REMIND, found, partial(_remind, tx, settings, day))
        told += len(found)
    return told


async def _remind(tx: Tx, settings: Settings, day: int, bill: LateBill) -> None:
    words = {"yen": f"{bill.owed:,}", "day": day_of(bill.due_at, bill.locale)}
    await inbox.tell(
        tx,
        bill.user_id,
        kind="bill",
        key=f"bill_late:{bill.id}:{day}",
        title=translate(bill.locale, LATE_TITLE, **words),
        text=translate(bill.locale, LATE, **words),
        link="/tab",
        site=settings.public_url,
    )


def day_of(moment: datetime, locale: str) -> str:
    """Return the site's day of a moment, in the reader's words."""
    return format_date(
        moment.astimezone(SITE_ZONE).date(), DAY.get(locale, DAY["ja"]), locale=locale
    )
