"""What the real SDK does against a Stripe that fails."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import stripe

from foundation.errors import UserError
from foundation.settings import Settings
from points.payments import payers
from points.payments.checkout import open_payment
from points.payments.payers import Card
from points.payments.provider import ProviderSilentError, SignatureError
from points.payments.wire.demo import DemoGateway
from points.payments.wire.gateway import StripeGateway, read_event
from tests.points.payments.conftest import Shop
from tests.points.payments.fake_stripe import SECRET, signed


async def test_an_order_becomes_an_intent_at_our_own_price(shop: Shop) -> None:
    number, name = await shop.order(3)
    intent = shop.fake.intents[name]
    assert (intent["amount"], intent["currency"]) == (5000, "jpy")
    assert intent["metadata"] == {"purchase": (await shop.find(number)).reference}
    assert intent["payment_method_types"] == ["card", "konbini"]
    assert await shop.points() == 0


@pytest.mark.parametrize("fault", ["drop", "slow", "500"])
async def test_an_answer_that_is_lost_after_it_succeeded_makes_no_second_intent(
    shop: Shop, fault: str
) -> None:
    shop.fake.faults = [fault]
    _, name = await shop.order()
    assert list(shop.fake.intents) == [name]


async def test_when_no_answer_comes_at_all_the_same_press_finds_the_same_intent(
    shop: Shop,
) -> None:
    shop.fake.faults = ["drop"] * 3
    bought = await shop.start()
    with pytest.raises(ProviderSilentError):
        await open_payment(shop.database, shop.gateway, bought)
    assert len(shop.fake.intents) == 1
    again = await shop.start()
    assert again == bought
    intent = await open_payment(shop.database, shop.gateway, again)
    assert [intent.id] == list(shop.fake.intents)
    assert (await shop.find(bought.id)).intent == intent.id


async def test_an_intent_known_already_is_looked_up_and_not_made_again(shop: Shop) -> None:
    number, name = await shop.order()
    intent = await open_payment(shop.database, shop.gateway, await shop.find(number))
    assert (intent.id, intent.client_secret) == (name, f"{name}_secret")
    assert len(shop.fake.asked) == 1


async def test_a_member_becomes_one_customer_when_they_save_a_card(shop: Shop) -> None:
    for press in ("one", "two"):
        _, name = await shop.order(press=press, save_card=True)
        assert shop.fake.intents[name]["customer"] == next(iter(shop.fake.customers))
    assert len(shop.fake.customers) == 1
    customer = next(iter(shop.fake.customers))
    method = {"id": "pm_visa", "object": "payment_method", "type": "card", "customer": customer}
    kept = method | {"card": {"brand": "visa", "last4": "4242"}}
    await shop.tell(shop.fake.event("payment_method.attached", kept))
    async with shop.database.transaction() as tx:
        assert await payers.card_of(tx, shop.buyer, "stripe") == Card("pm_visa", "visa", "4242")


async def _with_card(shop: Shop, card: str) -> None:
    async with shop.database.transaction() as tx:
        await payers.note_customer(tx, shop.buyer, "stripe", "cus_x")
        await payers.note_card(tx, "cus_x", Card(card, "visa", "4242"))


async def test_one_tap_charges_the_saved_card_and_credits_only_by_the_webhook(shop: Shop) -> None:
    await _with_card(shop, "pm_good")
    _, name = await shop.order(with_saved_card=True)
    assert shop.fake.intents[name]["status"] == "succeeded"
    assert await shop.points() == 0
    await shop.tell(shop.fake.paid(name))
    assert await shop.points() == 1000


@pytest.mark.parametrize(
    ("card", "status"), [("pm_declined", "requires_payment_method"), ("pm_3ds", "requires_action")]
)
async def test_a_saved_card_that_is_refused_or_asks_leads_to_the_pay_page(
    shop: Shop, card: str, status: str
) -> None:
    await _with_card(shop, card)
    bought = await shop.start(with_saved_card=True)
    intent = await open_payment(shop.database, shop.gateway, bought)
    assert intent.status == status
    assert (await shop.find(bought.id)).intent == intent.id


async def test_one_tap_without_a_saved_card_orders_nothing(shop: Shop) -> None:
    with pytest.raises(UserError, match="card_unknown"):
        await shop.start(with_saved_card=True)


async def test_a_list_of_several_pages_comes_whole(shop: Shop) -> None:
    for press in range(5):
        await shop.order(press=f"p{press}")
    now = datetime.now(UTC)
    found = await shop.gateway.intents(now - timedelta(hours=2), now)
    assert [intent.id for intent in found] == list(shop.fake.intents)


@pytest.mark.parametrize(
    ("signature", "why"),
    [
        (None, "no header"), ("", "empty"), ("t=1,v1=abc", "old"), ("v1=abc", "no time"),
        ("t=x,v1=y", "no number"), ("t=1,v0=abc", "other scheme"), ("あ", "not ASCII"),
    ],
)  # fmt: skip
def test_a_body_that_is_not_signed_by_stripe_is_no_event(signature: str | None, why: str) -> None:
    body, _ = signed({"id": "evt_1", "type": "x"})
    with pytest.raises(SignatureError):
        read_event(body, signature, SECRET)


def test_the_signature_is_over_the_raw_body_with_our_secret_and_fresh() -> None:
    body, header = signed({"id": "evt_1", "type": "x", "data": {"object": {}}})
    assert read_event(body, header, SECRET)["id"] == "evt_1"
    wrong = [(body + b" ", header), (body.replace(b"1", b"2"), header), (b"\xff\xfe", header)]
    wrong += [signed({"id": "evt_1", "type": "x"}, "whsec_other")]
    wrong += [signed({"id": "evt_1", "type": "x"}, age=400)]
    wrong += [
        signed({"type": "x"}),
        signed({"id": 5, "type": "x"}),
        signed({"id": "", "type": "x"}),
    ]
    for sent, signature in wrong:
        with pytest.raises(SignatureError):
            read_event(sent, signature, SECRET)


def test_the_demo_provider_refuses_to_start_on_a_real_site(shop: Shop) -> None:
    async def deliver(body: bytes, signature: str) -> None: ...

    with pytest.raises(ValueError, match="demo sites only"):
        DemoGateway(Settings(demo=False), deliver)


async def test_so_many_questions_wait_for_an_answer_and_no_more(
    stripe_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def hang(*_: object, **__: object) -> tuple[bytes, int, dict[str, str]]:
        asked.release()
        await go_on.wait()
        return b"{}", 500, {}

    monkeypatch.setattr(stripe.AIOHTTPClient, "request_async", hang)
    gateway = StripeGateway(stripe_settings.model_copy(update={"stripe_at_once": 2}))
    waiting = [asyncio.create_task(gateway.intent("pi_1")) for _ in range(2)]
    try:
        async with asyncio.timeout(20):
            for _ in waiting:
                await asked.acquire()
            with pytest.raises(ProviderSilentError):
                await gateway.intent("pi_2")
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await gateway.close()
    assert asked.locked(), "nobody asked a third time"
