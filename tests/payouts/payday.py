"""A small world of earnings for tests: casts who earn by talks, and days that pass when told."""

import itertools
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import sqlalchemy as sa

from foundation.database import Database, clock
from foundation.settings import Settings
from payouts import book, requests
from payouts.banks import accounts, refused
from payouts.banks.accounts import BankAccount
from payouts.book import Book
from payouts.rules import next_bank_day
from payouts.runs import (
    agreeing,
    closing,
    dissolving,
    files,
    gathering,
    rejecting,
    reversals,
    reversing,
)  # fmt: skip
from payouts.runs.gathering import Gathered
from payouts.runs.reversals import Returned
from payouts.tables import bank_accounts, payouts
from points import audit
from points.rules import SITE_ZONE
from rooms.lobby import presence
from rooms.talk import entry
from tests.points.till import charge_next
from tests.world import buy, new_room, new_user

# At this rate a minute earns its cast 1,000 yen, at the usual fee of 20 percent.
RATE = 1250

_presses = itertools.count(1)

_END = sa.text("""
UPDATE talks SET state = 'ended', ended_at = clock_timestamp(), end_reason = 'caller_left',
  connected_ms = 100000000 WHERE id = :talk
""")

_ACCOUNT = sa.text("""
WITH before AS (
  UPDATE bank_accounts SET replaced_at = clock_timestamp()
  WHERE user_id = :user AND replaced_at IS NULL
)
INSERT INTO bank_accounts (user_id, bank, branch, tail, holder_kind, made_at, effective_at)
VALUES (:user, 'みずほ銀行', '東京営業部', :tail, 'person', now(), now()) RETURNING id
""")

