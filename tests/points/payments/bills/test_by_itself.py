"""「通話後に自動でお支払い」: the saved card is charged once, or the bill stays open, saying so."""

import asyncio

import pytest

from points.payments.bills import by_itself, telling
from tests.points.payments.bills.counter import Counter, grow_older


async def collect(counter: Counter) -> int:
    return await by_itself.collect(counter.shop.database, counter.shop.gateway, None)


async def choose(counter: Counter, *, wanted: bool) -> None:
    async with counter.shop.database.transaction() as tx:
        await by_itself.choose(tx, counter.shop.buyer, wanted=wanted)


async def test_a_saved_card_pays_a_new_bill_and_none_of_before(counter: Counter) -> None:
    await counter.owe(300)
    await counter.save_card()
    await choose(counter, wanted=True)
    assert await collect(counter) == 0
    await counter.owe(500)
    assert await collect(counter) == 1
    (intent,) = counter.shop.fake.intents
    assert await collect(counter) == 0
    await counter.shop.tell(counter.shop.fake.paid(intent))
    assert await counter.states() == [("open", 300), ("paid", 0)]


async def test_two_processes_charge_once(counter: Counter) -> None:
    await counter.save_card()
    await choose(counter, wanted=True)
    await counter.owe(500)
    await asyncio.gather(collect(counter), collect(counter))
    assert len(counter.shop.fake.intents) == 1


async def test_without_a_wish_or_a_card_nothing_is_charged(counter: Counter) -> None:
    await choose(counter, wanted=True)
    await counter.owe(300)
    assert await collect(counter) == 0
    await counter.save_card()
    await choose(counter, wanted=False)
    await counter.owe(300)
    assert await collect(counter) == 0
    assert not counter.shop.fake.intents


@pytest.mark.parametrize(
    ("card", "problem"),
    [("pm_declined", "card_declined"), ("pm_3ds", "authentication_required")],
)
async def test_a_refused_card_leaves_the_bill_open_and_its_owner_is_told_once(
    counter: Counter, card: str, problem: str
) -> None:
    await counter.save_card(card)
    await choose(counter, wanted=True)
    await counter.owe(300)
    assert await collect(counter) == 0
    assert await collect(counter) == 0
    assert await counter.states() == [("open", 300)]
    assert await counter.told() == ["自動のお支払いができませんでした"]
    assert len(counter.shop.fake.intents) == 1
    order = await counter.order("by hand")
    intent = await counter.ask(order)
    await counter.shop.tell(counter.shop.fake.paid(intent.id))
    assert await counter.states() == [("paid", 0)]


async def test_a_card_that_is_gone_is_told_too(counter: Counter) -> None:
    await counter.save_card("pm_gone")
    counter.shop.fake.gone = {"pm_gone"}
    await choose(counter, wanted=True)
    await counter.owe(300)
    assert await collect(counter) == 0
    assert await counter.told() == ["自動のお支払いができませんでした"]
    assert await counter.states() == [("open", 300)]


async def test_an_answer_that_was_lost_charges_once(counter: Counter) -> None:
    await counter.save_card()
    await choose(counter, wanted=True)
    await counter.owe(300)
    counter.shop.fake.faults = ["drop"] * 3
    assert await collect(counter) == 0
    assert await counter.told() == []
    assert await collect(counter) == 1
    (intent,) = counter.shop.fake.intents
    await counter.shop.tell(counter.shop.fake.paid(intent))
    assert await counter.states() == [("paid", 0)]


async def tell(counter: Counter) -> list[str]:
    async with counter.shop.database.transaction() as tx:
        await telling.tell(tx, counter.settings, 100)
        await telling.remind(tx, counter.settings, 100)
    return await counter.told()


async def test_each_talk_is_told_once_with_its_fee(counter: Counter) -> None:
    await counter.owe(1840)
    assert await tell(counter) == ["ご利用料金のご案内（1,840円）"]
    assert await tell(counter) == ["ご利用料金のご案内（1,840円）"]


async def test_reminders_follow_the_timetable_each_once(counter: Counter) -> None:
    await counter.owe(1840)
    await tell(counter)
    told = 1
    days = [7 + day for day in telling.REMINDER_DAYS]
    for before, day in zip([0, *days], days, strict=False):
        await grow_older(counter.owner, counter.shop.buyer, day - before - (before == 0))
        if before == 0:
            assert len(await tell(counter)) == told
            await grow_older(counter.owner, counter.shop.buyer, 1)
        told += 1
        assert len(await tell(counter)) == told
        assert (await tell(counter))[-1] == "お支払い期限を過ぎています（1,840円）"
    await grow_older(counter.owner, counter.shop.buyer, 40)
    assert len(await tell(counter)) == told


async def test_who_paid_is_not_reminded(counter: Counter) -> None:
    await counter.owe(1840)
    await grow_older(counter.owner, counter.shop.buyer, 8)
    intent = await counter.ask(await counter.order())
    await counter.shop.tell(counter.shop.fake.paid(intent.id))
    assert "お支払い期限を過ぎています（1,840円）" not in await tell(counter)


async def test_nobody_is_reminded_of_what_is_too_little_to_be_paid(counter: Counter) -> None:
    await counter.owe(1840)
    await counter.shop.tell(counter.shop.fake.send(await counter.customer(), 1800))
    await grow_older(counter.owner, counter.shop.buyer, 8)
    assert "お支払い期限を過ぎています（40円）" not in await tell(counter)
    await counter.owe(10)
    await counter.owe(60)
    assert "お支払い期限を過ぎています（40円）" in await tell(counter)
