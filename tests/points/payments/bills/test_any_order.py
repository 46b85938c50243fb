"""Whatever the provider tells of a card's payment, in whichever order: the same end."""

import itertools
from typing import Any

import pytest
import sqlalchemy as sa

from points.payments.bills import telling
from points.payments.refunds import TooEarlyError
from points.payments.settling import settle_open
from points.tab import limits
from points.tables import payment_events
from tests.points.payments.bills.counter import Counter, grow_older

Event = dict[str, Any]


async def tell(counter: Counter, *events: Event) -> None:
    """Stripe tells these; the clock comes by for those that were too early."""
    shop = counter.shop
    for event in events:
        try:
            await shop.tell(event)
        except TooEarlyError:
            continue
    for _ in events:
        async with counter.owner.transaction() as tx:
            await tx.execute(sa.update(payment_events).values(received_at=sa.text("'2026-01-01'")))
        await settle_open(shop.database, shop.house)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
async def test_webhooks_in_any_order(counter: Counter, order: tuple[int, ...]) -> None:
    await counter.owe(300)
    fake = counter.shop.fake
    made = await counter.order()
    intent = (await counter.ask(made)).id
    declined = fake.intents[intent] | {"last_payment_error": {"code": "card_declined"}}
    dispute = fake.dispute(intent, 120)
    events = [
        fake.event("payment_intent.payment_failed", declined),
        fake.paid(intent),
        fake.event("refund.created", fake.refund(intent, 50)),
        fake.event("charge.dispute.closed", dispute | {"status": "lost"}),
    ]
    await tell(counter, *(events[place] for place in order))
    await tell(counter, fake.event("charge.dispute.created", dispute))
    assert (await counter.found(made)).state == "paid"
    assert await counter.states() == [("open", 170)]
    await counter.shop.must_balance()


async def test_a_late_transfer_pays_and_opens_the_tab_again(counter: Counter) -> None:
    await counter.owe(300)
    shop, customer = counter.shop, await counter.customer()
    await grow_older(counter.owner, shop.buyer, 9)
    async with shop.database.transaction() as tx:
        assert await telling.remind(tx, counter.settings, 100) == 1
        state = await limits.state_of(tx, counter.settings, shop.buyer)
    refusal = state.refusal(1)
    assert (state.overdue, refusal and refusal.code) == (True, "tab_overdue")
    await tell(counter, shop.fake.send(customer, 100))
    async with shop.database.transaction() as tx:
        assert (await limits.state_of(tx, counter.settings, shop.buyer)).overdue
    await tell(counter, shop.fake.send(customer, 200))
    assert await counter.states() == [("paid", 0)]
    async with shop.database.transaction() as tx:
        state = await limits.state_of(tx, counter.settings, shop.buyer)
        assert await telling.remind(tx, counter.settings, 100) == 0
    assert (state.overdue, state.refusal(8000)) == (False, None)
    await shop.must_balance()
