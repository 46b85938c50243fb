"""What the payment provider tells: the only way in which points are made.

Events may come twice, at once, late and out of order. Each is kept when it comes, and handled in a
transaction of its own; where that fails, it stays open and is handled again later.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.language import N_
from points import ledger
from points.payments import arrivals, payers, purchases, refunds, rules, vouchers
from points.payments.bills import told
from points.payments.bills.told import BillHouse
from points.payments.payers import Card
from points.payments.provider import CURRENCY, Event, ProviderName
from points.payments.purchases import Purchase
from points.payments.rules import Refund
from points.payments.ways import METHODS
from points.tables import payment_events
from record.alarms import alarm

MOST_TRIES = 150
PAID = "payment_intent.succeeded"
LONGEST_ERROR = 1000

Outcome = Literal[
    "credited", "settled", "noted", "taken", "restored", "ignored", "refused", "again"
]


@dataclass(frozen=True)
class House:
    """What must be true of an event that is ours: who sends it, and whether money is real."""

    provider: ProviderName
    livemode: bool
    lot_months: int
    # The address before the links in mails.
    site: str | None = None


@dataclass(frozen=True)
class Handled:
    """What became of an event. `again` is one that was handled before. `user_id` is whose
    points changed."""

    outcome: Outcome
    user_id: int | None = None
    purchase_id: int | None = None


async def keep(tx: Tx, event: Event) -> None:
    """Keep an event whose signature was checked; one that is known already stays as it is."""
    await tx.execute(
        insert(payment_events)
        .values(
            id=event["id"],
            type=event["type"][:100],
            intent=intent_of_event(event),
            livemode=event.get("livemode") is True,
            payload=event,
        )
        .on_conflict_do_nothing()
    )


async def handle(tx: Tx, house: House, event_id: str) -> Handled:
    """Do what an event asks for, once. Raises what went wrong; then it can be handled again.

    Raises `refunds.TooEarlyError` for one that makes sense only after another that hasn't come.
    """
    query = sa.select(payment_events).where(payment_events.c.id == event_id)
    row = await locks.lock_row(tx, query)
    assert row is not None
    if row.handled_at is not None:
        return Handled("again")
    handled = await _handle(tx, house, row.payload)
    await tx.execute(
        sa.update(payment_events)
        .where(payment_events.c.id == event_id)
        .values(handled_at=sa.func.clock_timestamp(), outcome=handled.outcome, error=None)
    )
    return handled


async def note_failure(tx: Tx, event_id: str, error: Exception) -> None:
    """Note that the handling of an event failed; it stays open."""
    await tx.execute(
        sa.update(payment_events)
        .where(payment_events.c.id == event_id, payment_events.c.handled_at.is_(None))
        .values(tries=payment_events.c.tries + 1, error=repr(error)[:LONGEST_ERROR])
    )


async def open_ones(tx: Tx, most: int, intent: str | None = None) -> list[str]:
    """Return events that wait to be handled again, the oldest first: all of one payment if it is
    named, else those whose time has come. Each failure makes the wait longer."""
    of_payment = payment_events.c.intent == intent if intent else _DUE
    rows = await tx.execute(
        sa.select(payment_events.c.id)
        .where(
            payment_events.c.handled_at.is_(None),
            payment_events.c.tries < MOST_TRIES,
            of_payment,
        )
        .order_by(payment_events.c.received_at)
        .limit(most)
    )
    return list(rows.scalars())


# At once, after 20 s, 80 s, 3 min … three hours after the 24th time, five days after the 149th.
_DUE = sa.text(
    "received_at + power(greatest(tries - 1, 0), 2) * interval '20 s' <= clock_timestamp()"
)


async def waits_seconds(tx: Tx) -> float:
    """Return for how long the oldest event waits to be handled; 0 where none does."""
    oldest = sa.select(sa.func.min(payment_events.c.received_at)).where(
        payment_events.c.handled_at.is_(None)
    )
    since = sa.func.clock_timestamp() - oldest.scalar_subquery()
    return max(0.0, float(await tx.scalar(sa.select(sa.extract("epoch", since))) or 0))


async def intent_of(tx: Tx, event_id: str) -> str | None:
    """Return the payment that an event is about."""
    found = await tx.scalar(
        sa.select(payment_events.c.intent).where(payment_events.c.id == event_id)
    )
    return str(found) if found else None


async def is_paid_unhandled(tx: Tx, intent: str | None) -> bool:
    """Say whether a payment is known to have been made by an event only, which waits."""
    query = sa.select(payment_events.c.id).where(
        payment_events.c.intent == intent,
        payment_events.c.type == PAID,
        payment_events.c.handled_at.is_(None),
    )
    return await tx.scalar(query.limit(1)) is not None


async def given_up(tx: Tx) -> int:
    """Alarm staff of events that could not be handled; return how many are new."""
    rows = await tx.execute(
        sa.select(payment_events.c.id, payment_events.c.type, payment_events.c.error).where(
            payment_events.c.handled_at.is_(None),
            sa.or_(
                payment_events.c.tries >= MOST_TRIES,
                payment_events.c.received_at < sa.func.now() - sa.text("interval '1 day'"),
            ),
        )
    )
    new = 0
    for row in rows.all():
        new += await alarm(
            tx, "payment_event_stuck", _STUCK, row.id, type=row.type, error=row.error or "-"
        )
    return new


_STUCK = N_("決済の通知 %(type)s を処理できません: %(error)s")


async def _handle(tx: Tx, house: House, event: Event) -> Handled:
    handler = _HANDLERS.get(event["type"])
    if handler is None:
        return Handled("ignored")
    if not _of_our_mode(house, event):
        return await _refuse(tx, event["data"]["object"], _MIXED, None)
    if await told.is_about_bills(tx, event) or told.is_marked(event, house.site):
        bill = await told.handle(tx, BillHouse(house.provider, house.site), event)
        return Handled(bill.outcome, bill.user_id)
    return await handler(tx, house, event)


async def _of_nobody(_tx: Tx, _house: House, _event: Event) -> Handled:
    return Handled("ignored")


def _of_our_mode(house: House, event: Event) -> bool:
    """Say whether an event, and what it is about where that tells, is of our kind of money."""
    told = event["data"]["object"].get("livemode", house.livemode)
    return event.get("livemode") is house.livemode and told is house.livemode


async def _paid(tx: Tx, house: House, event: Event) -> Handled:
    intent = event["data"]["object"]
    purchase = await purchases.of_intent(tx, str(intent["id"]), reference_of(intent))
    wrong = _what_is_wrong(house, event, purchase)
    if purchase is None or wrong is not None:
        return await _refuse(tx, intent, wrong or _UNKNOWN, purchase)
    if not await purchases.note_intent(tx, purchase.id, str(intent["id"])):
        return await _refuse(tx, intent, _SECOND, purchase)
    if not await purchases.note_paid(tx, purchase.id):
        return Handled("noted", purchase_id=purchase.id)
    await ledger.credit_purchase(
        tx,
        purchase.id,
        user_id=purchase.user_id,
        points=purchase.points,
        bonus=purchase.bonus,
        months=house.lot_months,
    )
    await arrivals.tell(tx, purchase.id, house.site)
    return Handled("credited", purchase.user_id, purchase.id)


_UNKNOWN = N_("知らない決済の入金です。ポイントは付けていません。")
_MIXED = N_("本番とテストが混ざった、決済の通知です。何も変えていません。")
_AMOUNT = N_(
    "購入 %(purchase)s: %(price)s円 のはずが %(amount)s %(currency)s の入金です。"
    "ポイントは付けていません。"
)
_SECOND = N_(
    "購入 %(purchase)s には別の決済がすでにあります。二重払いの可能性があります。返金してください。"
)


async def _refuse(tx: Tx, intent: dict[str, Any], wrong: str, purchase: Purchase | None) -> Handled:
    await alarm(
        tx,
        "payment_refused",
        wrong,
        str(intent["id"]),
        purchase=purchase.id if purchase else None,
        price=purchase.price_yen if purchase else None,
        amount=str(intent.get("amount_received")),
        currency=str(intent.get("currency")),
    )
    return Handled("refused")


def _what_is_wrong(house: House, event: Event, purchase: Purchase | None) -> str | None:
    """Say why a payment makes no points, or None where it is as we asked for it."""
    intent = event["data"]["object"]
    if purchase is None or purchase.provider != house.provider:
        return _UNKNOWN
    got = (intent.get("amount_received"), str(intent.get("currency")).lower())
    if got != (purchase.price_yen, CURRENCY) or isinstance(got[0], bool):
        return _AMOUNT
    return None


async def _failed(tx: Tx, house: House, event: Event) -> Handled:
    purchase = await _ours(tx, house, event)
    if purchase is None:
        return Handled("ignored")
    error = event["data"]["object"].get("last_payment_error") or {}
    await _note_method(tx, purchase, (error.get("payment_method") or {}).get("type"))
    await purchases.note_state(tx, purchase.id, "failed")
    return Handled("noted", purchase_id=purchase.id)


async def _canceled(tx: Tx, house: House, event: Event) -> Handled:
    purchase = await _ours(tx, house, event)
    if purchase is None:
        return Handled("ignored")
    await purchases.note_state(tx, purchase.id, "canceled")
    return Handled("noted", purchase_id=purchase.id)


async def _waits(tx: Tx, house: House, event: Event) -> Handled:
    """Somebody chose a way to pay: at a convenience store they have some days."""
    purchase = await _ours(tx, house, event)
    if purchase is None or purchase.state in ("paid", "canceled"):
        return Handled("ignored")
    action = event["data"]["object"].get("next_action") or {}
    if action.get("type") == "konbini_display_details":
        await _note_method(tx, purchase, "konbini")
        await vouchers.note(tx, purchase.id, action.get("konbini_display_details") or {})
    await purchases.note_state(tx, purchase.id, "created")
    return Handled("noted", purchase_id=purchase.id)


async def _charged(tx: Tx, house: House, event: Event) -> Handled:
    purchase = await _ours(tx, house, event)
    if purchase is None:
        return Handled("ignored")
    details = event["data"]["object"].get("payment_method_details") or {}
    await _note_method(tx, purchase, details.get("type"))
    return Handled("noted", purchase_id=purchase.id)


async def _kept(tx: Tx, _: House, event: Event) -> Handled:
    """The payer let the provider keep a card."""
    found = event["data"]["object"]
    card = found.get("card") or {}
    if found.get("type") != "card" or not found.get("customer"):
        return Handled("ignored")
    mark = str(card.get("fingerprint") or "")[:200] or None
    saved = Card(str(found["id"]), str(card["brand"])[:40], str(card["last4"]), mark=mark)
    noted = await payers.note_card(tx, str(found["customer"]), saved)
    return Handled("noted" if noted else "ignored")


async def _let_go(tx: Tx, _: House, event: Event) -> Handled:
    gone = await payers.forget_card(tx, str(event["data"]["object"]["id"]))
    return Handled("noted" if gone else "ignored")


async def _refunded(tx: Tx, house: House, event: Event) -> Handled:
    refund = event["data"]["object"]
    state = _REFUND_STATES.get(str(refund.get("status")))
    if event["type"] == "refund.failed":
        state = "failed"
    if state is None:
        return Handled("ignored")
    purchase = await _theirs(tx, house, refund, "refund_unknown")
    if purchase is None:
        return Handled("refused")
    made = Refund(int(refund["amount"]), refunds.moment(refund.get("created")))
    await refunds.note_refund(tx, purchase, str(refund["id"]), made, state)
    return Handled("taken" if state == "made" else "restored", purchase.user_id, purchase.id)


# One that is not made yet moves no money for sure.
_REFUND_STATES: dict[str, Literal["made", "failed"]] = {
    "succeeded": "made",
    "failed": "failed",
    "canceled": "failed",
}


async def _disputed(tx: Tx, house: House, event: Event) -> Handled:
    dispute = event["data"]["object"]
    purchase = await _theirs(tx, house, dispute, "dispute_unknown")
    if purchase is None:
        return Handled("refused")
    closed = event["type"] == "charge.dispute.closed"
    known = rules.told(dispute, refunds.moment(dispute.get("created")), closed=closed)
    await refunds.note_dispute(tx, purchase, str(dispute["id"]), known)
    return Handled("restored" if known.state == "won" else "taken", purchase.user_id, purchase.id)


async def _ours(tx: Tx, house: House, event: Event) -> Purchase | None:
    """The purchase that an event speaks of; None for what belongs to somebody else."""
    subject = event["data"]["object"]
    purchase = await purchases.of_intent(tx, intent_of_event(event) or "", reference_of(subject))
    if purchase is None or purchase.provider != house.provider:
        return None
    # Our reference is only what somebody wrote beside the payment: a name that we know goes before.
    if purchase.intent is not None and purchase.intent != intent_of_event(event):
        return None
    return purchase


async def _theirs(tx: Tx, house: House, subject: dict[str, Any], kind: str) -> Purchase | None:
    """The purchase whose money went back. Staff learn of money back for what we don't know."""
    intent = str(subject.get("payment_intent"))
    purchase = await purchases.of_intent(tx, intent, None)
    if purchase is None and await is_paid_unhandled(tx, intent):
        raise refunds.TooEarlyError(f"{intent} is not credited yet")
    right = (
        purchase is not None
        and purchase.provider == house.provider
        and str(subject.get("currency")).lower() == CURRENCY
        and int(subject["amount"]) > 0
    )
    if right:
        return purchase
    text = N_("知らない決済 %(intent)s の返金か不審請求の通知です。")
    await alarm(tx, kind, text, str(subject["id"]), intent=intent)
    return None


