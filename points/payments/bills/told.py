"""What the payment provider tells of the payment of bills: the only way in which they are paid.

Events come twice, late and in any order, and this is called once for each (`points.payments.events`
sees to that). An order is paid by its payment; what arrives by a bank is told when it arrives, and
pays what is owed at once, a part as well as too much. What goes back is put into the books as a
whole: so many yen of this payment are gone, however often and in whichever order it is told.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.language import N_
from points.payments.bills import arrivals, money_back, moves, orders, takings
from points.payments.bills.bank import BankMove
from points.payments.bills.orders import REFERENCE, BillOrder
from points.payments.bills.tables import tab_accounts
from points.payments.provider import CURRENCY, Event, ProviderName
from points.payments.wire.transfers import moved_of
from record.alarms import alarm

ARRIVED = "customer_cash_balance_transaction.created"
KINDS = frozenset({ARRIVED})
PAID = "payment_intent.succeeded"

Told = Literal["settled", "noted", "taken", "restored", "ignored", "refused"]


@dataclass(frozen=True)
class BillHouse:
    """Who sends events of payments of bills, and the address before links in mails."""

    provider: ProviderName
    site: str | None


@dataclass(frozen=True)
class BillTold:
    """What became of an event, and whose limit it changed."""

    outcome: Told
    user_id: int | None = None


async def is_about_bills(tx: Tx, event: Event) -> bool:
    """Say whether an event is about a payment of bills of ours."""
    subject = event["data"]["object"]
    if event["type"] == ARRIVED:
        return await _payer(tx, str(subject.get("customer"))) is not None
    mark = _mark(subject)
    if mark.get("transfer") is not None:
        return await takings.is_known(tx, str(mark["transfer"]))
    intent = _intent(subject)
    if await orders.of_intent(tx, intent, _text(mark.get("bill"))) is not None:
        return True
    return intent is not None and await takings.is_known(tx, None, intent)


def is_marked(event: Event, site: str | None) -> bool:
    """Say whether an event bears our mark of a payment of bills, and no other site's address."""
    mark = _mark(event["data"]["object"])
    known = REFERENCE.fullmatch(str(mark.get("bill") or ""))
    return known is not None and mark.get("site") in (None, site)


async def handle(tx: Tx, house: BillHouse, event: Event) -> BillTold:
    """Do what an event asks for. Raises `TooEarlyError` for money that went back before it came."""
    kind, subject = event["type"], event["data"]["object"]
    if kind == ARRIVED:
        return await _moved(tx, house, subject)
    if kind.startswith(("refund.", "charge.dispute.", "charge.refund.")):
        return await _went_back(tx, house, event)
    if _mark(subject).get("transfer") is not None:
        return await _taken_over(tx, kind, subject)
    order = await orders.of_intent(
        tx, _intent(subject), _text(_mark(subject).get("bill")), lock=True
    )
    if kind == PAID:
        return await _paid(tx, house, order, subject)
    if order is None or order.provider != house.provider:
        return BillTold("ignored")
    return await _how_far(tx, order, kind, subject)


async def _paid(
    tx: Tx, house: BillHouse, order: BillOrder | None, intent: dict[str, Any]
) -> BillTold:
    got = (intent.get("amount_received"), str(intent.get("currency")).lower())
    if order is None or order.provider != house.provider:
        return await _refuse(tx, intent, _UNKNOWN)
    if got != (order.yen, CURRENCY) or isinstance(got[0], bool):
        return await _refuse(tx, intent, _AMOUNT, order)
    return await note_paid(tx, house, order, str(intent["id"]), _moment(intent.get("created")))


async def note_paid(
    tx: Tx, house: BillHouse, order: BillOrder, intent: str, at: datetime | None
) -> BillTold:
    """Note that an order was paid, once; its bills are, as far as it reaches.

    Also for what the provider answers when it is asked (`points.payments.bills.comparing`).
    """
    if not await orders.note_intent(tx, order.id, intent):
        return await _refuse(tx, {"id": intent}, _SECOND, order)
    if not await orders.note_state(tx, order.id, "paid"):
        return BillTold("noted")
    bills = await orders.bills_of(tx, order.id)
    await arrivals.settle(
        tx,
        order.user_id,
        arrivals.MoneyIn(house.provider, intent, order.yen, "card", at or await clock(tx), bills),
        house.site,
    )
    return BillTold("settled", order.user_id)


