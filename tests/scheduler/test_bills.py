"""The clock and bills, on a demo site: mails, the saved card that pays by itself, transfers."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from notify import senders
from points.payments import payers
from points.payments.bills import accounts, by_itself
from points.payments.bills.tables import tab_takings
from points.payments.opening import open_teller
from points.payments.payers import Card
from points.payments.wire.demo import DemoGateway
from points.tab import bills
from points.tab.bills import Bill
from scheduler.bills import collect_bills, remind_of_bills, take_transfers, tell_of_bills
from scheduler.errands import Tools
from tests.points.payments.bills.counter import grow_older, owe, titles
from tests.world import new_user


async def the_bills(database: Database, user_id: int) -> list[Bill]:
    async with database.transaction() as tx:
        return await bills.bills_of(tx, user_id)


@pytest.mark.parametrize("allowed_still", [True, False])
async def test_a_bill_is_told_and_the_saved_card_pays_it_without_a_page(
    database: Database, owner_database: Database, settings: Settings, allowed_still: bool
) -> None:
    site = settings.model_copy(update={"tab": True, "tab_asks": "nothing", "demo": True})
    by_then = site.model_copy(update={"tab": allowed_still})
    tools = Tools(by_then, database, senders.leave_in_mailbox)
    async with database.transaction() as tx:
        user_id = await new_user(tx, "けんじ")
        await payers.note_customer(tx, user_id, "demo", f"cus_demo_{user_id}")
        await payers.note_card(tx, f"cus_demo_{user_id}", Card("pm_demo_visa", "visa", "4242"))
        await by_itself.choose(tx, user_id, wanted=True)
    await owe(database, owner_database, site, user_id, 1840)
    for _ in range(2):
        await tell_of_bills(tools)
        await collect_bills(tools)
    assert [(bill.state, bill.paid) for bill in await the_bills(database, user_id)] == [
        ("paid", 1840)
    ]
    async with database.transaction() as tx:
        told = await titles(tx, user_id)
    assert told == ["ご利用料金のご案内（1,840円）", "お支払いを確認しました（1,840円）"]


async def test_what_a_bank_brought_is_taken_over_and_who_is_late_is_reminded(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    site = settings.model_copy(update={"tab": True, "tab_asks": "nothing", "demo": True})
    tools = Tools(site, database, senders.leave_in_mailbox)
    async with database.transaction() as tx:
        user_id = await new_user(tx, "けんじ")
    await owe(database, owner_database, site, user_id, 1840)
    await pay_by_bank(database, site, user_id, 840)
    await take_transfers(tools)
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(tab_takings.c.state)) == "taken"
    await grow_older(owner_database, user_id, 8)
    for _ in range(2):
        await remind_of_bills(tools)
    async with database.transaction() as tx:
        told = await titles(tx, user_id)
    assert told == ["お支払いを確認しました（840円）", "お支払い期限を過ぎています（1,000円）"]


async def pay_by_bank(database: Database, site: Settings, user_id: int, yen: int) -> None:
    """Send so much to one's account at the demo's bank."""
    async with open_teller(site, database) as provider:
        assert isinstance(provider, DemoGateway)
        await accounts.open_account(database, provider, user_id)
        await provider.transfers.send(f"cus_demo_{user_id}", yen, 1_790_000_000)