async def _note_method(tx: Tx, purchase: Purchase, method: object) -> None:
    for known in METHODS:
        if method == known:
            await purchases.note_method(tx, purchase.id, known)


def subject_of(event: Event) -> dict[str, Any] | None:
    """Return what an event is about, as it was then; None where it doesn't bring it along."""
    data = event.get("data")
    subject = data.get("object") if isinstance(data, dict) else None
    return subject if isinstance(subject, dict) else None


def intent_of_event(event: Event) -> str | None:
    """Return the name of the payment that an event is about."""
    subject = subject_of(event) or {}
    is_intent = subject.get("object") == "payment_intent"
    found = subject.get("id") if is_intent else subject.get("payment_intent")
    return str(found)[:200] if found else None


def reference_of(subject: dict[str, Any]) -> str | None:
    """Return the purchase of ours that a payment says it is for; None where it says none."""
    mark = subject.get("metadata")
    told = mark.get("purchase") if isinstance(mark, dict) else None
    return told if isinstance(told, str) else None


_Handler: TypeAlias = Callable[[Tx, House, Event], Awaitable[Handled]]

_HANDLERS: dict[str, _Handler] = {
    PAID: _paid,
    "payment_intent.payment_failed": _failed,
    "payment_intent.canceled": _canceled,
    "payment_intent.requires_action": _waits,
    "payment_intent.processing": _waits,
    "charge.succeeded": _charged,
    "payment_method.attached": _kept,
    "payment_method.automatically_updated": _kept,
    "payment_method.detached": _let_go,
    "refund.created": _refunded,
    "refund.updated": _refunded,
    "refund.failed": _refunded,
    "charge.refund.updated": _refunded,
    "charge.dispute.created": _disputed,
    "charge.dispute.updated": _disputed,
    "charge.dispute.funds_withdrawn": _disputed,
    "charge.dispute.funds_reinstated": _disputed,
    "charge.dispute.closed": _disputed,
    # Money that came by a bank, for bills alone.
    told.ARRIVED: _of_nobody,
}
KINDS = frozenset(_HANDLERS)
"""The kinds of events that the webhook must be subscribed to; any other is none of ours."""