# Everything of the books, and of what is paid from them, that knows when it was.
_AGEING = """
SELECT c.table_name, array_agg(c.column_name::text ORDER BY c.column_name) AS moments
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
            # No trigger fires meanwhile: they keep what was from being changed.
            await tx.execute(sa.text("SET LOCAL session_replication_role = replica"))
            found = (await tx.execute(sa.text(_AGEING))).all()
            ageing: dict[str, list[str]] = {row.table_name: row.moments for row in found}
            rows = (f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in ageing)
            for table in await tx.scalars(sa.text(" UNION ALL ".join(rows))):
                older = ", ".join(f"{at} = {at} - interval '{days} days'" for at in ageing[table])
                await tx.execute(sa.text(f"UPDATE {table} SET {older}"))
            # First far away, so that no two rows meet on their way.
            for step in (100_000 + days, -100_000):
                await tx.execute(
                    sa.text(f"UPDATE payouts SET requested_on = requested_on - {step}")
                )
            # A month that is paid stays what it is called.
            await tx.execute(sa.text(f"UPDATE payout_runs SET pay_on = pay_on - {days}"))

    async def account(self, cast: int, holder: str = "ｻｸﾗ ﾊﾅｺ", number: str = "0123456") -> None:
        """Let a cast have named a bank account that counts now."""
        named = BankAccount(
            "0001", "みずほ銀行", "ﾐｽﾞﾎ", "001", "東京営業部", "ﾄｳｷﾖｳ", "1", number, holder
        )
        async with self.database.transaction() as tx:
            made = await tx.scalar(_ACCOUNT, {"user": cast, "tail": number[-3:]})
            kept = {
                "sealed": accounts.sealed(self.settings, cast, made, named),
                "mark": accounts.mark_of(self.settings, named),
            }
            await tx.execute(
                sa.update(bank_accounts).where(bank_accounts.c.id == made).values(**kept)
            )

    async def payable(self, nickname: str = "さくら", minutes: int = 10) -> int:
        """Return a cast with an account, who can be paid 1,000 yen a minute now."""
        cast = await self.cast(nickname)
        await self.account(cast)
        await self.earn(cast, minutes)
        await self.pass_days(40)
        return cast

    async def ask(self, cast: int, amount: int) -> int:
        """Let a cast ask for a payout; return it."""
        async with self.database.transaction() as tx:
            return await requests.ask(tx, self.settings, cast, amount)

    async def staff(self, nickname: str = "経理") -> int:
        """Return a member of finance staff."""
        async with self.database.transaction() as tx:
            made = await new_user(tx, nickname)
            role = sa.text("UPDATE users SET staff_role = 'finance' WHERE id = :id")
            await tx.execute(role, {"id": made})
        return made

    async def bank_day(self) -> date:
        """Return the next day on which the bank can pay, by the database's clock."""
        async with self.database.transaction() as tx:
            return next_bank_day((await clock(tx)).astimezone(SITE_ZONE).date())

    async def gather(self, actor: int, month: date | None = None) -> int:
        """Gather what waits, or a month, into a run for the next day of the bank; return it."""
        made = (await self.gathered(actor, month)).run_id
        assert made is not None
        return made

    async def gathered(self, actor: int, month: date | None = None) -> Gathered:
        """Do the same, and return also how many requests were called off."""
        way: Literal["request", "monthly"] = "request" if month is None else "monthly"
        pay_on = await self.bank_day()
        async with self.database.transaction() as tx:
            press = f"press-{next(_presses)}"
            return await gathering.gather(tx, self.settings, actor, press, way, pay_on, month)

    async def agreed(self, run: int, actor: int, second: int | None = None) -> None:
        """Send a run on, agreed to by a second person where one is named."""
        async with self.database.transaction() as tx:
            await agreeing.send_on(tx, self.settings, run, actor)
        if second is not None:
            async with self.database.transaction() as tx:
                await agreeing.agree(tx, run, second)

    async def close(self, run: int, actor: int) -> None:
        """Take a run's rows, let its pay day come, and close it."""
        async with self.database.transaction() as tx:
            await files.bank_rows(tx, self.settings, run, actor)
        async with self.owner.transaction() as tx:
            come = (
                "UPDATE payout_runs SET pay_on = least(pay_on, now()::date)"
                " WHERE id = :run AND state = 'agreed'"
            )
            await tx.execute(sa.text(come), {"run": run})
        async with self.database.transaction() as tx:
            await closing.close(tx, run, actor)

    async def paid(self, cast: int, amount: int) -> int:
        """Let a cast's request be paid by a run of its own; return the payout."""
        payout, actor = await self.ask(cast, amount), await self.staff()
        run = await self.gather(actor)
        second = await self.staff() if amount > self.settings.payout_second_yen else None
        await self.agreed(run, actor, second)
        await self.close(run, actor)
        return payout

    async def reject(self, payout: int, actor: int, second: int, why: str = "口座なし") -> bool:
        """Let two note that the bank rejected a payout; False where it was noted before."""
        async with self.database.transaction() as tx:
            run = await tx.scalar(sa.select(payouts.c.run_id).where(payouts.c.id == payout))
            made = await rejecting.propose(tx, int(run or 0), actor, [Returned(payout, why)], why)
        return bool(made) and await self.agreed_to(int(run or 0), second)

    async def confirm(self, cast: int, seen: int = 1) -> None:
        """Let a cast say that their account is right, from which so many payouts came back."""
        async with self.database.transaction() as tx:
            await refused.confirm(tx, cast, seen)

    async def dissolve(self, run: int, actor: int, second: int, why: str = "やり直し") -> None:
        """Dissolve a run, by two where its file was taken."""
        async with self.database.transaction() as tx:
            done = await dissolving.dissolve(tx, run, actor, why)
        if done == "dissolution":
            assert await self.agreed_to(run, second)

    async def agreed_to(self, run: int, second: int) -> bool:
        """Let a second person agree to what waits of a run; say whether anything did."""
        async with self.database.transaction() as tx:
            waiting = await reversals.waiting(tx, run)
            for one in waiting:
                await reversing.agree(tx, self.settings, one.id, second)
        return bool(waiting)

    async def payouts(self, cast: int) -> list[tuple[str, int]]:
        """Return each payout of a cast, by its state and what it is of, the oldest first."""
        async with self.database.transaction() as tx:
            rows = await tx.execute(
                sa.text("SELECT state, gross FROM payouts WHERE user_id = :cast ORDER BY id"),
                {"cast": cast},
            )
            return [(row.state, row.gross) for row in rows]

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
            broken = [proof for proof in await audit.prove(tx) if proof.broken]
        assert broken == []
