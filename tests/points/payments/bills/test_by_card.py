"""Bills paid by card: once, whatever is pressed, lost, doubled or late."""

import pytest

from foundation.errors import UserError
from points.payments.bills import comparing
from points.payments.bills.told import BillHouse
from points.payments.provider import ProviderSilentError
from points.payments.reconciliation import reconcile
from tests.points.payments.bills.counter import Counter


async def test_one_or_several_bills_are_paid_in_one_step(counter: Counter) -> None:
    await counter.owe(300)
    await counter.owe(500)
    order = await counter.order()
    intent = await counter.ask(order)
    assert (order.yen, intent.amount) == (800, 800)
    assert await counter.states() == [("open", 300), ("open", 500)]
    told = await counter.shop.tell(counter.shop.fake.paid(intent.id))
    assert (told.outcome, told.user_id) == ("settled", counter.shop.buyer)
    assert await counter.states() == [("paid", 0), ("paid", 0)]
    assert await counter.left() == 8000
    assert await counter.told() == ["お支払いを確認しました（800円）"]
    await counter.shop.must_balance()


async def test_an_event_twice_and_a_second_event_of_it_pay_once(counter: Counter) -> None:
    await counter.owe(300)
    intent = await counter.ask(await counter.order())
    event = counter.shop.fake.paid(intent.id)
    assert (await counter.shop.tell(event)).outcome == "settled"
    assert (await counter.shop.tell(event)).outcome == "again"
    assert (await counter.shop.tell(counter.shop.fake.paid(intent.id))).outcome == "noted"
    assert await counter.states() == [("paid", 0)]
    assert len(await counter.told()) == 1


async def test_the_same_press_asks_once_and_another_page_calls_the_first_off(
    counter: Counter,
) -> None:
    await counter.owe(300)
    first = await counter.ask(await counter.order("one"))
    assert (await counter.ask(await counter.order("one"))).id == first.id
    second = await counter.ask(await counter.order("two"))
    assert second.id != first.id
    assert counter.shop.fake.intents[first.id]["status"] == "canceled"
    await counter.shop.tell(counter.shop.fake.paid(second.id))
    assert await counter.states() == [("paid", 0)]


async def test_a_bill_that_was_paid_in_another_page_is_not_paid_again(counter: Counter) -> None:
    await counter.owe(300)
    first = await counter.ask(await counter.order("one"))
    counter.shop.fake.paid(first.id)  # its event is on the way
    second = await counter.order("two")
    with pytest.raises(UserError) as refused:
        await counter.ask(second)
    assert refused.value.code == "bill_being_paid"
    paid = [one for one in counter.shop.fake.intents.values() if one["status"] == "succeeded"]
    assert len(paid) == 1


async def test_an_order_of_bills_that_were_paid_meanwhile_is_called_off(counter: Counter) -> None:
    await counter.owe(300)
    order = await counter.order()
    intent = await counter.ask(order)
    await counter.shop.tell(counter.shop.fake.send(await counter.customer(), 300))
    with pytest.raises(UserError) as refused:
        await counter.ask(await counter.found(order))
    assert refused.value.code == "bills_changed"
    assert counter.shop.fake.intents[intent.id]["status"] == "canceled"
    assert (await counter.found(order)).state == "canceled"


async def test_what_was_not_shown_is_not_ordered(counter: Counter) -> None:
    await counter.owe(300)
    for wrong in ({"shown": 299}, {"ids": [], "shown": 0}, {"ids": [0], "shown": 300}):
        with pytest.raises(UserError) as refused:
            await counter.order(**wrong)
        assert refused.value.code == "bills_changed"


async def test_another_amount_pays_nothing_and_staff_are_told(counter: Counter) -> None:
    await counter.owe(300)
    intent = await counter.ask(await counter.order())
    event = counter.shop.fake.paid(intent.id, amount_received=30)
    assert (await counter.shop.tell(event)).outcome == "refused"
    assert await counter.states() == [("open", 300)]
    assert await counter.shop.alarms() == ["payment_refused"]


