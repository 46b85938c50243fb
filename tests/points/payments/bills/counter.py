"""Somebody with a tab who talks and owes, before a site with the fake Stripe."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.ids import new_token
from foundation.settings import Settings
from points import ledger
from points.payments import payers
from points.payments.bills import accounts, asking, orders, starting
from points.payments.bills.orders import BillOrder
from points.payments.bills.starting import PayBy
from points.payments.payers import Card
from points.payments.provider import Intent
from points.tab import bills, limits
from points.tab.bills import Bill
from rooms.lobby import presence
from rooms.talk import entry
from tests.points.payments.conftest import Shop
from tests.points.till import charge_next
from tests.world import new_room, new_user

# The talk as it is where its caller pays afterwards.
_ON_THE_TAB = sa.text("UPDATE talks SET payer_wallet = :wallet, pays = 'tab' WHERE id = :talk")
_OVER = sa.text("""
UPDATE talks SET state = 'ended', ended_at = now(), end_reason = 'caller_left',
  connected_ms = 100000000 WHERE id = :talk
""")
_LATER = sa.text("""
UPDATE tab_bills SET made_at = made_at - :days * interval '1 day',
  due_at = due_at - :days * interval '1 day' WHERE user_id = :user
""")


async def owe(
    database: Database, owner: Database, settings: Settings, user_id: int, yen: int
) -> int:
    """Let a member talk for so many yen on the tab (a minute of it); return the talk."""
    async with database.transaction() as tx:
        wallet = await limits.open_tab(tx, settings, user_id)
    async with database.transaction() as tx:
        # It is never spent: the talk is put on the tab.
        await ledger.grant(tx, user_id, yen, "x", actor_id=None, key=f"owe:{new_token()}", months=3)
    async with database.transaction() as tx:
        cast = await new_user(tx, "はるか")
        room = await new_room(tx, cast, yen)
        await presence.open_standby(tx, cast, room)
    async with database.transaction() as tx:
        entered = await entry.enter(tx, Settings(entry_minutes=1), room, user_id)
    async with owner.transaction() as tx:
        await tx.execute(_ON_THE_TAB, {"wallet": wallet, "talk": entered.talk_id})
    async with database.transaction() as tx:
        assert await charge_next(tx, entered.talk_id) == 1
        await tx.execute(_OVER, {"talk": entered.talk_id})
    async with database.transaction() as tx:
        await bills.make_due(tx, settings, entered.talk_id)
    return entered.talk_id


async def grow_older(owner: Database, user_id: int, days: int) -> None:
    """Let so many days pass over the bills of a member."""
    async with owner.transaction() as tx:
        await tx.execute(_LATER, {"user": user_id, "days": days})


@dataclass
class Counter:
    """A member who owes, at the site's counter."""

    shop: Shop
    owner: Database
    settings: Settings

    async def owe(self, yen: int) -> int:
        """Let them talk for so much, on the tab."""
        return await owe(self.shop.database, self.owner, self.settings, self.shop.buyer, yen)

    async def bills(self) -> list[Bill]:
        """Their bills, in the order in which they were made."""
        async with self.shop.database.transaction() as tx:
            return sorted(await bills.bills_of(tx, self.shop.buyer), key=lambda bill: bill.id)

    async def states(self) -> list[tuple[str, int]]:
        """How far each bill is, and what is owed of it."""
        return [(bill.state, bill.owed) for bill in await self.bills()]

    async def order(self, press: str = "press", **more: Any) -> BillOrder:
        """Press the button for all that is owed."""
        owed = [bill for bill in await self.bills() if bill.owed]
        shown = more.pop("shown", sum(bill.owed for bill in owed))
        ids = more.pop("ids", [bill.id for bill in owed])
        by = PayBy("stripe", self.shop.gateway.site, **more)
        async with self.shop.database.transaction() as tx:
            return await starting.start(tx, self.shop.buyer, ids, press, shown=shown, by=by)

    async def ask(self, order: BillOrder) -> Intent:
        """Ask the provider for it."""
        return await asking.open_order(self.shop.database, self.shop.gateway, order)

    async def found(self, order: BillOrder) -> BillOrder:
        """The order as it stands."""
        async with self.shop.database.transaction() as tx:
            return await orders.find(tx, order.id, self.shop.buyer)

    async def save_card(self, card: str = "pm_card") -> None:
        """Let the provider keep a card of theirs."""
        async with self.shop.database.transaction() as tx:
            await payers.note_customer(tx, self.shop.buyer, "stripe", "cus_theirs")
            await payers.note_card(tx, "cus_theirs", Card(card, "visa", "4242"))

    async def customer(self) -> str:
        """Who they are to the provider, once they have an account to send to."""
        database, gateway = self.shop.database, self.shop.gateway
        await accounts.open_account(database, gateway, self.shop.buyer)
        async with database.transaction() as tx:
            found = await accounts.customer_in(tx, self.shop.buyer, "stripe")
        assert found
        return found

    async def told(self) -> list[str]:
        """The titles of what they were told, in order."""
        async with self.shop.database.transaction() as tx:
            return await titles(tx, self.shop.buyer)

    async def left(self) -> int:
        """What is left of the limit."""
        async with self.shop.database.transaction() as tx:
            return (await limits.state_of(tx, self.settings, self.shop.buyer)).left


async def titles(tx: Tx, user_id: int) -> list[str]:
    """The titles of what a member was told of bills, in order."""
    told = sa.text("SELECT title FROM notices WHERE user_id = :user AND kind = 'bill' ORDER BY id")
    return list((await tx.execute(told, {"user": user_id})).scalars())
