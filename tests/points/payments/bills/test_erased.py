"""What a withdrawal leaves of how somebody paid their bills."""

import sqlalchemy as sa

from points import personal_data
from points.payments.bills.tables import tab_auto_pays, tab_receipts
from points.tables import payment_events, tab_payments
from tests.points.payments.bills.counter import Counter


async def test_names_and_wishes_are_gone_and_the_money_stays(counter: Counter) -> None:
    await counter.owe(300)
    shop = counter.shop
    await shop.tell(shop.fake.send(await counter.customer(), 300))
    async with shop.database.transaction() as tx:
        payment = await tx.scalar(sa.select(tab_payments.c.id))
        for table, values in (
            (tab_receipts, {"payment_id": payment, "addressee": "山田 賢治", "issues": 1}),
            (tab_auto_pays, {"wanted": True}),
        ):
            await tx.execute(sa.insert(table).values(user_id=shop.buyer, **values))
    async with shop.database.transaction() as tx:
        await personal_data.lock(tx, shop.buyer)
        await personal_data.erase(tx, shop.buyer)
    async with shop.database.transaction() as tx:
        assert await tx.scalar(sa.select(tab_receipts.c.addressee)) is None
        assert await tx.scalar(sa.select(tab_auto_pays.c.user_id)) is None
        words = str(await tx.scalar(sa.select(payment_events.c.payload)))
    assert "ヤマダ" not in words
    assert "net_amount" in words
    assert await counter.states() == [("paid", 0)]
