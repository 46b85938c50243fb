"""What a bank takes back of a transfer opens the bill again, whichever order the events come in."""

import itertools
from typing import Any

import pytest
import sqlalchemy as sa

from points.payments.bills import comparing, takings
from points.payments.bills.bank import BankMove
from points.payments.bills.tables import tab_moves, tab_takings
from points.payments.bills.told import BillHouse
from points.payments.refunds import TooEarlyError
from points.payments.settling import settle_open
from points.tables import payment_events, tab_payments
from tests.points.payments.bills.counter import Counter

Event = dict[str, Any]


def gone(counter: Counter, customer: str, yen: int, kind: str = "funding_reversed") -> Event:
    """So many yen leave a payer's account for their bank."""
    return counter.shop.fake.send(customer, -yen, type=kind, funded=None)


async def tell(counter: Counter, *events: Event) -> list[str]:
    """Stripe tells these, and those that were too early again; return what became of each."""
    shop = counter.shop
    outcomes: list[str] = []
    for event in events:
        try:
            outcomes.append((await shop.tell(event)).outcome)
        except TooEarlyError:
            outcomes.append("too_early")
    async with counter.owner.transaction() as tx:
        await tx.execute(sa.update(payment_events).values(received_at=sa.text("'2026-01-01'")))
    await settle_open(shop.database, shop.house)
    return outcomes


async def test_a_transfer_that_its_bank_takes_back_before_it_was_taken_over_is_owed_again(
    counter: Counter,
) -> None:
    await counter.owe(300)
    shop, customer = counter.shop, await counter.customer()
    await tell(counter, shop.fake.send(customer, 300))
    assert await counter.states() == [("paid", 0)]
    assert await tell(counter, gone(counter, customer, 300)) == ["taken"]
    assert await counter.states() == [("open", 300)]
    assert await counter.left() == 7700
    assert (await counter.told())[-1] == "お振り込みが取り消されました（300円）"
    assert await shop.alarms() == ["bill_money_back"]
    # Nothing lies there any more that could be taken over.
    assert await takings.take_over(shop.database, shop.gateway) == 0
    assert not shop.fake.intents
    await shop.must_balance()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_in_any_order_the_end_is_the_same(counter: Counter, order: tuple[int, ...]) -> None:
    await counter.owe(300)
    shop, customer = counter.shop, await counter.customer()
    events = [
        shop.fake.send(customer, 300),
        gone(counter, customer, 300),
        shop.fake.send(customer, 120),
    ]
    await tell(counter, *(events[place] for place in order))
    assert await counter.states() == [("open", 180)]
    # All of it again, as other events, changes nothing.
    again = [shop.fake.event(one["type"], one["data"]["object"]) for one in events]
    assert set(await tell(counter, *again)) == {"noted"}
    assert await counter.states() == [("open", 180)]
    async with shop.database.transaction() as tx:
        rows = await tx.execute(sa.select(tab_takings.c.yen, tab_takings.c.gone))
        assert sorted(tuple(row) for row in rows) == [(120, 0), (300, 300)]
    await shop.must_balance()


async def test_after_it_was_taken_over_as_well(counter: Counter) -> None:
    await counter.owe(300)
    shop, customer = counter.shop, await counter.customer()
    await tell(counter, shop.fake.send(customer, 300))
    assert await takings.take_over(shop.database, shop.gateway) == 1
    await tell(counter, gone(counter, customer, 300))
    assert await counter.states() == [("open", 300)]
    await shop.must_balance()


async def test_what_the_provider_sends_back_untaken_is_owed_again_and_not_where_it_stays(
    counter: Counter,
) -> None:
    await counter.owe(300)
    shop, customer = counter.shop, await counter.customer()
    await tell(counter, shop.fake.send(customer, 300))
    await tell(counter, gone(counter, customer, 300, "return_initiated"))
    assert await counter.states() == [("open", 300)]
    await tell(counter, shop.fake.send(customer, 300, type="return_canceled"))
    assert await counter.states() == [("paid", 0)]
    assert await takings.take_over(shop.database, shop.gateway) == 1
    await shop.must_balance()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_a_refund_that_goes_on_to_the_bank_counts_once(
    counter: Counter, order: tuple[int, ...]
) -> None:
    await counter.owe(1000)
    shop, customer = counter.shop, await counter.customer()
    await tell(counter, shop.fake.send(customer, 1000))
    assert await takings.take_over(shop.database, shop.gateway) == 1
    (taken,) = shop.fake.intents
    events = [
        shop.fake.event("refund.created", shop.fake.refund(taken, 300)),
        shop.fake.send(customer, 300, type="refunded_from_payment"),
        gone(counter, customer, 300, "return_initiated"),
    ]
    await tell(counter, *(events[place] for place in order))
    assert await counter.states() == [("open", 300)]
    async with shop.database.transaction() as tx:
        assert await tx.scalar(sa.select(tab_payments.c.taken_back)) == 300
    await shop.must_balance()


async def test_a_part_leaves_the_rest_to_be_taken_over(counter: Counter) -> None:
    await counter.owe(1000)
    shop, customer = counter.shop, await counter.customer()
    await tell(counter, shop.fake.send(customer, 1000), gone(counter, customer, 400))
    assert await counter.states() == [("open", 400)]
    assert await takings.take_over(shop.database, shop.gateway) == 1
    (taken,) = shop.fake.intents.values()
    assert taken["amount"] == 600
    await shop.must_balance()


async def test_more_than_ever_came_waits_for_what_is_still_to_be_told(counter: Counter) -> None:
    await counter.owe(300)
    shop, customer = counter.shop, await counter.customer()
    assert await tell(counter, gone(counter, customer, 500)) == ["too_early"]
    async with shop.database.transaction() as tx:
        assert not (await tx.execute(sa.select(tab_moves))).all()
    await tell(counter, shop.fake.send(customer, 300))
    assert await counter.states() == [("paid", 0)]
    await tell(counter, shop.fake.send(customer, 200))
    assert await counter.states() == [("open", 300)]


async def test_what_no_event_told_is_found_at_night_though_nothing_is_owed(
    counter: Counter,
) -> None:
    await counter.owe(300)
    shop, customer = counter.shop, await counter.customer()
    await tell(counter, shop.fake.send(customer, 300))
    gone(counter, customer, 300)
    house = BillHouse("stripe", shop.gateway.site)
    assert await counter.states() == [("paid", 0)]
    assert await comparing.compare_transfers(shop.database, house, shop.gateway) == 1
    assert await counter.states() == [("open", 300)]
    assert await comparing.compare_transfers(shop.database, house, shop.gateway) == 0
    moved: list[BankMove] = list(await shop.gateway.transfers.moved(customer))
    assert [one.kind for one in moved] == ["reversed", "arrived"]
