"""Whose an event or a payment is: several shops may use one account of the provider's."""

import re

from foundation.database import Tx
from points.payments import payers, purchases
from points.payments.bills import orders, told
from points.payments.events import (
    KINDS,
    House,
    intent_of_event,
    is_paid_unhandled,
    reference_of,
    subject_of,
)
from points.payments.provider import Event

# In a body that nobody signed: found without reading it as JSON.
_MARK = re.compile(rb'"(purchase|bill)"\s*:\s*"([1-9][0-9]{0,17}:[0-9]{1,20})"')


async def is_ours(tx: Tx, house: House, event: Event) -> bool:
    """Say whether an event is about this site; all others are none of its business.

    Those of accounts connected by Connect, of other applications and shops, and of kinds that mean
    nothing here.
    """
    subject = subject_of(event) or {}
    if event.get("account") or event["type"] not in KINDS:
        return False
    if await told.is_about_bills(tx, event):
        return True
    if event["type"].startswith("payment_method."):
        return await payers.is_known(tx, _text(subject.get("customer")), str(subject.get("id")))
    intent, reference = intent_of_event(event), reference_of(subject)
    if await purchases.is_known(tx, intent, reference) or await is_paid_unhandled(tx, intent):
        return True
    if subject.get("application"):
        return False
    if told.is_marked(event, house.site):
        return True
    if reference is None:
        return False
    return may_be_ours(reference, subject["metadata"].get("site"), house.site)


def may_be_ours(reference: str | None, site: object, ours: str | None) -> bool:
    """Say whether a payment that we don't know bears our mark: a reference of this product's, and
    no other site's address. Those of older versions bear none."""
    return purchases.is_reference(reference) and site in (None, ours)


async def is_said_to_be_ours(tx: Tx, body: bytes) -> bool:
    """Say whether a body that nobody signed speaks of a purchase of ours."""
    found = _MARK.search(body)
    if found is None:
        return False
    if found[1] == b"bill":
        return await orders.of_intent(tx, None, found[2].decode()) is not None
    return await purchases.is_known(tx, None, found[2].decode())


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