_UNKNOWN = N_("知らない後払いのお支払いの入金です。ご請求には充てていません。")
_AMOUNT = N_(
    "後払いのお支払い %(order)s: %(price)s円 のはずが %(amount)s %(currency)s の入金です。"
    "ご請求には充てていません。"
)
_SECOND = N_(
    "後払いのお支払い %(order)s には別の決済がすでにあります。"
    "二重払いの可能性があります。返金してください。"
)


async def _refuse(
    tx: Tx, intent: dict[str, Any], wrong: str, order: BillOrder | None = None
) -> BillTold:
    await alarm(
        tx,
        "payment_refused",
        wrong,
        str(intent["id"]),
        order=order.id if order else None,
        price=order.yen if order else None,
        amount=str(intent.get("amount_received")),
        currency=str(intent.get("currency")),
    )
    return BillTold("refused")


async def _how_far(tx: Tx, order: BillOrder, kind: str, subject: dict[str, Any]) -> BillTold:
    """Note what an event says of an order that is not paid by it."""
    if kind == "payment_intent.payment_failed":
        error = subject.get("last_payment_error") or {}
        problem = str(error.get("code") or "card_declined")[:100]
        await orders.note_state(tx, order.id, "failed", problem)
    elif kind == "payment_intent.canceled":
        await orders.note_state(tx, order.id, "canceled", order.problem)
    else:
        return BillTold("ignored")
    return BillTold("noted")


async def _moved(tx: Tx, house: BillHouse, subject: dict[str, Any]) -> BillTold:
    try:
        moved = moved_of(subject)
    except (KeyError, TypeError, ValueError):
        return await _refuse(tx, {"id": str(subject.get("id"))}, _UNREADABLE)
    customer = str(subject.get("customer"))
    user_id = await _payer(tx, customer)
    if moved is None or user_id is None:
        return BillTold("ignored")
    return await note_moved(tx, house, user_id, customer, moved)


async def note_moved(
    tx: Tx, house: BillHouse, user_id: int, customer: str, moved: BankMove
) -> BillTold:
    """Note what came to a payer's account by their bank, and pays bills, or left it again."""
    if moved.kind == "arrived":
        came = await takings.note(tx, house.provider, user_id, customer, moved, house.site)
        return BillTold("settled", user_id) if came else BillTold("noted")
    left = await moves.note(tx, house.provider, user_id, moved, house.site)
    return BillTold("taken", user_id) if left else BillTold("noted")


_UNREADABLE = N_("銀行振込の通知を読み取れません。決済サービスの管理画面で確かめてください。")


async def _taken_over(tx: Tx, kind: str, subject: dict[str, Any]) -> BillTold:
    if kind == PAID:
        await takings.note_taken(tx, str(_mark(subject)["transfer"]), str(subject["id"]))
        return BillTold("noted")
    return BillTold("ignored")


async def _went_back(tx: Tx, house: BillHouse, event: Event) -> BillTold:
    subject = event["data"]["object"]
    intent = _intent(subject)
    order = await orders.of_intent(tx, intent, None, lock=True)
    # One at a time of each payment: what is gone of it is the sum of what is noted.
    reference = intent if order is not None else await takings.reference_of(tx, intent)
    assert reference
    return BillTold(*await money_back.note(tx, house.provider, reference, event))


async def _payer(tx: Tx, customer: str) -> int | None:
    query = sa.select(tab_accounts.c.user_id).where(tab_accounts.c.customer == customer)
    found: int | None = await tx.scalar(query)
    return found


def _intent(subject: dict[str, Any]) -> str | None:
    is_intent = subject.get("object") == "payment_intent"
    return _text(subject.get("id") if is_intent else subject.get("payment_intent"))


def _mark(subject: dict[str, Any]) -> dict[str, Any]:
    mark = subject.get("metadata")
    return mark if isinstance(mark, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _moment(seconds: object) -> datetime | None:
    if type(seconds) is not int or not 0 < seconds < 2**33:
        return None
    return datetime.fromtimestamp(seconds, tz=UTC)
