"""Bills paid by bank: what arrives pays: a part, too much, late, doubled, in any order."""

import asyncio
from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from foundation.errors import UserError
from points.payments import events
from points.payments.bills import comparing, takings
from points.payments.bills.bank import BankMove
from points.payments.bills.told import BillHouse
from points.payments.provider import PayerGoneError
from points.tables import tab_payments
from tests.points.payments.bills.counter import Counter
from tests.waiting import somebody_waits
from tests.world import new_user


async def test_two_parts_pay_one_bill(counter: Counter) -> None:
    await counter.owe(1000)
    customer = await counter.customer()
    send, tell = counter.shop.fake.send, counter.shop.tell
    assert (await tell(send(customer, 400))).outcome == "settled"
    assert await counter.states() == [("open", 600)]
    await tell(send(customer, 600))
    assert await counter.states() == [("paid", 0)]
    assert await counter.told() == [
        "お支払いを確認しました（400円）",
        "お支払いを確認しました（600円）",
    ]
    await counter.shop.must_balance()


async def test_too_much_pays_the_next_bill(counter: Counter) -> None:
    await counter.owe(300)
    customer = await counter.customer()
    await counter.shop.tell(counter.shop.fake.send(customer, 1000))
    assert await counter.states() == [("paid", 0)]
    await counter.owe(500)
    await counter.owe(400)
    assert await counter.states() == [("paid", 0), ("paid", 0), ("open", 200)]
    await counter.shop.must_balance()


async def test_an_event_twice_pays_once_and_the_oldest_bill_first(counter: Counter) -> None:
    await counter.owe(300)
    await counter.owe(500)
    event = counter.shop.fake.send(await counter.customer(), 400)
    await counter.shop.tell(event)
    assert (await counter.shop.tell(event)).outcome == "again"
    doubled = counter.shop.fake.event(event["type"], event["data"]["object"])
    assert (await counter.shop.tell(doubled)).outcome == "noted"
    assert await counter.states() == [("paid", 0), ("open", 400)]


async def test_what_arrived_is_taken_over_once(counter: Counter) -> None:
    await counter.owe(300)
    shop = counter.shop
    customer = await counter.customer()
    await shop.tell(shop.fake.send(customer, 300))
    shop.fake.faults = ["drop"] * 3
    assert await takings.take_over(shop.database, shop.gateway) == 0
    assert await counter.states() == [("paid", 0)]
    assert len(shop.fake.intents) == 1
    (taken,) = shop.fake.intents.values()
    event = shop.fake.paid(taken["id"])
    assert (await shop.tell(event)).outcome == "noted"
    assert await takings.take_over(shop.database, shop.gateway) == 0
    assert (taken["amount"], taken["metadata"]["transfer"][:8]) == (300, "ccsbtxn_")


async def test_what_no_event_told_is_found_at_night(counter: Counter) -> None:
    await counter.owe(300)
    shop = counter.shop
    event = shop.fake.send(await counter.customer(), 300)
    house = BillHouse("stripe", shop.gateway.site)
    assert await comparing.compare_transfers(shop.database, house, shop.gateway) == 1
    assert await counter.states() == [("paid", 0)]
    assert (await shop.tell(event)).outcome == "noted"
    assert await comparing.compare_transfers(shop.database, house, shop.gateway) == 0


async def test_other_movements_and_strangers_pay_nothing(counter: Counter) -> None:
    await counter.owe(300)
    fake, tell = counter.shop.fake, counter.shop.tell
    customer = await counter.customer()
    for event in (
        fake.send(customer, -300, type="applied_to_payment"),
        fake.send(customer, 300, currency="usd"),
        fake.send("cus_stranger", 300),
    ):
        assert (await tell(event)).outcome == "ignored"
    assert (await tell(fake.send(customer, 0))).outcome == "refused"
    assert await counter.states() == [("open", 300)]
    assert await counter.shop.alarms() == ["payment_refused"]


async def test_a_refund_of_what_was_taken_over_opens_the_bill_again(counter: Counter) -> None:
    await counter.owe(300)
    shop = counter.shop
    await shop.tell(shop.fake.send(await counter.customer(), 300))
    assert await takings.take_over(shop.database, shop.gateway) == 1
    (taken,) = shop.fake.intents
    await shop.tell(shop.fake.event("refund.created", shop.fake.refund(taken, 300)))
    assert await counter.states() == [("open", 300)]
    await shop.must_balance()


async def test_two_refunds_at_once_are_both_gone(counter: Counter) -> None:
    await counter.owe(300)
    shop = counter.shop
    await shop.tell(shop.fake.send(await counter.customer(), 300))
    assert await takings.take_over(shop.database, shop.gateway) == 1
    (taken,) = shop.fake.intents
    first, second = (
        shop.fake.event("refund.created", shop.fake.refund(taken, yen)) for yen in (100, 120)
    )
    async with shop.database.transaction() as tx:
        await events.keep(tx, first)
    async with shop.database.transaction() as tx:
        assert (await events.handle(tx, shop.house, first["id"])).outcome == "taken"
        other = asyncio.create_task(shop.tell(second))
        await somebody_waits(shop.database)
    assert (await other).outcome == "taken"
    assert await counter.states() == [("open", 220)]
    async with shop.database.transaction() as tx:
        assert await tx.scalar(sa.select(tab_payments.c.taken_back)) == 220
    await shop.must_balance()


async def test_who_never_used_a_tab_has_no_account_to_send_to(counter: Counter) -> None:
    with pytest.raises(UserError, match="tab_unused"):
        await counter.customer()
    assert counter.shop.fake.customers == {}


async def test_a_customer_who_is_gone_keeps_no_others_money_from_being_found(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = counter.shop
    await counter.owe(300)
    gone = await counter.customer()
    async with shop.database.transaction() as tx:
        shop.buyer = await new_user(tx)
    await counter.owe(300)
    shop.fake.send(await counter.customer(), 300)
    arrived = shop.gateway.transfers.moved

    async def asked(customer: str) -> Sequence[BankMove]:
        if customer == gone:
            raise PayerGoneError("customer", "No such customer")
        return await arrived(customer)

    monkeypatch.setattr(shop.gateway.transfers, "moved", asked)
    house = BillHouse("stripe", shop.gateway.site)
    assert await comparing.compare_transfers(shop.database, house, shop.gateway) == 1
    assert await counter.states() == [("paid", 0)]
