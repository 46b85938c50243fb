"""Bills past their day, for the staff who see to them: whose, how much, since when."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page, offset
from foundation.row_types import typed_all


@dataclass(frozen=True)
class OverdueBill:
    """A bill past its day: `owed` in yen, `days` since then, how many reminders were sent, and
    whether somebody has proposed to write it off."""

    id: int
    user_id: int
    nickname: str
    owed: int
    made_at: datetime
    due_at: datetime
    days: int
    reminders: int
    proposed: bool


@dataclass(frozen=True)
class OverdueSum:
    """What is past its day in all: bills, people, yen."""

    bills: int
    people: int
    yen: int


_OVERDUE = "b.state IN ('open', 'paying') AND b.due_at <= clock_timestamp()"
_LIST = sa.text(f"""
SELECT b.id, b.user_id, u.nickname, b.yen - b.paid - b.written_off AS owed, b.made_at, b.due_at,
  floor(extract(epoch FROM clock_timestamp() - b.due_at) / 86400)::integer AS days,
  (SELECT count(*) FROM notices n WHERE n.user_id = b.user_id
    AND n.key LIKE 'bill_late:' || b.id || ':%')::integer AS reminders,
  EXISTS (SELECT FROM tab_write_offs o WHERE o.bill_id = b.id AND o.state = 'waiting_second')
    AS proposed
FROM tab_bills b JOIN users u ON u.id = b.user_id WHERE {_OVERDUE}
ORDER BY b.due_at, b.id LIMIT :most OFFSET :offset
""")  # noqa: S608 - a fixed text of ours
_SUM = sa.text(f"""
SELECT count(*) AS bills, count(DISTINCT b.user_id) AS people,
  coalesce(sum(b.yen - b.paid - b.written_off), 0)::bigint AS yen
FROM tab_bills b WHERE {_OVERDUE}
""")  # noqa: S608 - a fixed text of ours


async def overdue(tx: Tx, number: int, size: int) -> Page[OverdueBill]:
    """Return a page of the bills past their day, the oldest first."""
    values = {"most": size + 1, "offset": offset(number, size)}
    found = typed_all(OverdueBill, (await tx.execute(_LIST, values)).mappings())
    return Page.of(found, number, size)


async def in_all(tx: Tx) -> OverdueSum:
    """Return what is past its day in all."""
    row = (await tx.execute(_SUM)).mappings().one()
    return OverdueSum(**row)
