"""A small world of earnings for tests: casts who earn by talks, and days that pass when told."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from payouts import book
from payouts.book import Book
from points import audit
from rooms.lobby import presence
from rooms.talk import entry
from tests.points.till import charge_next
from tests.world import buy, new_room, new_user

# At this rate a minute earns its cast 1,000 yen, at the usual fee of 20 percent.
RATE = 1250

_END = sa.text("""
UPDATE talks SET state = 'ended', ended_at = clock_timestamp(), end_reason = 'caller_left',
  connected_ms = 100000000 WHERE id = :talk
""")

# Everything of the books, and of what is paid from them, that knows when it was.
_AGEING = """
SELECT c.table_name, array_agg(c.column_name::text ORDER BY c.column_name)
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
  AND c.data_type = 'timestamp with time zone' AND NOT starts_with(c.table_name, 'procrastinate')
GROUP BY 1
"""


@dataclass
class Payday:
    """One caller with many points, and casts. `owner` may do what nobody may: shift time."""

    database: Database
    owner: Database
    settings: Settings
    caller: int = 0
    rooms: dict[int, int] = field(default_factory=dict)

    @classmethod
    async def of(cls, database: Database, owner: Database, settings: Settings) -> "Payday":
        """A site, and a caller who can pay for hundreds of minutes."""
        day = cls(database, owner, settings)
        async with database.transaction() as tx:
            day.caller = await new_user(tx, "けんじ", points=5_000_000)
        return day

    async def cast(self, nickname: str = "さくら") -> int:
        """Return a new cast, with a room."""
        async with self.database.transaction() as tx:
            cast = await new_user(tx, nickname)
            self.rooms[cast] = await new_room(tx, cast, RATE)
        return cast

    async def earn(self, cast: int, minutes: int) -> int:
        """Let a cast earn 1,000 yen a minute in a talk that is over; return the talk."""
        async with self.database.transaction() as tx:
            await presence.open_standby(tx, cast, self.rooms[cast])
        async with self.database.transaction() as tx:
            talk = (await entry.enter(tx, self.settings, self.rooms[cast], self.caller)).talk_id
        for _ in range(minutes):
            async with self.database.transaction() as tx:
                assert await charge_next(tx, talk)
        async with self.database.transaction() as tx:
            await tx.execute(_END, {"talk": talk})
        return talk

    async def top_up(self, points: int = 1_000_000) -> None:
        """Let the caller buy again: points that were bought run out while months pass."""
        async with self.database.transaction() as tx:
            await buy(tx, self.caller, points)

    async def pass_days(self, days: int) -> None:
        """Let days pass: everything that was is so much longer ago."""
        async with self.owner.transaction() as tx:
            await tx.execute(sa.text("SET LOCAL synchronous_commit = off"))
            found = (await tx.execute(sa.text(_AGEING))).all()
            for table, columns in found:
                older = ", ".join(f"{name} = {name} - interval '{days} days'" for name in columns)
                await tx.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
                await tx.execute(sa.text(f"UPDATE {table} SET {older}"))
                await tx.execute(sa.text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
            # First far away, so that no two rows meet on their way.
            for step in (100_000 + days, -100_000):
                await tx.execute(
                    sa.text(f"UPDATE payouts SET requested_on = requested_on - {step}")
                )

    async def book(self, cast: int) -> Book:
        """Where a cast's earnings stand; they are complete."""
        async with self.database.transaction() as tx:
            found = await book.book_of(tx, self.settings, cast)
        assert found.earned - found.returned == (
            found.maturing + found.reserve + found.payable + found.held
            + found.requested + found.in_run + found.paid + found.given_up
        )  # fmt: skip
        return found

    async def prove(self) -> None:
        """Every invariant of the books holds."""
        async with self.database.transaction() as tx:
            assert [proof for proof in await audit.prove(tx) if proof.broken] == []
