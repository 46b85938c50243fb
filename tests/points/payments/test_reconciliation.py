"""The provider's list against ours."""

from points.payments.reconciliation import reconcile
from tests.points.payments.conftest import Shop


async def _kinds(shop: Shop) -> list[str]:
    return sorted(one.kind for one in await reconcile(shop.database, shop.gateway))


async def test_where_both_agree_there_is_nothing_to_report(shop: Shop) -> None:
    _, name = await shop.buy()
    await shop.order(press="never paid")
    refund = shop.fake.refund(name, 300)
    await shop.tell(shop.fake.event("refund.created", refund))
    assert await _kinds(shop) == []
    assert await shop.alarms() == []


async def test_a_payment_whose_event_never_came_is_reported_and_not_credited(shop: Shop) -> None:
    _, name = await shop.order()
    shop.fake.paid(name)
    assert await _kinds(shop) == ["reconcile_not_credited"]
    assert await _kinds(shop) == ["reconcile_not_credited"]
    assert await shop.alarms() == ["reconcile_not_credited"]
    assert await shop.points() == 0


async def test_payments_that_are_not_ours_not_paid_or_of_another_amount_are_reported(
    shop: Shop,
) -> None:
    _, unpaid = await shop.buy(press="a")
    _, other = await shop.buy(press="b")
    _, stranger = await shop.buy(press="c")
    shop.fake.intents[unpaid]["status"] = "canceled"
    shop.fake.intents[other]["amount_received"] = 5
    shop.fake.intents["pi_stranger"] = shop.fake.intents[stranger] | {"id": "pi_stranger"}
    assert await _kinds(shop) == ["reconcile_amount", "reconcile_not_paid", "reconcile_unknown"]


async def test_a_refund_that_we_never_heard_of_is_reported(shop: Shop) -> None:
    _, name = await shop.buy()
    shop.fake.refund(name, 300)
    assert await _kinds(shop) == ["reconcile_refund"]


async def test_a_refund_that_failed_here_or_there_only_is_reported(shop: Shop) -> None:
    _, name = await shop.buy()
    refund = shop.fake.refund(name, 300)
    await shop.tell(shop.fake.event("refund.created", refund))
    refund["status"] = "failed"
    assert await _kinds(shop) == ["reconcile_refund"]
    await shop.tell(shop.fake.event("refund.failed", refund))
    assert await _kinds(shop) == []
    refund["status"] = "succeeded"
    assert await _kinds(shop) == ["reconcile_refund"]
