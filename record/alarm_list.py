"""The alarms as members of staff see them, and who looked at each."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.pages import Page, offset
from record import sweeps
from record.acts import MOST_REASON, log_act
from record.tables import alarms


@dataclass(frozen=True)
class Alarm:
    """One alarm. `subject` names what it is about; `seen_at` is null until somebody looked.

    `text` is one of the catalogues', `details` what stands in its places.
    """

    id: int
    kind: str
    text: str
    details: dict[str, str | int | None]
    subject: str
    at: datetime
    seen_at: datetime | None
    seen_by_name: str | None

    def said(self, locale: str) -> str:
        """Return the text in a reader's language."""
        return translate(locale, self.text, **self.details)


_ALARMS = sa.text("""
SELECT a.id, a.kind, a.text, a.details, a.subject, a.at, a.seen_at, u.nickname AS seen_by_name
FROM alarms a LEFT JOIN users u ON u.id = a.seen_by
ORDER BY a.seen_at IS NOT NULL, a.id DESC OFFSET :skip LIMIT :most
""")


async def listed(tx: Tx, number: int, size: int) -> Page[Alarm]:
    """Return a page of alarms: those that nobody has seen first, then the latest first."""
    rows = await tx.execute(_ALARMS, {"skip": offset(number, size), "most": size + 1})
    return Page.of([Alarm(**row) for row in rows.mappings()], number, size)


async def unseen(tx: Tx) -> int:
    """Return how many alarms nobody has seen."""
    count = sa.select(sa.func.count()).select_from(alarms).where(alarms.c.seen_at.is_(None))
    return int(await tx.scalar(count) or 0)


async def mark_seen(tx: Tx, alarm_id: int, actor_id: int) -> Alarm:
    """Note which member of staff takes care of an alarm, and log it; the first who did stays.

    Raises UserError `alarm_unknown` (404), `alarm_seen` where somebody was faster.
    """
    seen = await tx.scalar(
        sa.update(alarms)
        .where(alarms.c.id == alarm_id, alarms.c.seen_at.is_(None))
        .values(seen_at=sa.func.clock_timestamp(), seen_by=actor_id)
        .returning(alarms.c.id)
    )
    row = (await tx.execute(_ONE, {"id": alarm_id})).mappings().one_or_none()
    if row is None:
        raise UserError("alarm_unknown", N_("この警告は見つかりません。"), status=404)
    if seen is None:
        raise UserError("alarm_seen", N_("この警告はほかのスタッフが確認しました。"))
    alarm = Alarm(**row)
    reason = alarm.said("ja")[:MOST_REASON]
    await log_act(tx, actor_id, "alarm.see", f"alarm:{alarm_id}", reason=reason, kind=alarm.kind)
    return alarm


_ONE = sa.text("""
SELECT a.id, a.kind, a.text, a.details, a.subject, a.at, a.seen_at, u.nickname AS seen_by_name
FROM alarms a LEFT JOIN users u ON u.id = a.seen_by WHERE a.id = :id
""")


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` alarms that were seen longer ago; return how many were looked at."""
    old = sweeps.older(alarms.c.seen_at, days)
    return await sweeps.sweep(tx, alarms.c.id, alarms.c.id, old, most)
