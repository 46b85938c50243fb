"""Orders to pay bills by card: how the provider is asked for each, and how far it is.

Nothing here pays a bill. Only `settling` does, when the provider says that money came.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_all, typed_locked
from points.payments.bills.tables import tab_order_bills, tab_orders
from points.payments.provider import ProviderName
from points.payments.ways import RANGES
from points.tables import tab_bills

BillOrderState = Literal["created", "paid", "failed", "canceled"]

LEAST_YEN = RANGES["card"][0]
MOST_BILLS = 100
LIVE = ("created", "failed")


@dataclass(frozen=True)
class BillOrder:
    """One wish to pay bills. `intent`: what the provider calls it, `problem`: why a card failed."""

    id: int
    user_id: int
    yen: int
    provider: ProviderName
    intent: str | None
    by_itself: bool
    saved_card: str | None
    save_card: bool
    customer: str | None
    site: str | None
    attempt: int
    state: BillOrderState
    problem: str | None
    created_at: datetime
    paid_at: datetime | None

    @property
    def reference(self) -> str:
        """What the provider is told to write beside the payment; the moment in it tells it from
        the same number in another database that uses the same account."""
        moment = int(self.created_at.timestamp()) * 1_000_000 + self.created_at.microsecond
        return f"{self.id}:{moment}"


REFERENCE = re.compile(r"([1-9][0-9]{0,17}):[0-9]{1,20}")
COLUMNS = tuple(tab_orders.c[name] for name in BillOrder.__dataclass_fields__)


async def rivals(tx: Tx, order: BillOrder) -> list[BillOrder]:
    """Return the orders of before that are still to be paid and have a bill in common with this."""
    mine = sa.select(tab_order_bills.c.bill_id).where(tab_order_bills.c.order_id == order.id)
    shared = sa.select(tab_order_bills.c.order_id).where(tab_order_bills.c.bill_id.in_(mine))
    found = await tx.execute(
        sa.select(*COLUMNS)
        .where(
            tab_orders.c.id.in_(shared),
            tab_orders.c.id < order.id,
            tab_orders.c.user_id == order.user_id,
            tab_orders.c.state.in_(LIVE),
        )
        .order_by(tab_orders.c.id)
        .limit(MOST_BILLS)
    )
    return typed_all(BillOrder, found.mappings())


async def is_owed(tx: Tx, order: BillOrder) -> bool:
    """Say whether all that an order was made for is owed still."""
    query = (
        sa.select(sa.func.count())
        .select_from(tab_order_bills.join(tab_bills, tab_bills.c.id == tab_order_bills.c.bill_id))
        .where(
            tab_order_bills.c.order_id == order.id,
            tab_bills.c.yen - tab_bills.c.paid - tab_bills.c.written_off < tab_order_bills.c.yen,
        )
    )
    return not await tx.scalar(query)


async def bills_of(tx: Tx, order_id: int) -> tuple[int, ...]:
    """Return the numbers of the bills that an order pays."""
    query = sa.select(tab_order_bills.c.bill_id).where(tab_order_bills.c.order_id == order_id)
    return tuple((await tx.execute(query.order_by(tab_order_bills.c.bill_id))).scalars())


async def find(tx: Tx, order_id: int, user_id: int) -> BillOrder:
    """Return a member's own order. Raises UserError `bill_order_unknown` (404)."""
    found = await _one(tx, tab_orders.c.id == order_id, tab_orders.c.user_id == user_id)
    if found is None:
        raise UserError("bill_order_unknown", N_("このお支払いは見つかりません。"), status=404)
    return found


async def of_press(tx: Tx, user_id: int, press: str) -> BillOrder | None:
    """Return what a press of a member's began, if anything."""
    return await _one(tx, tab_orders.c.user_id == user_id, tab_orders.c.press == press)


async def of_intent(
    tx: Tx, intent: str | None, reference: str | None, *, lock: bool = False
) -> BillOrder | None:
    """Return the order of a provider's payment, by its name or by our reference beside it."""
    found = await _one(tx, tab_orders.c.intent == intent, lock=lock) if intent else None
    ours = REFERENCE.fullmatch(reference or "")
    if found is not None or ours is None:
        return found
    found = await _one(tx, tab_orders.c.id == int(ours[1]), lock=lock)
    another = intent is not None and found is not None and found.intent not in (None, intent)
    if found is None or found.reference != reference or another:
        return None
    return found


async def note_intent(tx: Tx, order_id: int, intent: str) -> bool:
    """Note what the provider calls an order; False where it is known by another name."""
    noted = await tx.scalar(
        sa.update(tab_orders)
        .where(tab_orders.c.id == order_id, sa.func.coalesce(tab_orders.c.intent, intent) == intent)
        .values(intent=intent)
        .returning(tab_orders.c.id)
    )
    return noted is not None


async def note_state(
    tx: Tx, order_id: int, state: BillOrderState, problem: str | None = None
) -> bool:
    """Note how far an order is; one that is paid stays paid. False where that is known."""
    moment = sa.func.clock_timestamp() if state == "paid" else None
    noted = await tx.scalar(
        sa.update(tab_orders)
        .where(
            tab_orders.c.id == order_id,
            tab_orders.c.state != "paid",
            sa.or_(
                tab_orders.c.state != state,
                tab_orders.c.problem.is_distinct_from(problem),
            ),
        )
        .values(state=state, problem=problem, paid_at=moment)
        .returning(tab_orders.c.id)
    )
    return noted is not None


async def change_way(tx: Tx, order: BillOrder, **changed: object) -> BillOrder:
    """Change how an order is asked for, unless somebody else has since it was seen; return it."""
    await tx.execute(
        sa.update(tab_orders)
        .where(
            tab_orders.c.id == order.id,
            tab_orders.c.attempt == order.attempt,
            tab_orders.c.customer.is_not_distinct_from(order.customer),
        )
        .values(**changed)
    )
    found = await _one(tx, tab_orders.c.id == order.id)
    assert found
    return found


async def _one(tx: Tx, *where: sa.ColumnElement[bool], lock: bool = False) -> BillOrder | None:
    query = sa.select(*COLUMNS).where(*where)
    if lock:
        found = typed_locked(BillOrder, await locks.lock(tx, query))
    else:
        found = typed_all(BillOrder, (await tx.execute(query)).mappings())
    return found[0] if found else None
