"""Points bought by key on the telephone: the saved card is charged once, whatever is lost."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from points import ledger, limits
from points.payments import payers
from points.payments.payers import Card
from points.tables import purchases
from telephone.till import PhoneOffer, SiteTill
from tests.points.payments.conftest import Shop

RATE = 60


@pytest.fixture
async def till(shop: Shop) -> SiteTill:
    return SiteTill(shop.database, shop.gateway, patience=3.0, look=0.02, again=0.02)


async def save_card(shop: Shop, card: str = "pm_card") -> None:
    async with shop.database.transaction() as tx:
        await payers.note_customer(tx, shop.buyer, "stripe", "cus_theirs")
        await payers.note_card(tx, "cus_theirs", Card(card, "visa", "4242"))


async def offer_of(shop: Shop, till: SiteTill) -> PhoneOffer:
    found = await till.offer(shop.buyer, RATE)
    assert found is not None
    return found


async def tells(shop: Shop) -> None:
    """The provider tells of what was paid, as soon as it was."""
    while not shop.fake.intents:
        await asyncio.sleep(0.01)
    (name,) = shop.fake.intents
    await shop.tell(shop.fake.paid(name))


async def points_of(shop: Shop) -> int:
    async with shop.database.transaction() as tx:
        return await ledger.spendable(tx, shop.buyer)


async def orders(shop: Shop) -> list[Any]:
    async with shop.database.transaction() as tx:
        return list(await tx.execute(sa.select(purchases.c.state, purchases.c.press)))


async def test_the_smallest_pack_that_lasts_is_bought_with_the_saved_card(
    shop: Shop, till: SiteTill
) -> None:
    await save_card(shop)
    offer = await offer_of(shop, till)
    assert (offer.pack.price_yen, offer.last4) == (1000, "4242")
    done, _ = await asyncio.gather(till.buy(shop.buyer, offer, "phone:1:0"), tells(shop))
    assert done == "bought"
    assert await points_of(shop) == 1000
    assert await till.buy(shop.buyer, offer, "phone:1:0") == "bought"
    assert len(shop.fake.intents) == 1
    assert await points_of(shop) == 1000


async def test_two_processes_with_one_press_charge_once(shop: Shop, till: SiteTill) -> None:
    await save_card(shop)
    offer = await offer_of(shop, till)
    two = (till.buy(shop.buyer, offer, "phone:1:0") for _ in range(2))
    found = await asyncio.gather(*two, tells(shop))
    assert found[:2] == ["bought", "bought"]
    assert len(shop.fake.intents) == 1


@pytest.mark.parametrize("card", ["pm_declined", "pm_3ds", "pm_gone"])
async def test_a_refused_card_is_declined_and_nothing_stays_to_be_paid(
    shop: Shop, till: SiteTill, card: str
) -> None:
    await save_card(shop, card)
    shop.fake.gone = {"pm_gone"}
    offer = await offer_of(shop, till)
    assert await till.buy(shop.buyer, offer, "phone:1:0") == "declined"
    assert await points_of(shop) == 0
    assert [one.state for one in await orders(shop)] == ["canceled"]
    assert all(one["status"] == "canceled" for one in shop.fake.intents.values())


async def test_no_other_card_is_charged_than_the_one_that_was_said(
    shop: Shop, till: SiteTill
) -> None:
    await save_card(shop)
    offer = await offer_of(shop, till)
    async with shop.database.transaction() as tx:
        await payers.note_card(tx, "cus_theirs", Card("pm_other", "visa", "1111"))
    assert await till.buy(shop.buyer, offer, "phone:1:0") == "declined"
    assert not await orders(shop)
    assert not shop.fake.intents


async def test_an_answer_that_was_lost_is_asked_for_again_and_charged_once(
    shop: Shop, till: SiteTill
) -> None:
    await save_card(shop)
    offer = await offer_of(shop, till)
    shop.fake.faults = ["drop"] * 3
    done, _ = await asyncio.gather(till.buy(shop.buyer, offer, "phone:1:0"), tells(shop))
    assert done == "bought"
    assert len(shop.fake.intents) == 1
    assert await points_of(shop) == 1000


async def test_what_is_told_late_is_waited_for(shop: Shop) -> None:
    hasty = SiteTill(shop.database, shop.gateway, patience=0.2, look=0.02, again=0.02)
    await save_card(shop)
    offer = await offer_of(shop, hasty)
    assert await hasty.buy(shop.buyer, offer, "phone:1:0") == "pending"
    done, _ = await asyncio.gather(hasty.settled(shop.buyer, "phone:1:0"), tells(shop))
    assert done == "bought"
    assert len(shop.fake.intents) == 1


async def test_ones_own_limits_bound_what_is_offered_and_what_is_bought(
    shop: Shop, till: SiteTill
) -> None:
    assert await till.offer(shop.buyer, RATE) is None
    await save_card(shop)
    offer = await offer_of(shop, till)
    async with shop.database.transaction() as tx:
        await limits.set_limits(tx, shop.buyer, day_points=500, month_points=None)
    assert await till.offer(shop.buyer, RATE) is None
    assert await till.buy(shop.buyer, offer, "phone:1:0") == "over_limit"
    assert not shop.fake.intents
    async with shop.database.transaction() as tx:
        await limits.cool_off(tx, shop.buyer, 1)
    assert await till.offer(shop.buyer, RATE) is None
