"""A till for tests of the ledger: one caller who buys, talks, is paid back, and grows older."""

import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.settings import Settings
from points import audit, ledger
from points.tables import lots, purchases, transfers
from rooms.lobby import presence
from rooms.talk import entry
from tests.world import new_room, new_user

_numbers = itertools.count(1)


async def new_purchase(tx: Tx, user_id: int, points: int, bonus: int = 0) -> int:
    """Begin a purchase at the demo's till."""
    number = next(_numbers)
    made = await tx.scalar(
        sa.insert(purchases)
        .values(
            user_id=user_id,
            points=points,
            bonus=bonus,
            price_yen=points + bonus,
            provider="demo",
            intent=f"pi_till_{number}",
            press=f"press-{number}",
        )
        .returning(purchases.c.id)
    )
    assert made is not None
    return int(made)


async def credit(tx: Tx, purchase_id: int) -> None:
    """Credit a purchase as it says."""
    bought = (await tx.execute(sa.select(purchases).where(purchases.c.id == purchase_id))).one()
    await ledger.credit_purchase(
        tx,
        purchase_id,
        user_id=bought.user_id,
        points=bought.points,
        bonus=bought.bonus,
        months=3,
    )


@dataclass
class Till:
    """The caller's side of the books. `owner` may do what the application may not: shift time."""

    database: Database
    owner: Database
    caller: int = 0
    talk: int = 0

    @classmethod
    async def open(cls, database: Database, owner: Database) -> "Till":
        """A caller without points."""
        till = cls(database, owner)
        async with database.transaction() as tx:
            till.caller = await new_user(tx, "けんじ")
        return till

    async def do(self, verb: Any, *args: Any, **kwargs: Any) -> Any:
        """Do one verb in a transaction of its own."""
        async with self.database.transaction() as tx:
            return await verb(tx, *args, **kwargs)

    async def buy(self, points: int, bonus: int = 0) -> int:
        """Buy points and pay."""
        async with self.database.transaction() as tx:
            purchase = await new_purchase(tx, self.caller, points, bonus)
            await credit(tx, purchase)
        return purchase

    async def enter(self, rate: int = 100) -> int:
        """Enter the room of a new cast, and leave the talk before."""
        async with self.database.transaction() as tx:
            await tx.execute(_END, {"caller": self.caller})
            cast = await new_user(tx, "さくら")
            room = await new_room(tx, cast, rate)
            await presence.open_standby(tx, cast, room)
        async with self.database.transaction() as tx:
            entered = await entry.enter(tx, Settings(entry_minutes=1), room, self.caller)
        self.talk = entered.talk_id
        return self.talk

    async def charge(self, minutes: int = 1) -> int:
        """Charge the next minutes of the talk; return how many could be paid."""
        paid = 0
        for _ in range(minutes):
            async with self.database.transaction() as tx:
                paid += await charge_next(tx, self.talk)
        return paid

    async def run_out(self, *kinds: str, ahead: float = 0) -> None:
        """Let all open lots (of these kinds) run out now, or so many seconds from now."""
        async with self.owner.transaction() as tx:
            await tx.execute(
                sa.update(lots)
                .where(~lots.c.closed, lots.c.kind.in_(kinds or ("paid", "bonus", "granted")))
                .values(expires_at=sa.func.clock_timestamp() + timedelta(seconds=ahead))
            )

    async def points(self) -> int:
        """What the caller can spend."""
        return int(await self.do(ledger.spendable, self.caller))

    async def booked(self, kind: str) -> int:
        """All points that were moved by transfers of a kind."""
        async with self.database.transaction() as tx:
            total = await tx.scalar(
                sa.select(sa.func.coalesce(sa.func.sum(transfers.c.amount), 0)).where(
                    transfers.c.kind == kind
                )
            )
        return int(total or 0)

    async def prove(self) -> None:
        """Every invariant of the books holds."""
        await self.do(file_papers)
        assert [p for p in await self.do(audit.prove) if p.broken] == []


