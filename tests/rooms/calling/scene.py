"""A cast who waits by telephone, a caller with points, and a gateway, without any line."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from rooms.calling import asking, gateways, joining, leaving, progress, standing
from rooms.ground.calling_tables import calls
from rooms.ground.tables import rooms, standbys
from rooms.lobby import presence, room_states
from tests.world import World

BY_TELEPHONE = {"telephone": True}


@dataclass
class Calling(World):
    """The two of a call, and the process that would ring them."""

    gateway: int = 0
    call: int = 0

    @classmethod
    async def begun(
        cls, database: Database, settings: Settings, *, points: int = 1000, rate: int = 100
    ) -> "Calling":
        """The cast stands by by telephone, the caller has points, the line is there."""
        settings = settings.model_copy(update=BY_TELEPHONE)
        made = await World.of(database, settings, points=points, rate=rate)
        world = cls(**vars(made))
        async with database.transaction() as tx:
            await presence.close_standby(tx, world.cast)
            taking = sa.update(rooms).where(rooms.c.id == world.room)
            await tx.execute(taking.values(by_telephone=True))
        world.gateway = await world.do(gateways.appear)
        await world.beat_gateway()
        await world.stand_by()
        return world

    async def do(self, verb: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        async with self.database.transaction() as tx:
            return await verb(tx, *args, **kwargs)

    async def beat_gateway(self, away: str | None = None) -> None:
        await self.do(gateways.beat, self.gateway, away, 0)

    async def stand_by(self) -> None:
        await self.do(standing.stand_by, self.settings, self.cast, self.room)

    async def ask(self, caller: int | None = None, **kwargs: Any) -> int:
        self.call = await self.do(
            asking.ask, self.settings, self.room, caller or self.caller, **kwargs
        )
        return self.call

    async def rung(self) -> None:
        """The caller has asked, and both have answered."""
        await self.ask()
        await self.do(progress.take_up, self.call, self.gateway)
        for side in ("caller", "cast"):
            await self.do(progress.note_leg, self.call, side, "answered")

    async def joined(self) -> int:
        """Both talk."""
        await self.rung()
        self.talk = await self.do(joining.join, self.settings, self.call)
        return self.talk

    async def end(self, why: str) -> bool:
        return bool(await self.do(leaving.end, self.settings, self.call, why))

    async def end_talk(self, reason: str) -> bool:
        return bool(await self.do(leaving.end_talk, self.settings, self.call, reason))

    async def heal(self) -> list[int]:
        """End what nobody carries, of other tests' as well; this call, where it was among it."""
        healed: list[int] = []
        while found := await self.do(leaving.heal, self.settings):
            healed += found
        return [one for one in healed if one == self.call]

    async def state(self) -> str:
        """The room, as everybody sees it."""
        found = await self.do(room_states.states, self.settings, [self.room])
        return str(found[self.room])

    async def standby(self) -> Any:
        async with self.database.transaction() as tx:
            query = sa.select(standbys).where(standbys.c.cast_id == self.cast)
            return (await tx.execute(query)).one_or_none()

    async def row(self) -> Any:
        async with self.database.transaction() as tx:
            return (await tx.execute(sa.select(calls).where(calls.c.id == self.call))).one()

    async def shift_call(self, seconds: int) -> None:
        """Let the gateway's last sign of life be so much older."""
        async with self.database.transaction() as tx:
            older = calls.c.alive_at - sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)
            await tx.execute(sa.update(calls).where(calls.c.id == self.call).values(alive_at=older))

    async def money(self) -> list[Any]:
        """All charges of the caller."""
        async with self.database.transaction() as tx:
            found = sa.text(
                "SELECT c.gross, c.share FROM charges c JOIN talks t ON t.id = c.talk_id"
                " WHERE t.caller_id = :caller"
            )
            return list(await tx.execute(found, {"caller": self.caller}))
