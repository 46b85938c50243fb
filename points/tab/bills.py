"""Bills: what was used on a tab, once it is over. Each talk, reservation, letter is billed once.

The wallet of the tab is the lock of everything here. See `points.tab.payments` for what pays them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx, clock
from foundation.row_types import typed_all
from foundation.settings import Settings
from points.ledger import credit
from points.tab import placing
from points.tab.grounds import LEAST_YEN
from points.tab.payments import TabPayment, settle, take_back
from points.tables import tab_bill_lines, tab_bills

__all__ = [
    "Bill",
    "BillLine",
    "TabPayment",
    "bills_of",
    "lines_of",
    "make_due",
    "make_due_letter",
    "make_due_reservation",
    "returned",
    "settle",
    "take_back",
]


@dataclass(frozen=True)
class Bill:
    """A bill in yen: of what it comes to, so much was paid or written off; the rest is owed."""

    id: int
    user_id: int
    yen: int
    paid: int
    written_off: int
    state: str
    made_at: datetime
    due_at: datetime
    paid_at: datetime | None

    @property
    def owed(self) -> int:
        """What is still to be paid of it."""
        return self.yen - self.paid - self.written_off


@dataclass(frozen=True)
class BillLine:
    """What a talk, reservation or letter cost, less what was returned; without a bill it waits."""

    id: int
    bill_id: int | None
    talk_id: int | None
    reservation_id: int | None
    letter_id: int | None
    yen: int
    returned: int
    made_at: datetime


_TALK = sa.text("""
SELECT max(w.user_id) AS user_id, coalesce(sum(c.gross - coalesce(r.gross, 0)), 0)::bigint AS yen
FROM charges c JOIN wallets w ON w.id = c.payer_wallet AND w.kind = 'tab'
LEFT JOIN charge_returns r USING (talk_id, minute) WHERE c.talk_id = :id
""")


def _held_by(table: str) -> sa.TextClause:
    return sa.text(f"""
