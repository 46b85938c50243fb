"""A caller who pays afterwards: talks of so many yen, and money that arrives."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from foundation import locks
from foundation.database import Database, Tx
from foundation.settings import Settings
from points import audit, tab
from points.tab import bills
from points.tab.bills import Bill, TabPayment
from points.tab.limits import TabState
from points.tables import tab_payments
from rooms.ground.tables import rooms
from rooms.lobby import presence
from rooms.talk import billing, entry
from tests.points.till import charge_next
from tests.world import TAB, new_room, new_user

_numbers = itertools.count(1)


def site(**changed: Any) -> Settings:
    """A site that allows paying afterwards, where one minute suffices to enter."""
    return Settings(**(TAB | {"tab_limit": 8000, "entry_minutes": 1} | changed))


async def room_on_tab(tx: Tx, rate: int = 100) -> tuple[int, int]:
    """A cast on stand-by in a room that takes the tab; return both."""
    cast = await new_user(tx, "さくら")
    room = await new_room(tx, cast, rate)
    await tx.execute(sa.update(rooms).where(rooms.c.id == room).values(takes_tab=True))
    await presence.open_standby(tx, cast, room)
    return cast, room


@dataclass
class Guest:
    """One caller's tab."""

    database: Database
    settings: Settings = field(default_factory=site)
    caller: int = 0

    @classmethod
    async def of(cls, database: Database, **changed: Any) -> "Guest":
        """A confirmed caller without points."""
        guest = cls(database, site(**changed))
        guest.caller = await guest.do(new_user, "けんじ")
        return guest

    async def do(self, verb: Any, *args: Any, **kwargs: Any) -> Any:
        """Do one verb in a transaction of its own."""
        async with self.database.transaction() as tx:
            return await verb(tx, *args, **kwargs)

    async def enter(self, rate: int = 100) -> int:
        """Enter the room of a new cast on the tab."""
        _, room = await self.do(room_on_tab, rate)
        made = await self.do(entry.enter, self.settings, room, self.caller, pays="tab")
        return int(made.talk_id)

    async def charge(self, talk: int, minutes: int = 1) -> int:
        """Charge the next minutes of a talk; return how many could be paid."""
        return sum([await self.do(charge_next, talk) for _ in range(minutes)])

    async def end(self, talk: int) -> None:
        """The talk is over, and the clock comes by."""
        await self.do(end_talk, talk)
        await self.do(billing.bill_ended, self.settings)

    async def talked(self, minutes: int, rate: int = 100) -> int:
        """A whole talk of so many minutes on the tab."""
        talk = await self.enter(rate)
        assert await self.charge(talk, minutes) == minutes
        await self.end(talk)
        return talk

    async def pay(self, yen: int, *bill_ids: int, ref: str = "") -> str:
        """So many yen arrive, for these bills first; return the provider's name of it."""
        name = ref or f"pi_tab_{next(_numbers)}"
        await self.do(bills.settle, self.caller, payment(yen, name), bill_ids)
        return name

    async def take_back(self, name: str, yen: int) -> None:
        """So much of what arrived is with its payer again."""
        query = sa.select(tab_payments.c.id).where(tab_payments.c.provider_ref == name)
        await self.do(bills.take_back, await self.do(lambda tx: tx.scalar(query)), yen)

    async def state(self) -> TabState:
        """The tab as its owner sees it."""
        found: TabState = await self.do(tab.state_of, self.settings, self.caller)
        return found

    async def bills(self) -> list[Bill]:
        """All bills in the order in which they were made."""
        found = await self.do(bills.bills_of, self.caller)
        return sorted(found, key=lambda bill: bill.id)

    async def owed(self) -> list[int]:
        """What is owed of each bill."""
        return [bill.owed for bill in await self.bills()]


def payment(yen: int, name: str) -> TabPayment:
    """A payment by card."""
    return TabPayment("demo", name, "card", yen, datetime(2026, 11, 1, tzinfo=UTC))


async def end_talk(tx: Tx, talk: int) -> None:
    """End a talk as if its evidence reached as far as it was charged."""
    locks.alone(tx)
    await tx.execute(_END, {"talk": talk})


async def broken(database: Database) -> list[str]:
    """The invariants of the books that don't hold."""
    async with database.transaction() as tx:
        return [proof.name for proof in await audit.prove(tx) if proof.broken]


_END = sa.text("""
UPDATE talks SET state = 'ended', ended_at = clock_timestamp(), end_reason = 'caller_left',
  connected_ms = 100000000, running_since = NULL, due_at = NULL, interrupted_at = NULL
WHERE id = :talk
""")