@pytest.mark.parametrize("fault", ["drop", "slow", "500"])
async def test_a_card_charged_whose_answer_was_lost_is_found_by_its_event(
    counter: Counter, fault: str
) -> None:
    await counter.owe(300)
    await counter.save_card()
    counter.shop.fake.faults = [fault] * 3
    order = await counter.order(saved_card=True)
    with pytest.raises(ProviderSilentError):
        await counter.ask(order)
    (charged,) = counter.shop.fake.intents
    assert (await counter.found(order)).intent is None
    await counter.shop.tell(counter.shop.fake.paid(charged))
    assert await counter.states() == [("paid", 0)]
    assert len(counter.shop.fake.intents) == 1


async def test_or_by_the_nights_comparison_and_never_twice(counter: Counter) -> None:
    await counter.owe(300)
    await counter.save_card()
    counter.shop.fake.faults = ["drop"] * 3
    with pytest.raises(ProviderSilentError):
        await counter.ask(await counter.order(saved_card=True))
    shop = counter.shop
    assert await reconcile(shop.database, shop.gateway) == []
    assert await counter.states() == [("paid", 0)]
    await reconcile(shop.database, shop.gateway)
    (charged,) = shop.fake.intents
    assert (await shop.tell(shop.fake.paid(charged))).outcome == "noted"
    assert len(await counter.told()) == 1
    house = BillHouse("stripe", shop.gateway.site)
    assert await comparing.note_listed(shop.database, house, []) == 0


async def test_or_by_asking_again_under_the_same_key(counter: Counter) -> None:
    await counter.owe(300)
    await counter.save_card()
    counter.shop.fake.faults = ["drop"] * 3
    order = await counter.order(saved_card=True)
    with pytest.raises(ProviderSilentError):
        await counter.ask(order)
    assert (await counter.ask(order)).status == "succeeded"
    assert len(counter.shop.fake.intents) == 1


async def test_a_declined_card_leaves_the_bill_open_and_says_so(counter: Counter) -> None:
    await counter.owe(300)
    await counter.save_card("pm_declined")
    order = await counter.order(saved_card=True)
    intent = await counter.ask(order)
    assert (intent.status, intent.problem) == ("requires_payment_method", "card_declined")
    assert ((await counter.found(order)).state, await counter.states()) == (
        "failed",
        [("open", 300)],
    )
    again = await counter.ask(await counter.order("another"))
    await counter.shop.tell(counter.shop.fake.paid(again.id))
    assert await counter.states() == [("paid", 0)]


async def test_a_card_that_the_provider_lost_is_left_out(counter: Counter) -> None:
    await counter.owe(300)
    await counter.save_card("pm_gone")
    counter.shop.fake.gone = {"pm_gone"}
    order = await counter.order(saved_card=True)
    assert (await counter.ask(order)).status == "requires_payment_method"
    assert (await counter.found(order)).saved_card is None


@pytest.mark.parametrize("order_first", [True, False])
async def test_money_that_went_back_opens_the_bill_again(
    counter: Counter, order_first: bool
) -> None:
    await counter.owe(300)
    intent = await counter.ask(await counter.order())
    fake = counter.shop.fake
    paid, refund = fake.paid(intent.id), fake.event("refund.created", fake.refund(intent.id, 100))
    if order_first:
        await counter.shop.tell(paid)
        await counter.shop.tell(refund)
    else:
        with pytest.raises(Exception, match="not come yet"):
            await counter.shop.tell(refund)
        await counter.shop.tell(paid)
        await counter.shop.tell(refund)
    assert await counter.states() == [("open", 100)]
    dispute = fake.dispute(intent.id, 200)
    await counter.shop.tell(fake.event("charge.dispute.created", dispute))
    await counter.shop.tell(fake.event("charge.dispute.updated", dispute))
    assert await counter.states() == [("open", 300)]
    await counter.shop.tell(fake.event("charge.dispute.closed", dispute | {"status": "won"}))
    assert await counter.states() == [("open", 100)]
    await counter.shop.must_balance()
