"""A member's bills as their pages show them: with what each was for."""

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed_all
from points.payments.bills.orders import LIVE
from points.payments.bills.tables import tab_order_bills, tab_orders
from points.tab import bills
from points.tab.bills import Bill

MOST_LINES = 500


@dataclass(frozen=True)
class ShownLine:
    """What one talk, reservation or letter came to, with whom; `bill_id`: None while it waits."""

    bill_id: int | None
    talk_id: int | None
    reservation_id: int | None
    letter_id: int | None
    name: str
    at: datetime
    minutes: int
    yen: int


@dataclass(frozen=True)
class ShownBill:
    """A bill with its lines; `problem` is why the last card for it was refused."""

    bill: Bill
    lines: list[ShownLine] = field(default_factory=list)
    problem: str | None = None


_LINES = f"""
SELECT l.bill_id, l.talk_id, l.reservation_id, l.letter_id, c.nickname AS name,
  coalesce(t.entered_at, r.starts_at, m.ended_at) AS at,
  (SELECT count(*) FROM charges x WHERE x.talk_id = l.talk_id)::integer AS minutes,
  l.yen - l.returned AS yen
FROM tab_bill_lines l
LEFT JOIN talks t ON t.id = l.talk_id LEFT JOIN reservations r ON r.id = l.reservation_id
LEFT JOIN letters m ON m.id = l.letter_id
JOIN users c ON c.id = coalesce(t.cast_id, r.cast_id, m.cast_id)
WHERE l.user_id = :user AND (l.bill_id IS NULL OR l.bill_id = ANY(:bills))
ORDER BY l.id LIMIT {MOST_LINES}
"""  # noqa: S608 - a figure of ours


async def bills_of(tx: Tx, user_id: int) -> tuple[list[ShownBill], list[ShownLine]]:
    """Return a member's bills, those that are owed first, and the lines that wait for one."""
    found = await bills.bills_of(tx, user_id)
    values = {"user": user_id, "bills": [bill.id for bill in found]}
    lines = typed_all(ShownLine, (await tx.execute(sa.text(_LINES), values)).mappings())
    problems = await _problems(tx, user_id)
    shown = [
        ShownBill(bill, [line for line in lines if line.bill_id == bill.id], problems.get(bill.id))
        for bill in found
    ]
    return shown, [line for line in lines if line.bill_id is None]


async def _problems(tx: Tx, user_id: int) -> dict[int, str]:
    """Why the latest card for each bill was refused, where one was."""
    rows = await tx.execute(
        sa.select(tab_order_bills.c.bill_id, tab_orders.c.problem)
        .join(tab_orders, tab_orders.c.id == tab_order_bills.c.order_id)
        .where(
            tab_orders.c.user_id == user_id,
            tab_orders.c.state.in_(LIVE),
            tab_orders.c.problem.is_not(None),
        )
        .order_by(tab_orders.c.id)
        .limit(MOST_LINES)
    )
    return {int(row.bill_id): str(row.problem) for row in rows}
