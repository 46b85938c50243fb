"""A gateway on a fake line, for a caller and a cast with telephones and a database of their own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.settings import Settings
from rooms.ground.calling_tables import call_attempts, telephone_gateways
from telephone.desk import Reachable
from telephone.gateway import Gateway
from telephone.parties import Patience
from tests.rooms.calling.scene import Calling
from tests.telephone.fake_line import FakeLeg, FakeLine, FakePhone

CALLER, CAST = "+819011112222", "+818033334444"
QUICK = Patience(ring=0.5, key=0.2, asks=2, window=0.05, beat=0.25, farewell=2.0, together=0.3)


def spoken(name: str, language: str = "ja", /, **figures: Any) -> bytes:
    """A prompt that can be recognised: its own name and figures, padded to whole samples."""
    said = " ".join([name, language, *(f"{key}={value}" for key, value in figures.items())])
    return said.encode().ljust(160)


@dataclass
class Rung(Calling):
    """The two of a call, and a gateway that carries it."""

    line: FakeLine | None = None
    patience: Patience = QUICK
    speaks: bool = True
    numbers: dict[str, str] = field(default_factory=lambda: {"caller": CALLER, "cast": CAST})

    @classmethod
    async def ready(
        cls, database: Database, settings: Settings, *, points: int = 1000, **changed: object
    ) -> "Rung":
        """Minutes last a second here; both telephones answer at once and press the key."""
        quick = {"minute_seconds": 1, "silence_seconds": 2, "beat_seconds": 1} | changed
        world = cls(
            **vars(await Calling.begun(database, settings.model_copy(update=quick), points=points))
        )
        world.line = FakeLine()
        for number in (CALLER, CAST):
            world.line.phones[number] = FakePhone(answers_after=1, keys=("1",))
        return world

    async def book(self, tx: Tx, settings: Settings, user_id: int) -> Reachable:
        """Where the two are rung."""
        whose = {"caller": self.caller, "cast": self.cast}
        known = {whose[side]: number for side, number in self.numbers.items()}
        return Reachable(known.get(user_id), "ja", b"na" * 80, 16)

    @contextlib.asynccontextmanager
    async def gateway_runs(self) -> AsyncIterator[Gateway]:
        """Run a gateway, with both speaking whenever they are on the line."""
        assert self.line is not None
        gateway = Gateway(self.settings, self.database, self.line, spoken, self.book, self.patience)
        stopping = asyncio.Event()
        works = [
            asyncio.create_task(gateway.run(stopping)),
            asyncio.create_task(self._speak()),
        ]
        try:
            await self.wait_for(lambda: self._has_beaten(gateway.desk.gateway_id))
            yield gateway
        finally:
            stopping.set()
            await asyncio.wait_for(works[0], 30)
            works[1].cancel()
            await asyncio.gather(*works, return_exceptions=True)
            await self.line.close()

    async def _has_beaten(self, gateway_id: int) -> bool:
        """Until its first sign of life the site takes it for silent."""
        # Whose lines are full at once has beaten, too.
        beaten = telephone_gateways.c.away.is_distinct_from("silent")
        there = telephone_gateways.c.id == gateway_id, beaten
        async with self.database.transaction() as tx:
            return bool(await tx.scalar(sa.select(sa.exists().where(*there))))

    async def _speak(self) -> None:
        assert self.line is not None
        while True:
            await asyncio.sleep(0.02)
            for leg in list(self.line.legs):
                if self.speaks and leg.is_answered.is_set() and not leg.held:
                    leg.speaks(20)

    async def wait_for(self, found: Callable[[], Awaitable[Any]]) -> Any:
        """Wait until something is so; a busy machine has all the time that it needs."""
        async with asyncio.timeout(60):
            while not (result := await found()):
                await asyncio.sleep(0.02)
        return result

    async def is_state(self, state: str) -> bool:
        return bool((await self.row()).state == state)

    async def rings_until(self, state: str, **kwargs: Any) -> Any:
        """The caller presses, and the call comes as far as that."""
        await self.ask(**kwargs)
        await self.wait_for(lambda: self.is_state(state))
        row = await self.row()
        self.talk = row.talk_id or 0
        return row

    async def is_charged(self, minutes: int) -> bool:
        return (await self.reading()).charged_minutes >= minutes

    def leg(self, number: str) -> FakeLeg:
        assert self.line is not None
        return self.line.leg(number)

    def heard(self, number: str) -> list[str]:
        """What prompts were spoken to a telephone, in order."""
        return [
            one.speech.decode(errors="replace").split()[0]
            for one in self.leg(number).spoken
            if one.speech[:1].isalpha() and b" ja" in one.speech
        ]

    async def attempts(self) -> list[Any]:
        async with self.database.transaction() as tx:
            query = sa.select(call_attempts).where(call_attempts.c.call_id == self.call)
            return list(await tx.execute(query.order_by(call_attempts.c.id)))
