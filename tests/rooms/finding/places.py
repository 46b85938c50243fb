"""Rooms to find, and who looks for them."""

from typing import Any

import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from rooms.finding import search
from rooms.finding.search import Found
from rooms.finding.wishes import RoomWish
from rooms.ground.tables import rooms
from scheduler.room_search import look
from tests.world import new_room, new_user


class Places:
    """A site with rooms; what changes is found after a look of the clock's."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings

    async def room(self, title: str, cast: int | None = None, **given: Any) -> int:
        """Make a published room of a new cast, or of this one."""
        name = given.pop("name", "さくら")
        async with self.database.transaction() as tx:
            cast = cast or await new_user(tx, name)
            room = await new_room(tx, cast)
            values = {"title": title} | given
            await tx.execute(sa.update(rooms).where(rooms.c.id == room).values(**values))
        await self.look()
        return room

    async def look(self) -> None:
        """Let the clock look once."""
        await look(self.settings, self.database)

    async def find(self, text: str = "", viewer: int | None = None, **wish: Any) -> list[int]:
        """The rooms that are found, in their order."""
        return [one.card.id for one in (await self.found(text, viewer, **wish)).rooms]

    async def found(
        self, text: str = "", viewer: int | None = None, number: int = 1, **wish: Any
    ) -> Found:
        """A page of what is found."""
        async with self.database.transaction() as tx:
            return await search.find(tx, self.settings, viewer, RoomWish(text, **wish), number)

    async def add(self, statement: str, **values: object) -> int:
        """Add a row that says its id."""
        async with self.database.transaction() as tx:
            return int(await tx.scalar(sa.text(statement), values) or 0)

    async def run(self, statement: str, **values: object) -> None:
        """Change something."""
        async with self.database.transaction() as tx:
            await tx.execute(sa.text(statement), values)
