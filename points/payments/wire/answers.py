"""What Stripe's answers say, read into our own words. Nothing here asks it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from points.payments.provider import (
    Intent,
    MethodsRefusedError,
    Order,
    PayerGoneError,
    ProviderRefusedError,
    RefundLine,
)
from points.payments.ways import METHODS, WALLETS, Method, Ways

LONGEST_WHY = 300
# Where its own pages stand, to which a form of ours may lead.
CARD_PAGES = "https://checkout.stripe.com/"
# An amount that a method does not take is said of the amount; the method is named in the words.
_OF_METHODS = ("payment_method_types", "payment_method_options")
_OF_AMOUNTS = ("amount_too_small", "amount_too_large")


def intent(found: Mapping[str, Any]) -> Intent:
    """Read a PaymentIntent. Raises KeyError, TypeError or ValueError for what is none."""
    mark = found.get("metadata") or {}
    return Intent(
        id=str(found["id"]),
        status=str(found["status"]),
        amount=int(found["amount"]),
        received=int(found.get("amount_received") or 0),
        currency=str(found["currency"]),
        livemode=bool(found["livemode"]),
        reference=mark.get("purchase"),
        client_secret=found.get("client_secret"),
        voucher=_voucher(found.get("next_action") or {}),
        site=mark.get("site"),
        bill=mark.get("bill"),
        problem=(found.get("last_payment_error") or {}).get("code"),
    )


def _voucher(action: Mapping[str, Any]) -> str | None:
    page = (action.get("konbini_display_details") or {}).get("hosted_voucher_url")
    return page if isinstance(page, str) and page.startswith("https://") else None


def page(found: Mapping[str, Any]) -> str:
    """Read where a page of Stripe's stands. Raises KeyError or ValueError where there is none."""
    address = str(found["url"])
    if not address.startswith(CARD_PAGES):
        raise ValueError(f"no page of Stripe's: {address[:50]}")
    return address


def refused_intent(body: object) -> dict[str, Any] | None:
    """Return the PaymentIntent within the refusal of a card; None where there is none."""
    error = body.get("error") if isinstance(body, dict) else None
    found = error.get("payment_intent") if isinstance(error, dict) else None
    return found if isinstance(found, dict) else None


def refund(found: Mapping[str, Any]) -> RefundLine:
    """Read a refund. Raises as `intent` does."""
    return RefundLine(
        str(found["id"]),
        found.get("payment_intent"),
        int(found["amount"]),
        str(found.get("status")),
    )


def ways(configurations: Sequence[Mapping[str, Any]]) -> Ways:
    """Read the ways to pay that are switched on, from an account's configurations of them.

    Those of Connect belong to others. Raises ValueError where there is none of the account's own.
    """
    own = [one for one in configurations if one.get("active") and not _of_connect(one)]
    chosen = next((one for one in own if one.get("is_default")), own[0] if own else None)
    if chosen is None:
        raise ValueError("no active payment method configuration")
    return Ways(
        tuple(method for method in METHODS if _is_on(chosen, method)),
        tuple(wallet for wallet in WALLETS if _is_on(chosen, wallet)),
    )


def _of_connect(configuration: Mapping[str, Any]) -> bool:
    return bool(configuration.get("application") or configuration.get("parent"))


def _is_on(configuration: Mapping[str, Any], name: str) -> bool:
    told = configuration.get(name)
    return isinstance(told, Mapping) and told.get("available") is True


def refusal(
    code: str | None, param: str | None, message: str, order: Order | None
) -> ProviderRefusedError:
    """Return what a refused question means; of an order, perhaps only a part is in the way."""
    why = f"{message} [{code or '-'} {param or '-'}]"[:LONGEST_WHY]
    if code == "resource_missing" and param == "customer":
        return PayerGoneError("customer", why)
    if order is None:
        gone = code == "resource_missing"
        return PayerGoneError("payment", why) if gone else ProviderRefusedError("request", why)
    if order.saved_card is not None and param == "payment_method":
        return PayerGoneError("card", why)
    refused = _refused(code, param or "", message, order)
    return MethodsRefusedError(refused, why) if refused else ProviderRefusedError("request", why)


def _refused(code: str | None, param: str, message: str, order: Order) -> frozenset[Method]:
    """The methods of an order that stand in its way; nobody knows which: all but cards."""
    if not param.startswith(_OF_METHODS) and code not in _OF_AMOUNTS:
        return frozenset()
    said = f"{param} {message}".lower()
    named = frozenset(m for m in order.methods if re.search(rf"(?<![a-z]){m}(?![a-z_])", said))
    if named or not param.startswith("payment_method_types"):
        return named
    return frozenset(order.methods) - {"card"}
