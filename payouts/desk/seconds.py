"""Money that one of staff let wait for a second: those who may agree are told of it, once a day.

The pages of staff count it; who opens none for a while learns of it here.
"""

from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from foundation.database import Tx
from foundation.language import N_, translate
from foundation.row_types import typed_all
from foundation.settings import Settings
from notify import inbox
from people.desk import roles
from record import faults
from record.faults import Work

TITLE = N_("2人目の確認を待っている提案があります（%(n)s件）")
TEXT = N_(
    "お金に関わる提案のうち、ほかのスタッフの同意を待っているものが%(n)s件あります。"
    "内容を確かめて、同意するか差し戻してください。"
)
WORK = Work("tell_seconds", "users", lambda row: row.user_id)


@dataclass(frozen=True)
class Second:
    """One of staff who may agree: to how many proposals of others, and `link`, where they stand."""

    user_id: int
    locale: str
    n: int
    link: str
    day: str


# Nobody agrees to what they proposed, or what is about themselves.
_SECONDS = sa.text(f"""
WITH proposals AS (
  SELECT proposed_by AS by, user_id AS about, '/staff/people' AS link FROM adjustments
  WHERE state = 'waiting_second'
  UNION ALL SELECT proposed_by, user_id, '/staff/tab' FROM tab_write_offs
  WHERE state = 'waiting_second'
  UNION ALL SELECT decided_by, user_id, '/staff/claims' FROM claims
  WHERE state = 'waiting_second'
  UNION ALL SELECT proposed_by, user_id, '/staff/payouts' FROM payout_verdicts
  WHERE state = 'waiting_second'
  UNION ALL SELECT proposed_by, NULL, '/staff/payouts' FROM payout_reversals
  WHERE state = 'waiting_second'
  UNION ALL SELECT made_by, NULL, '/staff/payouts' FROM payout_runs
  WHERE state = 'waiting_second'
), today AS (
  SELECT to_char(clock_timestamp() AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM-DD') AS day
)
SELECT u.id AS user_id, u.locale, count(*) AS n, t.day,
  CASE WHEN min(p.link) = max(p.link) THEN min(p.link) ELSE '/staff' END AS link
FROM users u CROSS JOIN today t
JOIN proposals p ON p.by <> u.id AND p.about IS DISTINCT FROM u.id
WHERE u.staff_role = ANY (:roles) AND u.withdrawn_at IS NULL
  AND NOT EXISTS (SELECT FROM notices n
    WHERE n.user_id = u.id AND n.key = 'seconds:' || t.day)
  AND {WORK.is_due("u.id::text")}
GROUP BY u.id, u.locale, t.day ORDER BY u.id LIMIT :most
""")  # noqa: S608 - a fixed text of ours


async def tell(tx: Tx, settings: Settings, most: int) -> int:
    """Tell up to `most` of finance staff that a second one is wanted; return how many, or can't be.

    Once a day (of Tokyo) for each, however many there are, and only those who may agree to one.
    """
    wanted = {"points", "payouts", "claims"}
    may = [role for role in roles.ROLES if wanted <= roles.permissions(role)]
    rows = await tx.execute(_SECONDS, {"roles": may, "most": most})
    found = typed_all(Second, rows.mappings())
    await faults.each(tx, WORK, found, partial(_tell, tx, settings))
    return len(found)


async def _tell(tx: Tx, settings: Settings, one: Second) -> None:
    words = {"n": f"{one.n:,}"}
    await inbox.tell(
        tx,
        one.user_id,
        kind="staff",
        key=f"seconds:{one.day}",
        title=translate(one.locale, TITLE, **words),
        text=translate(one.locale, TEXT, **words),
        link=one.link,
        site=settings.public_url,
    )
