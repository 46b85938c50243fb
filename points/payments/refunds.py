"""Money that went back to a payer: refunds made at the provider, and disputes with their bank.

What the provider tells is noted; the points then follow from all that is noted of the purchase
(`points.payments.rules`), so events may come late, twice and in any order. Unspent points of that
very purchase are taken back; spent ones are owed, and new talks wait until they are paid.
"""

from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.language import N_
from points import ledger
from points.payments import rules
from points.payments.purchases import Purchase
from points.payments.rules import Dispute, Refund
from points.tables import disputes, refunds
from record.alarms import alarm


class TooEarlyError(Exception):
    """An event came before the one it follows from; it will be handled after that one."""


async def note_refund(
    tx: Tx,
    purchase: Purchase,
    refund_id: str,
    refund: Refund,
    state: Literal["made", "failed"] = "made",
) -> None:
    """Note a refund, whole or part, or that it failed: then its money is with the site again.

    A failed one stays failed, whatever arrives late; staff are alarmed where it had been made. The
    purchase must be locked. Raises TooEarlyError for one that has not been paid yet.
    """
    _must_be_paid(purchase)
    known = await tx.scalar(sa.select(refunds.c.state).where(refunds.c.id == refund_id))
    if known is None:
        values = {"amount_yen": refund.yen, "made_at": refund.at, "state": state}
        await tx.execute(sa.insert(refunds).values(id=refund_id, purchase_id=purchase.id, **values))
    elif (known, state) == ("made", "failed"):
        await tx.execute(sa.update(refunds).where(refunds.c.id == refund_id).values(state="failed"))
        await alarm(tx, "refund_failed", _SENT_BACK, refund_id, purchase=purchase.id)
    await level(tx, purchase, f"refund {refund_id}")


_SENT_BACK = N_(
    "購入 %(purchase)s の返金が銀行から戻されました。引いたポイントはお客様に戻しました。"
)


async def note_dispute(tx: Tx, purchase: Purchase, dispute_id: str, dispute: Dispute) -> None:
    """Note how far a dispute is; what is earlier than what is known of it changes nothing.

    Staff are alarmed of a new one and of an inquiry that has become a dispute, for they have a
    term, and of an end that contradicts the one that is known: it moves nothing. Raises
    TooEarlyError as `note_refund` does.
    """
    _must_be_paid(purchase)
    found = await tx.execute(sa.select(disputes).where(disputes.c.id == dispute_id))
    row = found.one_or_none()
    if row is None:
        values = _columns(dispute) | {"id": dispute_id, "purchase_id": purchase.id}
        await tx.execute(sa.insert(disputes).values(values))
        await alarm(tx, "dispute_opened", _OPENED, dispute_id, purchase=purchase.id)
    else:
        await _note_again(tx, purchase, dispute_id, _dispute(row), dispute)
    await level(tx, purchase, f"dispute {dispute_id}")


_OPENED = N_("購入 %(purchase)s に不審請求の申し立てがありました。期限までに反証が要ります。")
_ESCALATED = N_(
    "購入 %(purchase)s への照会が、不審請求の申し立てになりました。期限までに反証が要ります。"
)
_CONTRADICTED = N_(
    "購入 %(purchase)s の不審請求は %(known)s で終わったはずですが、%(state)s と届きました。"
)


async def _note_again(
    tx: Tx, purchase: Purchase, dispute_id: str, known: Dispute, dispute: Dispute
) -> None:
    if dispute.stage > known.stage:
        await tx.execute(
            sa.update(disputes).where(disputes.c.id == dispute_id).values(_columns(dispute))
        )
        if known.inquiry and not dispute.inquiry:
            await alarm(tx, "dispute_escalated", _ESCALATED, dispute_id, purchase=purchase.id)
    elif dispute.stage == known.stage and dispute.state != known.state:
        states = {"known": known.state, "state": dispute.state}
        await alarm(
            tx, "dispute_contradicted", _CONTRADICTED, dispute_id, purchase=purchase.id, **states
        )


def _columns(dispute: Dispute) -> dict[str, Any]:
    return {
        "amount_yen": dispute.yen,
        "made_at": dispute.at,
        "inquiry": dispute.inquiry,
        "state": dispute.state,
        "closed_at": None if dispute.state == "open" else sa.func.clock_timestamp(),
    }


def _dispute(row: Any) -> Dispute:
    return Dispute(row.amount_yen, row.made_at, row.inquiry, row.state)


def _must_be_paid(purchase: Purchase) -> None:
    if purchase.state != "paid":
        raise TooEarlyError(f"purchase {purchase.id} is not paid yet")


async def level(tx: Tx, purchase: Purchase, why: str) -> None:
    """Bring the points of a purchase to what its money stands for; a second time moves nothing."""
    made = await tx.execute(
        sa.select(refunds.c.amount_yen, refunds.c.made_at).where(
            refunds.c.purchase_id == purchase.id, refunds.c.state == "made"
        )
    )
    held = await tx.execute(sa.select(disputes).where(disputes.c.purchase_id == purchase.id))
    due = rules.gone(
        purchase.price_yen,
        purchase.total,
        [Refund(row.amount_yen, row.made_at) for row in made],
        [_dispute(row) for row in held],
    )
    await ledger.take_back(tx, purchase.id, due.points, frozen=due.frozen, why=why)


def moment(seconds: object) -> datetime | None:
    """Return the instant of the provider's count of seconds; None where it told none."""
    if type(seconds) is not int or not 0 < seconds < 2**35:
        return None
    return datetime.fromtimestamp(seconds, tz=UTC)
