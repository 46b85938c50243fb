"""What arrives for bills: noted once, placed on bills, and what is over kept for the next bill.

An event of the provider tells what became of a payment; what follows for the bills is always the
difference to what they say, so events may come late, twice, and in any order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from points.ledger import credit
from points.tab import placing
from points.tables import tab_payments


@dataclass(frozen=True)
class TabPayment:
    """Yen that arrived from a member. `provider_ref` is the provider's name of it, once only."""

    provider: str
    provider_ref: str
    kind: Literal["card", "transfer"]
    yen: int
    received_at: datetime


async def settle(tx: Tx, user_id: int, payment: TabPayment, bill_ids: Sequence[int] = ()) -> bool:
    """Note a payment and pay bills by it: those named, then the oldest, then what was written off.

    What is over waits for the next bill. The same payment again changes nothing and returns False;
    another one under its name raises ValueError.
    """
    wallet = await credit.lock_tab(tx, user_id)
    values = {"user_id": user_id, **payment.__dict__}
    once = (
        insert(tab_payments).values(values).on_conflict_do_nothing(constraint="uq_tab_payments_ref")
    )
    made = await tx.scalar(once.returning(tab_payments.c.id))
    if made is None:
        await _must_be_the_same(tx, user_id, payment)
        return False
    await placing.level(tx, user_id, wallet, bill_ids)
    return True


async def _must_be_the_same(tx: Tx, user_id: int, payment: TabPayment) -> None:
    known = await tx.execute(
        sa.select(tab_payments.c.user_id, tab_payments.c.yen).where(
            tab_payments.c.provider == payment.provider,
            tab_payments.c.provider_ref == payment.provider_ref,
        )
    )
    if tuple(known.one()) != (user_id, payment.yen):
        raise ValueError(f"payment {payment.provider_ref} was noted as another one")


async def take_back(tx: Tx, payment_id: int, yen: int) -> None:
    """Say that so many yen of a payment are with its payer again: refunded, or taken by the bank.

    It is all that is out by now, so a dispute that is won says 0. Bills that it paid open again.
    """
    mine = tab_payments.c.id == payment_id
    found = (await tx.execute(sa.select(tab_payments.c.user_id).where(mine))).one()
    wallet = await credit.lock_tab(tx, found.user_id)
    await placing.keep_only(tx, wallet, payment_id, yen)
    await placing.level(tx, found.user_id, wallet)
