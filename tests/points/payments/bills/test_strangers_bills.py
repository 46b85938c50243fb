"""Whose a payment of bills is, and events that come late or of somebody else."""

from typing import Any

import pytest

from points.payments import events, origins
from points.payments.settling import settle
from tests.points.payments.bills.counter import Counter


async def ours(counter: Counter, event: dict[str, Any]) -> bool:
    async with counter.shop.database.transaction() as tx:
        return await origins.is_ours(tx, counter.shop.house, event)


def marked(counter: Counter, reference: str, **more: str) -> dict[str, Any]:
    """An event of a payment that bears a mark of bills, and was never begun here."""
    intent = {
        "id": "pi_stranger", "object": "payment_intent", "status": "succeeded", "amount": 300,
        "amount_received": 300, "currency": "jpy", "livemode": False,
        "metadata": {"bill": reference, **more},
    }  # fmt: skip
    return counter.shop.fake.event("payment_intent.succeeded", intent)


async def test_our_payments_and_accounts_are_known_and_others_are_not(counter: Counter) -> None:
    await counter.owe(300)
    order = await counter.order()
    intent = await counter.ask(order)
    fake = counter.shop.fake
    assert await ours(counter, fake.paid(intent.id))
    assert await ours(counter, fake.event("refund.created", fake.refund(intent.id, 100)))
    assert await ours(counter, fake.send(await counter.customer(), 100))
    assert not await ours(counter, fake.send("cus_other_shop", 100))
    assert not await ours(counter, marked(counter, "7:1", site="https://other.example"))
    assert not await ours(counter, marked(counter, "seven"))
    body = f'{{"metadata": {{"bill": "{order.reference}"}}}}'.encode()
    async with counter.shop.database.transaction() as tx:
        assert await origins.is_said_to_be_ours(tx, body)
        assert not await origins.is_said_to_be_ours(tx, body.replace(b":1", b":2"))


async def test_what_bears_our_mark_and_is_unknown_is_told_to_staff(counter: Counter) -> None:
    event = marked(counter, "7:1")
    assert await ours(counter, event)
    assert (await counter.shop.tell(event)).outcome == "refused"
    assert await counter.shop.alarms() == ["payment_refused"]


@pytest.mark.parametrize("kind", ["payment_failed", "canceled"])
async def test_what_comes_after_the_payment_changes_nothing(counter: Counter, kind: str) -> None:
    await counter.owe(300)
    order = await counter.order()
    intent = await counter.ask(order)
    fake = counter.shop.fake
    late = fake.event(f"payment_intent.{kind}", dict(fake.intents[intent.id]))
    await counter.shop.tell(fake.paid(intent.id))
    await counter.shop.tell(late)
    assert (await counter.found(order)).state == "paid"
    assert await counter.states() == [("paid", 0)]


@pytest.mark.parametrize("kind", ["payment_failed", "canceled"])
async def test_what_comes_before_it_does_not_either(counter: Counter, kind: str) -> None:
    await counter.owe(300)
    order = await counter.order()
    intent = await counter.ask(order)
    fake = counter.shop.fake
    await counter.shop.tell(fake.event(f"payment_intent.{kind}", dict(fake.intents[intent.id])))
    assert (await counter.found(order)).state in ("failed", "canceled")
    await counter.shop.tell(fake.paid(intent.id))
    assert await counter.states() == [("paid", 0)]


async def test_live_and_test_money_are_not_mixed(counter: Counter) -> None:
    await counter.owe(300)
    intent = await counter.ask(await counter.order())
    event = counter.shop.fake.paid(intent.id) | {"livemode": True}
    assert (await counter.shop.tell(event)).outcome == "refused"
    assert await counter.states() == [("open", 300)]


async def test_a_refund_that_came_first_is_handled_with_the_payment(counter: Counter) -> None:
    await counter.owe(300)
    intent = await counter.ask(await counter.order())
    shop = counter.shop
    refund = shop.fake.event("refund.created", shop.fake.refund(intent.id, 300))
    async with shop.database.transaction() as tx:
        await events.keep(tx, refund)
    with pytest.raises(Exception, match="not come yet"):
        await settle(shop.database, shop.house, refund["id"])
    await shop.tell(shop.fake.paid(intent.id))
    async with shop.database.transaction() as tx:
        waiting = await events.open_ones(tx, 10, intent.id)
    assert waiting == [refund["id"]]
    await settle(shop.database, shop.house, refund["id"])
    assert await counter.states() == [("open", 300)]