SELECT max(w.user_id) AS user_id, coalesce(sum(h.share + h.fee), 0)::bigint AS yen
FROM {table} r JOIN holds h ON h.id = r.hold_id
JOIN wallets w ON w.id = h.wallet_id AND w.kind = 'tab' WHERE r.id = :id
""")  # noqa: S608 - names of our own tables


# Of each column of a line, what it names cost.
_COST = {
    "talk_id": _TALK,
    "reservation_id": _held_by("reservations"),
    "letter_id": _held_by("letters"),
}


async def make_due(tx: Tx, settings: Settings, talk_id: int) -> int | None:
    """Bill what a talk that is over cost on a tab, once; return the bill, if there is one now.

    Less than `LEAST_YEN` waits for the next. A talk that cost nothing makes no line.
    """
    return await _make_line(tx, settings, "talk_id", talk_id)


async def make_due_reservation(tx: Tx, settings: Settings, reservation_id: int) -> int | None:
    """Bill what a reservation cost on a tab, once it is settled; else as `make_due`."""
    return await _make_line(tx, settings, "reservation_id", reservation_id)


async def make_due_letter(tx: Tx, settings: Settings, letter_id: int) -> int | None:
    """Bill what a letter cost on a tab, once it is answered; else as `make_due`."""
    return await _make_line(tx, settings, "letter_id", letter_id)


async def _make_line(tx: Tx, settings: Settings, of: str, subject: int) -> int | None:
    cost = _COST[of]
    user_id = (await tx.execute(cost, {"id": subject})).one().user_id
    if user_id is None:
        return None
    wallet = await credit.lock_tab(tx, user_id)
    # Read again: a return may have been waited for.
    yen = (await tx.execute(cost, {"id": subject})).one().yen
    if not yen:
        return None
    values = {"user_id": user_id, of: subject, "yen": yen}
    made = insert(tab_bill_lines).values(values).on_conflict_do_nothing(index_elements=[of])
    if await tx.scalar(made.returning(tab_bill_lines.c.id)) is None:
        return None
    return await _collect(tx, settings, user_id, wallet)


async def _collect(tx: Tx, settings: Settings, user_id: int, wallet: int) -> int | None:
    """Put what waits on a bill, where it is enough; what is over of payments pays it at once."""
    total = await waiting(tx, user_id)
    if total < LEAST_YEN:
        return None
    bill_id = await put_on_a_bill(tx, user_id, total, timedelta(days=settings.tab_days))
    await placing.level(tx, user_id, wallet)
    return bill_id


async def waiting(tx: Tx, user_id: int) -> int:
    """Return the yen of lines that wait for a bill."""
    open_yen = sa.func.sum(tab_bill_lines.c.yen - tab_bill_lines.c.returned)
    return int(await tx.scalar(sa.select(open_yen).where(_waits(user_id))) or 0)


async def put_on_a_bill(tx: Tx, user_id: int, yen: int, term: timedelta) -> int:
    """Make a bill of all lines that wait, which come to so many yen; return its id."""
    now = await clock(tx)
    values = {"user_id": user_id, "yen": yen, "made_at": now, "due_at": now + term}
    bill_id = await tx.scalar(insert(tab_bills).values(values).returning(tab_bills.c.id))
    assert bill_id is not None
    await tx.execute(sa.update(tab_bill_lines).where(_waits(user_id)).values(bill_id=bill_id))
    return int(bill_id)


def _waits(user_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(tab_bill_lines.c.user_id == user_id, tab_bill_lines.c.bill_id.is_(None))


async def returned(
    tx: Tx,
    *,
    talk_id: int | None = None,
    reservation_id: int | None = None,
    letter_id: int | None = None,
) -> None:
    """Bring the line of one of these to what went back of it, in the ledger, since it was made.

    An open bill gets lower by it. What was paid of it already pays the next bill: never points.
    Nothing happens where it isn't on a tab, or not billed yet.
    """
    named = {"talk_id": talk_id, "reservation_id": reservation_id, "letter_id": letter_id}
    of, subject = next((name, one) for name, one in named.items() if one is not None)
    cost = _COST[of]
    found = (await tx.execute(cost, {"id": subject})).one()
    if found.user_id is None:
        return
    wallet = await credit.lock_tab(tx, found.user_id)
    yen = (await tx.execute(cost, {"id": subject})).one().yen
    line = (
        await tx.execute(sa.select(tab_bill_lines).where(tab_bill_lines.c[of] == subject))
    ).one_or_none()
    if line is None or line.yen - line.returned == yen:
        return
    back = line.yen - line.returned - yen
    mine = tab_bill_lines.c.id == line.id
    await tx.execute(sa.update(tab_bill_lines).where(mine).values(returned=line.yen - yen))
    if line.bill_id is not None:
        await placing.lower(tx, wallet, line.bill_id, back)
        await placing.level(tx, found.user_id, wallet)


_ON_TAB = sa.text("""
SELECT EXISTS (SELECT FROM talks t JOIN wallets w ON w.id = t.payer_wallet AND w.kind = 'tab'
    WHERE t.id = CAST(:talk AS bigint))
  OR EXISTS (SELECT FROM holds h JOIN wallets w ON w.id = h.wallet_id AND w.kind = 'tab'
    WHERE h.id = (SELECT hold_id FROM reservations WHERE id = CAST(:reservation AS bigint))
      OR h.id = (SELECT hold_id FROM letters WHERE id = CAST(:letter AS bigint)))
""")


async def is_on_tab(
    tx: Tx, talk_id: int | None, reservation_id: int | None, letter_id: int | None = None
) -> bool:
    """Say whether a talk, a reservation or a letter is paid afterwards."""
    bounds = {"talk": talk_id, "reservation": reservation_id, "letter": letter_id}
    return bool(await tx.scalar(_ON_TAB, bounds))


async def bills_of(tx: Tx, user_id: int, most: int = 100) -> list[Bill]:
    """Return a member's bills, those that are owed before the others, the latest first."""
    owed = tab_bills.c.state.in_(("open", "paying"))
    found = await tx.execute(
        sa.select(*(tab_bills.c[name] for name in Bill.__dataclass_fields__))
        .where(tab_bills.c.user_id == user_id)
        .order_by(owed.desc(), tab_bills.c.id.desc())
        .limit(most)
    )
    return typed_all(Bill, found.mappings())


async def lines_of(tx: Tx, bill_ids: Sequence[int]) -> list[BillLine]:
    """Return the lines of these bills, in the order in which they were made."""
    found = await tx.execute(
        sa.select(*(tab_bill_lines.c[name] for name in BillLine.__dataclass_fields__))
        .where(tab_bill_lines.c.bill_id.in_(bill_ids))
        .order_by(tab_bill_lines.c.id)
    )
    return typed_all(BillLine, found.mappings())