async def file_papers(tx: Tx) -> None:
    """Write what stands behind a ledger's act on a real site: the event of each payment, the claim
    of each return, a refund of all of a purchase that was taken back, a dispute of what is frozen.
    """
    for paper in (_EVENTS, _CLAIMS, _REFUNDS, _DISPUTES):
        await tx.execute(sa.text(paper))


async def charge_next(tx: Tx, talk_id: int) -> int:
    """Charge the next minute of a talk; return 1 where it could be paid, else 0."""
    row = (
        await tx.execute(sa.text("SELECT * FROM talks WHERE id = :id FOR UPDATE"), {"id": talk_id})
    ).one()
    due = ledger.DueMinute(
        talk_id,
        row.next_minute,
        row.payer_wallet,
        row.cast_wallet,
        row.rate,
        row.share,
        row.gift_share,
    )
    if not await ledger.charge(tx, [due]):
        return 0
    await tx.execute(_ADVANCE, {"id": talk_id})
    return 1


_EVENTS = """
INSERT INTO payment_events (id, type, intent, livemode, payload, handled_at, outcome)
SELECT 'till-' || id, 'payment_intent.succeeded', intent, false, '{}', now(), 'credited'
FROM purchases p WHERE state = 'paid' AND NOT EXISTS (
  SELECT FROM payment_events e WHERE e.intent = p.intent AND e.outcome = 'credited')
"""
_CLAIMS = """
INSERT INTO claims (talk_id, user_id, kind, state, points, decided_by, decided_at, reason)
SELECT t.id, t.caller_id, 'other', 'returned', sum(r.gross), t.cast_id, now(), 'x'
FROM charge_returns r JOIN talks t ON t.id = r.talk_id WHERE r.kind = 'claim' GROUP BY t.id
ON CONFLICT (talk_id) DO NOTHING
"""
# At the till a point, bonus or not, costs a yen; what is taken back stands for so many yen.
_TAKEN = """
SELECT t.purchase_id, sum(CASE WHEN c.kind IN ('issued', 'disputed') THEN t.amount ELSE 0 END
    - CASE WHEN d.kind IN ('issued', 'disputed') THEN t.amount ELSE 0 END) AS points,
  sum(CASE 'disputed' WHEN c.kind THEN t.amount WHEN d.kind THEN -t.amount ELSE 0 END) AS frozen
FROM transfers t JOIN wallets c ON c.id = t.credit_wallet JOIN wallets d ON d.id = t.debit_wallet
WHERE t.purchase_id IS NOT NULL AND t.kind NOT IN ('purchase', 'bonus') GROUP BY 1
"""
_REFUNDS = f"""
INSERT INTO refunds (id, purchase_id, amount_yen, state)
SELECT 'till-' || purchase_id, purchase_id, greatest(1, points - frozen),
  CASE WHEN points > frozen THEN 'made' ELSE 'failed' END FROM ({_TAKEN}) t
ON CONFLICT (id) DO UPDATE SET amount_yen = excluded.amount_yen, state = excluded.state
"""
_DISPUTES = f"""
INSERT INTO disputes (id, purchase_id, amount_yen, state, closed_at)
SELECT 'till-' || purchase_id, purchase_id, greatest(1, frozen),
  CASE WHEN frozen > 0 THEN 'open' ELSE 'won' END,
  CASE WHEN frozen > 0 THEN NULL::timestamptz ELSE now() END FROM ({_TAKEN}) t
ON CONFLICT (id) DO UPDATE SET amount_yen = excluded.amount_yen, state = excluded.state,
  closed_at = excluded.closed_at
"""

_END = sa.text("""
UPDATE talks SET state = 'ended', ended_at = now(), end_reason = 'caller_left',
  connected_ms = 100000000 WHERE caller_id = :caller AND ended_at IS NULL
""")
_ADVANCE = sa.text("UPDATE talks SET next_minute = next_minute + 1 WHERE id = :id")
