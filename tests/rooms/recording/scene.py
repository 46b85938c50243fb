"""A talk in a room that asks for recordings, on a site that allows them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import SecretStr

from foundation.database import Database, Tx
from foundation.settings import Settings
from media import hosts
from rooms.ground.live import SIDES, Side
from rooms.ground.recording_tables import recordings
from rooms.ground.tables import rooms
from rooms.recording import asking, settling, standing, way, writing
from rooms.recording.standing import RecordingStanding
from rooms.recording.wording import Wording
from rooms.recording.writing import RecordedPart
from tests.world import World

ALLOWED = {"recording": True, "media_secret": SecretStr("s" * 32)}


@dataclass
class Taped(World):
    """The two of a talk that may be recorded, and the media process that would write it."""

    host: int = 0

    @classmethod
    async def begun(cls, database: Database, settings: Settings) -> "Taped":
        """Both are seated in a talk, and its room had said that it asks for recordings."""
        world = cls(**vars(await World.of(database, settings.model_copy(update=ALLOWED))))
        await world.let_room_ask()
        world.host = await world.do(hosts.appear, "ws://media.example", 200)
        await world.enter()
        return world

    async def orders(self) -> list[int]:
        """What the media process that carries the talk is to write."""
        return [one.recording_id for one in await self.do(writing.orders, self.host)]

    async def let_room_ask(self, since: str = "now() - interval '1 day'") -> None:
        async with self.database.transaction() as tx:
            asks = sa.update(rooms).where(rooms.c.id == self.room)
            await tx.execute(asks.values(recording_since=sa.text(since)))

    @property
    def seen(self) -> str:
        return Wording("ja", self.settings.recording_days).seen

    async def do(self, verb: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        async with self.database.transaction() as tx:
            return await verb(tx, *args, **kwargs)

    async def ask(self, user: int | None = None) -> bool:
        """The cast asks, or who else is named."""
        return bool(
            await self.do(asking.ask, self.settings, self.talk, user or self.cast, self.seen)
        )

    async def agree(self, user: int | None = None) -> None:
        """The caller agrees, or who else is named, and the talk moves."""
        await self.do(asking.agree, self.settings, self.talk, user or self.caller, self.seen)
        await self.do(way.make, self.settings, self.talk)

    async def stop(self, user: int) -> None:
        await self.do(asking.stop, self.talk, user)

    async def agreed(self) -> int:
        """Both have agreed; the recording."""
        await self.ask()
        await self.agree()
        return (await self.standing()).recording_id or 0

    async def write(self) -> int:
        """Both have agreed, and it is being written; the recording."""
        recording = await self.agreed()
        assert await self.do(writing.written, [recording]) == [recording]
        return recording

    async def kept(self, recording: int, side: Side = "caller", part: int = 0) -> RecordedPart:
        """A file of it is there."""
        made = RecordedPart(
            recording, side, part, f"{recording}-{side}-{part}.webm", "video/webm",
            datetime.now(UTC), 9_000, 5_000, True,
        )  # fmt: skip
        await self.do(writing.keep, made)
        return made

    async def recorded(self) -> int:
        """A recording with a file of each side, which the caller has stopped."""
        recording = await self.write()
        for side in SIDES:
            await self.kept(recording, side)
        await self.stop(self.caller)
        return recording

    async def standing(self) -> RecordingStanding:
        found: RecordingStanding = await self.do(standing.of_talk, self.settings, self.talk)
        return found

    async def settle(self) -> list[int]:
        return list(await self.do(settling.settle))

    async def row(self, recording: int) -> Any:
        async def one(tx: Tx) -> Any:
            query = sa.select(recordings).where(recordings.c.id == recording)
            return (await tx.execute(query)).one()

        return await self.do(one)


async def age(owner: Database, column: str, seconds: float, table: str = "recordings") -> None:
    """Let a moment of every row lie so much further back."""
    async with owner.transaction() as tx:
        by = f"{seconds} * interval '1 s'"
        await tx.execute(sa.text(f"UPDATE {table} SET {column} = {column} - {by}"))
