"""Orders at a convenience store stand with their term until they are paid or have lapsed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import clock
from points.payments import vouchers
from points.payments.vouchers import OpenOrder
from points.rules import SITE_ZONE
from points.tables import purchases
from tests.points.payments.conftest import Shop


async def waits(shop: Shop, name: str, **details: Any) -> None:
    """Somebody asked for a number to pay with at a store."""
    action = {"type": "konbini_display_details", "konbini_display_details": details}
    shows = shop.fake.intents[name] | {"next_action": action}
    await shop.tell(shop.fake.event("payment_intent.requires_action", shows))


async def orders(shop: Shop) -> list[OpenOrder]:
    async with shop.database.transaction() as tx:
        return await vouchers.open_orders(tx, shop.buyer, 3)


async def test_an_order_at_a_store_stands_with_its_term_until_it_is_paid(shop: Shop) -> None:
    number, name = await shop.order(3)
    assert await orders(shop) == []
    pay_by = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    await waits(shop, name, expires_at=int(pay_by.timestamp()))
    assert await orders(shop) == [OpenOrder(number, 5100, 5000, pay_by)]
    await shop.tell(shop.fake.paid(name))
    assert await orders(shop) == []


@pytest.mark.parametrize("state", ["failed", "canceled"])
async def test_an_order_that_has_lapsed_stands_no_more(shop: Shop, state: str) -> None:
    number, name = await shop.order()
    await waits(shop, name)
    assert len(await orders(shop)) == 1
    async with shop.database.transaction() as tx:
        await tx.execute(sa.update(purchases).where(purchases.c.id == number).values(state=state))
    assert await orders(shop) == []


async def test_an_order_past_its_term_is_not_offered_though_nobody_told_of_its_end(
    shop: Shop,
) -> None:
    _, name = await shop.order()
    await waits(shop, name, expires_at=int(datetime.now(UTC).timestamp()) - 1)
    assert await orders(shop) == []


@pytest.mark.parametrize("told", [None, "soon", -1, 2**40, 1.5, {}])
async def test_without_a_word_of_the_term_it_is_the_end_of_the_last_day_in_japan(
    shop: Shop, told: object
) -> None:
    _, name = await shop.order()
    await waits(shop, name, expires_at=told)
    (order,) = await orders(shop)
    async with shop.database.transaction() as tx:
        last = (await clock(tx)).astimezone(SITE_ZONE).date() + timedelta(days=3)
    there = order.pay_by.astimezone(SITE_ZONE)
    assert (there.date(), f"{there:%H:%M:%S}") == (last, "23:59:59")


async def test_a_later_word_of_the_term_replaces_the_earlier(shop: Shop) -> None:
    _, name = await shop.order()
    soon = datetime.now(UTC).replace(microsecond=0)
    for days in (1, 3):
        await waits(shop, name, expires_at=int((soon + timedelta(days=days)).timestamp()))
    assert [order.pay_by for order in await orders(shop)] == [soon + timedelta(days=3)]


async def test_terms_long_past_are_forgotten(shop: Shop) -> None:
    _, name = await shop.order()
    _, other = await shop.order(press="other")
    past = datetime.now(UTC) - timedelta(days=vouchers.KEPT_DAYS, seconds=1)
    await waits(shop, name, expires_at=int(past.timestamp()))
    await waits(shop, other, expires_at=int(datetime.now(UTC).timestamp()))
    async with shop.database.transaction() as tx:
        assert await vouchers.sweep(tx, 10) == 1
        assert await vouchers.sweep(tx, 10) == 0
