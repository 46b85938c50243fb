"""A member who would offer a room, staff who look at it, and what both can do."""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.tables import users
from people.meeting.pictures import Pictures
from rooms.ground.offering_tables import room_categories
from rooms.ground.tables import rooms
from rooms.offering import drafts
from rooms.offering.drafts import Draft
from tests.world import new_user

T = TypeVar("T")
_numbers = itertools.count(1)


def pictures() -> Pictures:
    """A photo like no other; nobody looks into it."""
    whole = f"picture {next(_numbers)}".encode()
    return Pictures(640, 480, whole, b"portrait", b"card")


@dataclass
class Offering:
    """A cast without a room, and a member of staff."""

    database: Database
    settings: Settings
    cast: int
    staff: int
    category: int
    licensed: int

    @classmethod
    async def open(cls, database: Database, settings: Settings) -> "Offering":
        """Let both come."""
        async with database.transaction() as tx:
            cast = await new_user(tx, "みどり")
            staff = await new_user(tx, "スタッフ")
            query = sa.select(sa.func.min(room_categories.c.id))
            found = [
                await tx.scalar(query.where(room_categories.c.licensed == licensed))
                for licensed in (False, True)
            ]
        return cls(database, settings, cast, staff, *(int(one or 0) for one in found))

    async def do(self, verb: Callable[..., Awaitable[T]], *given: Any, **named: Any) -> T:
        """Let a verb happen in a transaction of its own."""
        async with self.database.transaction() as tx:
            return await verb(tx, *given, **named)

    def draft(self, **changed: Any) -> Draft:
        """What the cast writes of a room."""
        written: dict[str, Any] = {
            "title": f"お茶の時間 {next(_numbers)}", "topic": "雑談", "text": "どうぞ", "rate": 100,
            "allows_video": True, "category_id": self.category, "booking": "none",
        }  # fmt: skip
        return Draft(**(written | changed))

    async def make(self, cast: int | None = None, **changed: Any) -> int:
        """Let the cast write a room."""
        return await self.do(drafts.make, cast or self.cast, self.draft(**changed))

    async def change(self, room: int, **changed: Any) -> None:
        """Let the cast write a room anew."""
        await self.do(drafts.change, self.settings, room, self.cast, self.draft(**changed))

    async def row(self, room: int) -> Any:
        """A room as it is kept."""
        return await self.do(_row, room)

    async def set_user(self, user: int, **values: Any) -> None:
        """Change a row of users."""
        change = sa.update(users).where(users.c.id == user).values(values)
        await self.do(lambda tx: tx.execute(change))

    async def notices(self, user: int) -> list[tuple[str, str]]:
        """What somebody was told: title and text."""
        query = "SELECT title, text FROM notices WHERE user_id = :user ORDER BY id"
        rows = await self.do(lambda tx: tx.execute(sa.text(query), {"user": user}))
        return [(row.title, row.text) for row in rows]

    async def acts(self) -> list[tuple[str, str, str]]:
        """What staff did: act, subject and reason."""
        query = "SELECT act, subject, reason FROM staff_acts ORDER BY id"
        rows = await self.do(lambda tx: tx.execute(sa.text(query)))
        return [(row.act, row.subject, row.reason) for row in rows]


async def _row(tx: Any, room: int) -> Any:
    return (await tx.execute(sa.select(rooms).where(rooms.c.id == room))).one()
