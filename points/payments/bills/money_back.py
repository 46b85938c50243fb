"""Money of a payment of bills that went back to its payer: the bills are owed again, as far.

What the provider tells is noted; what is gone of the payment follows from all that is noted of it,
by the same rules as for points (`points.payments.rules`), so it may come twice and in any order.
"""

from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.language import N_
from foundation.row_types import DbRow
from points.payments import rules
from points.payments.bills.tables import tab_money_back
from points.payments.provider import Event, ProviderName
from points.payments.refunds import TooEarlyError, moment
from points.payments.rules import Dispute, Refund
from points.tab import bills
from points.tables import tab_payments
from record.alarms import alarm

Went = Literal["taken", "restored", "ignored"]

_REFUND_STATES = {"succeeded": "made", "failed": "failed", "canceled": "failed"}


async def note(
    tx: Tx, provider: ProviderName, reference: str, event: Event
) -> tuple[Went, int | None]:
    """Note a refund or a dispute of a payment; return what it did, and to whom.

    Raises TooEarlyError for a payment that hasn't come yet.
    """
    found = await tx.execute(
        sa.select(tab_payments.c.id, tab_payments.c.user_id, tab_payments.c.yen).where(
            tab_payments.c.provider == provider, tab_payments.c.provider_ref == reference
        )
    )
    payment = found.one_or_none()
    if payment is None:
        raise TooEarlyError(f"payment {reference} of bills has not come yet")
    subject = event["data"]["object"]
    if "dispute" in event["type"]:
        went = await _dispute(tx, payment.id, event)
    else:
        went = await _refund(tx, payment.id, event)
    if went != "ignored":
        gone = await level(tx, payment.id)
        await alarm(
            tx, "bill_money_back", _GONE, f"{subject['id']}:{went}", payment=payment.id, yen=gone
        )
    return went, payment.user_id


_GONE = N_(
    "後払いのお支払い %(payment)s に返金か不審請求の動きがありました。"
    "いま戻っているのは%(yen)s円で、その分のご請求は未払いに戻っています。"
)


async def _refund(tx: Tx, payment_id: int, event: Event) -> Went:
    subject = event["data"]["object"]
    state = _REFUND_STATES.get(str(subject.get("status")))
    if event["type"] == "refund.failed":
        state = "failed"
    if state is None:
        return "ignored"
    row = insert(tab_money_back).values(
        id=str(subject["id"]),
        payment_id=payment_id,
        yen=int(subject["amount"]),
        dispute=False,
        state=state,
        made_at=moment(subject.get("created")),
    )
    # One that failed stays failed, whatever arrives late.
    final = {"state": row.excluded.state}
    known = row.on_conflict_do_update(
        index_elements=["id"], set_=final, where=tab_money_back.c.state == "made"
    )
    await tx.execute(known)
    return "taken" if state == "made" else "restored"


async def _dispute(tx: Tx, payment_id: int, event: Event) -> Went:
    subject = event["data"]["object"]
    closed = event["type"] == "charge.dispute.closed"
    told = rules.told(subject, moment(subject.get("created")), closed=closed)
    query = sa.select(tab_money_back).where(tab_money_back.c.id == str(subject["id"]))
    known = (await tx.execute(query)).one_or_none()
    values = {"yen": told.yen, "inquiry": told.inquiry, "state": told.state, "made_at": told.at}
    if known is None:
        named = {"id": str(subject["id"]), "payment_id": payment_id, "dispute": True}
        await tx.execute(sa.insert(tab_money_back).values(**named, **values))
    elif told.stage > _as_dispute(known).stage:
        mine = tab_money_back.c.id == known.id
        await tx.execute(sa.update(tab_money_back).where(mine).values(**values))
    return "restored" if told.state == "won" else "taken"


async def level(tx: Tx, payment_id: int) -> int:
    """Bring a payment to what is gone of it by all that is noted, and return that, in yen."""
    payment = (await tx.execute(_PAYMENT, {"payment": payment_id})).one()
    query = sa.select(tab_money_back).where(tab_money_back.c.payment_id == payment_id)
    rows = (await tx.execute(query)).all()
    refunds = [Refund(row.yen, row.made_at) for row in rows if row.state == "made"]
    disputes = [_as_dispute(row) for row in rows if row.dispute]
    back = rules.gone(payment.yen, payment.yen, refunds, disputes).points
    gone = min(int(payment.yen), back + int(payment.gone))
    await bills.take_back(tx, payment_id, gone)
    return gone


_PAYMENT = sa.text("""
SELECT p.yen, coalesce(t.gone, 0) AS gone FROM tab_payments p
LEFT JOIN tab_takings t ON t.provider_ref = p.provider_ref AND t.provider = p.provider
WHERE p.id = :payment
""")


def _as_dispute(row: DbRow) -> Dispute:
    return Dispute(row.yen, row.made_at, row.inquiry, row.state)
