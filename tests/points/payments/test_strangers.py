"""Customers, cards and payments that Stripe no longer knows: forgotten, and made anew once."""

import asyncio

import pytest
import sqlalchemy as sa

from foundation.errors import UserError
from points.payments import payers, wishes
from points.payments.checkout import open_payment
from points.payments.payers import Card
from points.payments.tables import payers as payer_rows
from tests.points.payments.conftest import Shop
from tests.world import new_user


async def _known(shop: Shop, customer: str = "cus_live", card: str | None = "pm_live") -> None:
    async with shop.database.transaction() as tx:
        await payers.note_customer(tx, shop.buyer, "stripe", customer)
        if card:
            await payers.note_card(tx, customer, Card(card, "visa", "4242"))


async def _payer(shop: Shop) -> tuple[str | None, Card | None]:
    async with shop.database.transaction() as tx:
        customer = await payers.customer_of(tx, shop.buyer, "stripe")
        return customer, await payers.card_of(tx, shop.buyer, "stripe")


async def test_a_customer_of_another_mode_is_forgotten_and_made_anew_within_the_press(
    shop: Shop,
) -> None:
    await _known(shop, card=None)
    shop.fake.gone = {"cus_live"}
    _, name = await shop.order(save_card=True)
    (made,) = shop.fake.customers
    assert shop.fake.intents[name]["customer"] == made
    assert await _payer(shop) == (made, None)
    # From now on it is asked once.
    asked = len(shop.fake.asked)
    await shop.order(press="next", save_card=True)
    assert len(shop.fake.asked) == asked + 1
    assert await shop.alarms() == []


@pytest.mark.parametrize("gone", ["cus_live", "pm_live"])
async def test_a_saved_card_that_is_gone_is_forgotten_and_another_way_to_pay_is_asked_for(
    shop: Shop, gone: str
) -> None:
    await _known(shop)
    shop.fake.gone = {gone}
    number, name = await shop.order(with_saved_card=True)
    intent = shop.fake.intents[name]
    assert (intent["status"], intent["customer"]) == ("requires_payment_method", None)
    assert intent["payment_method_types"] == ["card", "konbini"]
    assert await _payer(shop) == (None if gone == "cus_live" else "cus_live", None)
    async with shop.database.transaction() as tx:
        wish = await wishes.of(tx, number)
    assert (wish.saved_card, wish.save_card, wish.attempt) == (None, False, 1)
    await shop.tell(shop.fake.paid(name))
    assert await shop.points() == 1000


async def test_nobody_elses_customer_is_forgotten(shop: Shop) -> None:
    await _known(shop)
    mine, shop.buyer = shop.buyer, await _other(shop)
    await _known(shop, "cus_other", "pm_other")
    shop.fake.gone = {"cus_other"}
    await shop.order(with_saved_card=True)
    shop.buyer = mine
    assert await _payer(shop) == ("cus_live", Card("pm_live", "visa", "4242"))


async def _other(shop: Shop) -> int:
    async with shop.database.transaction() as tx:
        return await new_user(tx)


async def test_a_customer_that_is_gone_again_at_once_ends_in_words_and_an_alarm(
    shop: Shop,
) -> None:
    await _known(shop, card=None)
    shop.fake.gone = {"cus_live", *(f"cus_{n}" for n in range(1, 100))}
    bought = await shop.start(save_card=True)
    with pytest.raises(UserError, match="provider_refused"):
        await open_payment(shop.database, shop.gateway, bought)
    # A customer made, asked twice, and no more than that.
    assert len(shop.fake.asked) == 3
    assert await shop.alarms() == ["payments_payer"]
    for _ in range(12):
        with pytest.raises(UserError, match="provider_refused"):
            await open_payment(shop.database, shop.gateway, bought)
    assert await shop.alarms() == ["payments_payer"]
    async with shop.database.transaction() as tx:
        assert (await wishes.of(tx, bought.id)).attempt == wishes.MOST_ATTEMPTS


async def test_ten_presses_at_once_with_a_customer_that_is_gone_are_one_payment(
    shop: Shop,
) -> None:
    await _known(shop, card=None)
    shop.fake.gone = {"cus_live"}
    done = await asyncio.gather(*(shop.order(save_card=True) for _ in range(10)))
    assert len(set(done)) == 1
    assert len(shop.fake.intents) == 1
    async with shop.database.transaction() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(payer_rows)) == 1


async def test_an_answer_that_was_lost_is_asked_for_again_under_the_same_key(shop: Shop) -> None:
    """Also after something was mended: no second payment."""
    await _known(shop)
    shop.fake.gone = {"pm_live"}
    shop.fake.faults = ["drop"] * 3
    bought = await shop.start(with_saved_card=True)
    with pytest.raises(UserError, match="provider_silent"):
        await open_payment(shop.database, shop.gateway, bought)
    intent = await open_payment(shop.database, shop.gateway, bought)
    assert [intent.id] == list(shop.fake.intents)


async def test_a_payment_of_another_account_can_not_go_on_and_that_is_said(shop: Shop) -> None:
    number, name = await shop.order()
    del shop.fake.intents[name]
    with pytest.raises(UserError, match="payment_gone"):
        await open_payment(shop.database, shop.gateway, await shop.find(number))
    assert await shop.alarms() == ["payments_payer"]


async def test_a_card_that_is_gone_at_stripe_can_be_forgotten(shop: Shop) -> None:
    shop.fake.gone = {"pm_live"}
    await shop.gateway.forget("pm_live")
    assert shop.fake.asked == [("POST", "/v1/payment_methods/pm_live/detach")]
