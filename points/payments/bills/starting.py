"""Beginning to pay bills by card: which, and how much is owed of them, as the payer was shown."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_all
from points import limits
from points.payments import payers
from points.payments.bills.orders import COLUMNS, LEAST_YEN, MOST_BILLS, BillOrder, of_press
from points.payments.bills.tables import tab_order_bills, tab_orders
from points.payments.provider import ProviderName
from points.tables import tab_bills


@dataclass(frozen=True)
class PayBy:
    """How bills are to be paid: by whose leave, and by which card."""

    provider: ProviderName
    site: str | None = None
    saved_card: bool = False
    save_card: bool = False
    by_itself: bool = False


async def start(
    tx: Tx, user_id: int, bill_ids: Sequence[int], press: str, *, shown: int, by: PayBy
) -> BillOrder:
    """Order the payment of bills; the same `press` finds the same order again.

    `shown` is the sum in yen that the payer was shown. Raises UserError: `bills_changed` where
    something else is owed of these bills, `press_reused`, `bills_too_small` under the least that a
    card takes, `card_unknown`.
    """
    await limits.lock(tx, user_id)
    known = await of_press(tx, user_id, press)
    if known is not None:
        if known.yen != shown:
            raise UserError("press_reused", N_("このお支払いはすでに受け付けました。"))
        return known
    owed = await _owed(tx, user_id, bill_ids)
    if not owed or set(owed) != set(bill_ids) or sum(owed.values()) != shown:
        raise bills_changed()
    if shown < LEAST_YEN:
        raise UserError(
            "bills_too_small",
            N_(
                "カードでのお支払いは%(least)s円からです。"
                "銀行振込をご利用いただくか、次のご請求と一緒にお支払いください。"
            ),
            least=LEAST_YEN,
        )
    return await _order(tx, user_id, owed, press, by)


def bills_changed() -> UserError:
    """Return the refusal of bills of which something else is owed than was shown."""
    return UserError(
        "bills_changed",
        N_("ご請求の内容が変わりました。もう一度確かめてからお支払いください。"),
    )


async def _owed(tx: Tx, user_id: int, bill_ids: Sequence[int]) -> dict[int, int]:
    left = tab_bills.c.yen - tab_bills.c.paid - tab_bills.c.written_off
    query = sa.select(tab_bills.c.id, left.label("left")).where(
        tab_bills.c.user_id == user_id,
        tab_bills.c.id.in_(bill_ids[:MOST_BILLS]),
        tab_bills.c.state.in_(("open", "paying")),
        left > 0,
    )
    return {int(row.id): int(row.left) for row in await tx.execute(query)}


async def _order(tx: Tx, user_id: int, owed: dict[int, int], press: str, by: PayBy) -> BillOrder:
    card = await payers.must_have_card(tx, user_id, by.provider) if by.saved_card else None
    made = await tx.execute(
        insert(tab_orders)
        .values(
            user_id=user_id,
            yen=sum(owed.values()),
            provider=by.provider,
            press=press,
            by_itself=by.by_itself,
            saved_card=card.id if card else None,
            save_card=by.save_card and card is None,
            customer=card.customer if card else None,
            site=by.site,
        )
        .returning(*COLUMNS)
    )
    order = typed_all(BillOrder, made.mappings())[0]
    lines = [{"order_id": order.id, "bill_id": bill, "yen": yen} for bill, yen in owed.items()]
    await tx.execute(sa.insert(tab_order_bills).values(lines))
    return order
