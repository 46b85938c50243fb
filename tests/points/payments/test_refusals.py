"""Everything that Stripe can answer, to every question: words for people, an alarm for staff."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from foundation.errors import UserError
from points.payments.provider import CardRefusedError, Order, ProviderError
from points.payments.reconciliation import reconcile
from points.payments.troubles import TEXTS, attended
from tests.points.payments.conftest import Shop

Refusal = tuple[int, Any]

INVALID = {"type": "invalid_request_error", "message": "No."}
# The status and the error that Stripe answers, what it is to staff, and what it is to the person.
REFUSALS: dict[str, tuple[Refusal, str, str]] = {
    "invalid": ((400, INVALID), "request", "provider_refused"),
    "unknown": ((400, INVALID | {"code": "parameter_unknown"}), "request", "provider_refused"),
    "key": ((401, INVALID | {"message": "Invalid API Key"}), "key", "provider_refused"),
    "permission": ((403, INVALID | {"message": "Not allowed"}), "permission", "provider_refused"),
    "busy": ((429, INVALID | {"code": "rate_limit"}), "busy", "provider_silent"),
    "repeated": ((400, {"type": "idempotency_error"}), "repeated", "provider_repeated"),
    "down": ((500, {"type": "api_error", "message": "x"}), "silent", "provider_silent"),
    "in use": ((409, INVALID | {"code": "idempotency_key_in_use"}), "silent", "provider_silent"),
    "a page": ((502, None), "silent", "provider_silent"),
    "no error": ((418, {}), "silent", "provider_silent"),
}  # fmt: skip

NOW = datetime.now(UTC)
ORDER = Order(1, "1:1", "key", 1000, None, None, False)
CALLS: dict[str, Callable[[Shop], Awaitable[object]]] = {
    "begin": lambda shop: shop.gateway.begin(ORDER),
    "new_customer": lambda shop: shop.gateway.new_customer(1, "key"),
    "intent": lambda shop: shop.gateway.intent("pi_1"),
    "forget": lambda shop: shop.gateway.forget("pm_1"),
    "ways": lambda shop: shop.gateway.ways(),
    "intents": lambda shop: shop.gateway.intents(NOW - timedelta(days=1), NOW),
    "refunds": lambda shop: shop.gateway.refunds(NOW - timedelta(days=1), NOW),
}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's pauses before it asks again are none of this file's business."""
    for name in ("INITIAL_DELAY", "MAX_DELAY"):
        monkeypatch.setattr(stripe.HTTPClient, name, 0.0)


@pytest.mark.parametrize("call", CALLS)
async def test_each_refusal_of_each_question_has_words_and_is_told_to_staff_once(
    shop: Shop, call: str
) -> None:
    for name, (refusal, problem, code) in REFUSALS.items():
        if call == "forget" and problem == "request":
            continue  # a card that can't be detached is gone
        shop.fake.refusal = refusal
        for _ in range(2):
            with pytest.raises(ProviderError) as told:
                async with attended(shop.database):
                    await CALLS[call](shop)
            assert (told.value.problem, told.value.code) == (problem, code), name
            assert told.value.status in (409, 503)
            assert told.value.text
    problems = {problem for _, problem, _ in REFUSALS.values()}
    assert set(await shop.alarms()) >= {f"payments_{p}" for p in problems - {"request"}}
    assert len(await shop.alarms()) == len(set(await shop.alarms()))


@pytest.mark.parametrize("call", CALLS)
async def test_a_stripe_that_is_not_there_is_silent(shop: Shop, call: str) -> None:
    await shop.gateway.close()
    shop.gateway._client._requestor._options.base_addresses = {"api": "http://127.0.0.1:9"}
    with pytest.raises(ProviderError, match="provider_silent"):
        await CALLS[call](shop)


@pytest.mark.parametrize("call", CALLS)
async def test_a_card_that_is_refused_where_there_is_no_payment_is_no_matter_for_staff(
    shop: Shop, call: str
) -> None:
    shop.fake.refusal = (402, {"type": "card_error", "code": "card_declined", "message": "x"})
    with pytest.raises(CardRefusedError):
        async with attended(shop.database):
            await CALLS[call](shop)
    assert await shop.alarms() == []


@pytest.mark.parametrize("call", ["begin", "intent", "intents"])
async def test_an_answer_that_can_not_be_read_is_none(shop: Shop, call: str) -> None:
    strange: dict[str, Any] = {"id": "pi_1", "object": "payment_intent", "created": 0}
    shop.fake.answer = strange if call != "intents" else _list([strange])
    with pytest.raises(ProviderError, match="provider_silent"):
        await CALLS[call](shop)


def _list(items: list[Any]) -> dict[str, Any]:
    return {"object": "list", "url": "/v1/x", "data": items, "has_more": False}


@pytest.mark.parametrize("told", [[], [{"id": "pmc", "object": "x", "active": False}]])
async def test_an_account_without_a_configuration_says_nothing_of_its_ways(
    shop: Shop, told: list[Any]
) -> None:
    shop.fake.answer = _list(told)
    with pytest.raises(ProviderError, match="provider_silent"):
        await shop.gateway.ways()


async def test_the_daily_comparison_says_when_it_could_not_compare(shop: Shop) -> None:
    shop.fake.refusal = REFUSALS["permission"][0]
    for _ in range(2):
        with pytest.raises(UserError, match="provider_refused"):
            await reconcile(shop.database, shop.gateway)
    assert await shop.alarms() == ["payments_permission"]


def test_every_problem_has_words_for_staff() -> None:
    assert {problem for _, problem, _ in REFUSALS.values()} <= set(TEXTS)
    assert all("%(why)s" in text for text in TEXTS.values())
