"""Which payment pays which bill. The tab's wallet is locked by who calls.

Nothing undoes anything: what was placed and may stand no longer is taken away, then what is free of
payments is placed on what is owed. Every step is a transfer, so the limit follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import DbRow, typed_all
from points.ledger import credit
from points.tables import tab_bill_payments, tab_bills, tab_payments


@dataclass(frozen=True)
class _Payable:
    """A bill and what may still be placed on it: what is owed, or was written off."""

    id: int
    yen: int


@dataclass(frozen=True)
class _Unplaced:
    """What is over of a payment."""

    id: int
    yen: int


@dataclass(frozen=True)
class _Placed:
    """What a payment pays of a bill."""

    payment_id: int
    bill_id: int
    yen: int


async def level(tx: Tx, user_id: int, wallet: int, first: Sequence[int] = ()) -> None:
    """Place what is over of a member's payments on their bills: `first`, then the oldest due."""
    found = await tx.execute(_UNPLACED, {"user": user_id})
    over = typed_all(_Unplaced, found.mappings())
    if not over:
        return
    found = await tx.execute(_PAYABLE, {"user": user_id, "first": list(first)})
    bills = typed_all(_Payable, found.mappings())
    for placed in _matched(over, bills):
        await _place(tx, wallet, placed)


def _matched(over: Sequence[_Unplaced], bills: Sequence[_Payable]) -> list[_Placed]:
    """Which payment pays how much of which bill, both in their order."""
    left = {payment.id: payment.yen for payment in over}
    steps = []
    for bill in bills:
        owed = bill.yen
        for payment_id, yen in left.items():
            part = min(owed, yen)
            if part:
                steps.append(_Placed(payment_id, bill.id, part))
                left[payment_id] -= part
                owed -= part
    return steps


async def lower(tx: Tx, wallet: int, bill_id: int, yen: int) -> None:
    """Lower a bill by what went back of it: what is owed or given up of it, then what is paid."""
    bill = await _bill(tx, bill_id)
    too_much = max(0, bill.paid - (bill.yen - yen))
    for placed in await _placed(tx, bill_id=bill_id, yen=too_much):
        await _take_away(tx, wallet, placed)
    forgiven = max(0, bill.written_off - max(0, bill.yen - yen - bill.paid))
    if forgiven:
        why = f"returned of bill {bill_id}"
        await credit.use_again(tx, wallet, "written_off", forgiven, reason=why)
    await _count(tx, bill_id, yen=-yen, paid=-too_much, written_off=-forgiven)


async def keep_only(tx: Tx, wallet: int, payment_id: int, taken_back: int) -> None:
    """Note what is with a payment's payer again; the bills that it paid too much of are open."""
    payment = (
        await tx.execute(sa.select(tab_payments).where(tab_payments.c.id == payment_id))
    ).one()
    taken_back = min(taken_back, payment.yen)
    too_much = max(0, payment.placed - (payment.yen - taken_back))
    for placed in await _placed(tx, payment_id=payment_id, yen=too_much):
        await _take_away(tx, wallet, placed)
        bill = await _bill(tx, placed.bill_id)
        # What was given up once is given up again.
        again = placed.yen if bill.written_off else 0
        if again:
            why = f"bill {placed.bill_id} written off"
            await credit.free(tx, wallet, "written_off", again, reason=why)
        await _count(tx, placed.bill_id, paid=-placed.yen, written_off=again)
    mine = tab_payments.c.id == payment_id
    await tx.execute(sa.update(tab_payments).where(mine).values(taken_back=taken_back))


async def write_off(tx: Tx, wallet: int, bill_id: int, yen: int) -> None:
    """Give up what is owed of a bill, which is so many yen."""
    await credit.free(tx, wallet, "written_off", yen, reason=f"bill {bill_id} written off")
    await _count(tx, bill_id, written_off=yen)


async def _place(tx: Tx, wallet: int, placed: _Placed) -> None:
    why = f"bill {placed.bill_id} paid"
    source = await credit.free(tx, wallet, "tab_paid", placed.yen, reason=why)
    bill = await _bill(tx, placed.bill_id)
    late = min(bill.written_off, placed.yen)
    if late:
        why = f"bill {placed.bill_id} paid after all"
        await credit.use_again(tx, wallet, "written_off", late, reason=why)
    await _note(tx, source, placed, placed.yen)
    await _count(tx, placed.bill_id, paid=placed.yen, written_off=-late)


async def _take_away(tx: Tx, wallet: int, placed: _Placed) -> None:
    """Take a payment from a bill. The bill's own figures are counted by who calls."""
    why = f"bill {placed.bill_id} not paid"
    source = await credit.use_again(tx, wallet, "tab_paid", placed.yen, reason=why)
    await _note(tx, source, placed, -placed.yen)


async def _note(tx: Tx, source: int, placed: _Placed, yen: int) -> None:
    values = {"payment_id": placed.payment_id, "bill_id": placed.bill_id, "yen": yen}
    await tx.execute(sa.insert(tab_bill_payments).values(id=source, **values))
    mine = tab_payments.c.id == placed.payment_id
    moved = tab_payments.c.placed + yen
    await tx.execute(sa.update(tab_payments).where(mine).values(placed=moved))


# A bill's figures move at once, with what they make of it: no check ever sees half of it.
_COUNT = sa.text("""
UPDATE tab_bills SET yen = yen + :yen, paid = paid + :paid, written_off = written_off + :off,
  state = CASE WHEN paid + :paid = yen + :yen THEN 'paid' WHEN written_off + :off > 0
    THEN 'written_off' WHEN state = 'paying' THEN state ELSE 'open' END,
  paid_at = CASE WHEN paid + :paid = yen + :yen THEN coalesce(paid_at, clock_timestamp()) END
WHERE id = :id
""")


async def _count(
    tx: Tx, bill_id: int, *, yen: int = 0, paid: int = 0, written_off: int = 0
) -> None:
    values = {"id": bill_id, "yen": yen, "paid": paid, "off": written_off}
    await tx.execute(_COUNT, values)


_UNPLACED = sa.text("""
SELECT id, yen - taken_back - placed AS yen FROM tab_payments
WHERE user_id = :user AND yen - taken_back > placed ORDER BY id
""")
_PAYABLE = sa.text("""
SELECT id, yen - paid AS yen FROM tab_bills WHERE user_id = :user AND paid < yen
ORDER BY id <> ALL (CAST(:first AS bigint[])), state = 'written_off', due_at, id
""")
_PLACED = sa.text("""
SELECT payment_id, bill_id, sum(yen)::bigint AS yen FROM tab_bill_payments
WHERE payment_id = CAST(:payment AS bigint) OR bill_id = CAST(:bill AS bigint)
GROUP BY payment_id, bill_id HAVING sum(yen) > 0 ORDER BY max(id) DESC
""")


async def _placed(
    tx: Tx, *, payment_id: int | None = None, bill_id: int | None = None, yen: int
) -> list[_Placed]:
    """What a payment pays, or what pays a bill, up to so many yen: the last placed first."""
    if not yen:
        return []
    found = await tx.execute(_PLACED, {"payment": payment_id, "bill": bill_id})
    parts = []
    for placed in typed_all(_Placed, found.mappings()):
        part = min(placed.yen, yen)
        if part:
            parts.append(_Placed(placed.payment_id, placed.bill_id, part))
            yen -= part
    return parts


async def _bill(tx: Tx, bill_id: int) -> DbRow:
    return (await tx.execute(sa.select(tab_bills).where(tab_bills.c.id == bill_id))).one()
