"""A small world for tests: people, points, a room, a talk, and time that passes when told."""

import itertools
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from foundation import locks
from foundation.database import Database, Tx
from foundation.settings import Settings
from people.accounts.tables import users
from points import ledger
from points.tables import purchases
from rooms.ground.tables import rooms, talks
from rooms.lobby import presence
from rooms.talk import ending, entry, meter, readings, seats
from rooms.talk.proof import beats, darkness, disagreements
from rooms.talk.proof.beats import Flow

_numbers = itertools.count(1)

HASH = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"

# Settings of a site on which anybody may pay afterwards, without a card or a number.
TAB: dict[str, Any] = {"tab": True, "tab_asks": "nothing"}


async def new_user(
    tx: Tx, nickname: str = "ゆき", *, points: int = 0, confirmed: bool = True
) -> int:
    """Make a user, with points that were bought, and expire in three months."""
    number = next(_numbers)
    made = await tx.scalar(
        sa.insert(users)
        .values(
            email=f"u{number}@test.example",
            nickname=nickname,
            password_hash=HASH,
            is_cast=True,
            confirmed_at=sa.func.now() if confirmed else None,
        )
        .returning(users.c.id)
    )
    assert made is not None
    if points:
        await buy(tx, made, points)
    return int(made)


async def buy(tx: Tx, user_id: int, points: int, bonus: int = 0, months: int = 3) -> int:
    """Let a user have bought points at the demo's till, a yen each; return the purchase."""
    name = f"pi_world_{user_id}_{next(_numbers)}"
    made = await tx.scalar(
        sa.insert(purchases)
        .values(
            user_id=user_id,
            points=points,
            bonus=bonus,
            price_yen=points,
            provider="demo",
            method="card",
            intent=name,
            press=name,
        )
        .returning(purchases.c.id)
    )
    assert made is not None
    locks.note(tx, purchases, [made], waited=False)
    await ledger.credit_purchase(
        tx, made, user_id=user_id, points=points, bonus=bonus, months=months
    )
    await tx.execute(_CREDITED, {"id": f"evt_{name}", "intent": name})
    return int(made)


async def new_room(tx: Tx, cast_id: int, rate: int = 100, *, published: bool = True) -> int:
    """Make a room of a cast."""
    made = await tx.scalar(
        sa.insert(rooms)
        .values(cast_id=cast_id, title="おしゃべり", topic="雑談", rate=rate, published=published)
        .returning(rooms.c.id)
    )
    assert made is not None
    return int(made)


def flowing(talk: int, side: str, pair: int, *, media: bool = True) -> beats.Beat:
    """A beat of a side that receives sound just now, or of one that never has on this pair."""
    arrives = Flow(900, 0, 900, None, True) if media else Flow(0, None, 900, None, True)
    return beats.Beat(talk, side, pair, 0, arrives, None, 9, 0, 5, False)


@dataclass
class World:
    """A caller and a cast, each in a browser, in one talk."""

    database: Database
    settings: Settings
    caller: int
    cast: int
    room: int
    talk: int = 0

    @classmethod
    async def of(
        cls, database: Database, settings: Settings, *, points: int = 1000, rate: int = 100
    ) -> "World":
        """A caller with points, and a cast on stand-by in a room."""
        async with database.transaction() as tx:
            caller = await new_user(tx, "けんじ", points=points)
            cast = await new_user(tx, "さくら")
            room = await new_room(tx, cast, rate)
        async with database.transaction() as tx:
            await presence.open_standby(tx, cast, room)
        return cls(database, settings, caller, cast, room)

    async def enter(self, cap: int | None = None) -> int:
        """The caller enters, and both sit down."""
        async with self.database.transaction() as tx:
            entered = await entry.enter(tx, self.settings, self.room, self.caller, cap)
        self.talk = entered.talk_id
        await self.join("caller")
        await self.join("cast")
        return self.talk

    async def join(self, side: str, *, fresh: bool = True, tab: str | None = None) -> seats.Seat:
        """One side sits down in its tab."""
        user = self.caller if side == "caller" else self.cast
        async with self.database.transaction() as tx:
            return await seats.join(
                tx,
                self.settings,
                self.talk,
                user,
                tab or f"tab-{side}",
                "connection",
                fresh=fresh,
                take_over=False,
            )

    async def beat(self, *sides: str, media: bool = True) -> None:
        """These sides (both when none is named) report, and the server settles as it does."""
        async with self.database.transaction() as tx:
            pair = await tx.scalar(sa.select(talks.c.pair).where(talks.c.id == self.talk))
            told = [
                flowing(self.talk, side, int(pair or 0), media=media)
                for side in sides or ("caller", "cast")
            ]
            await beats.record(tx, self.settings, told)
        async with self.database.transaction() as tx:
            await meter.bring_up_to_date(tx, self.settings, [self.talk])

    async def wait(self, seconds: float) -> None:
        """Let time pass in silence: everything recorded moves into the past."""
        async with self.database.transaction() as tx:
            await tx.execute(_SHIFT_TALKS, {"seconds": seconds, "talk": self.talk})
            await tx.execute(_SHIFT_SPANS, {"seconds": seconds, "talk": self.talk})

    async def talk_for(self, seconds: float, step: float = 7) -> None:
        """Let the meter run on by so much, with beats of both sides on the way and at the end."""
        now = await self.reading()
        target = now.connected_ms / 1000 + seconds
        while (left := target - now.connected_ms / 1000) > 0:
            await self.wait(min(step, left))
            await self.beat()
            now = await self.reading()
            if not now.running:
                return

    async def tick(self) -> None:
        """What every process does each second."""
        settings = self.settings
        for verb in (
            meter.start,
            meter.interrupt,
            meter.charge,
            meter.end_spent,
            disagreements.end,
            ending.end_lost,
            darkness.turn,
        ):
            async with self.database.transaction() as tx:
                await verb(tx, settings)

    async def reading(self) -> readings.Reading:
        """The meter now."""
        async with self.database.transaction() as tx:
            return (await readings.read(tx, self.settings, [self.talk]))[self.talk]

    async def points(self) -> int:
        """The caller's points."""
        async with self.database.transaction() as tx:
            return await ledger.spendable(tx, self.caller)


_CREDITED = sa.text("""
INSERT INTO payment_events (id, type, intent, livemode, payload, handled_at, outcome)
VALUES (:id, 'payment_intent.succeeded', :intent, false, '{}', now(), 'credited')
""")
# Every moment that is kept of a talk.
MOMENTS = [column.name for column in talks.columns if isinstance(column.type, sa.DateTime)]
_SHIFT_TALKS = sa.text(
    f"UPDATE talks SET {', '.join(f'{name} = {name} - shift' for name in MOMENTS)}"
    " FROM (SELECT :seconds * interval '1 s' AS shift) s WHERE id = :talk"
)
_SHIFT_SPANS = sa.text("""
UPDATE talk_spans SET began_at = began_at - shift, ended_at = ended_at - shift
FROM (SELECT :seconds * interval '1 s' AS shift) s WHERE talk_id = :talk
""")
