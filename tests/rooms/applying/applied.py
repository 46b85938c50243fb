"""A caller who applies to talk, a cast who answers, and time that passes when told."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from notify import inbox
from rooms.applying import answering, applying, ringing
from rooms.lobby import presence, room_states
from rooms.lobby.talk_applications import TalkApplication
from rooms.talk import entry
from rooms.talk.entry import Entered
from tests.world import World, new_room, new_user

Verb: TypeAlias = Callable[..., Awaitable[Any]]


@dataclass
class Applied(World):
    """A caller with points, and a cast who is offline."""

    other_room: int = 0
    # May change what the application may not.
    owner: Database = field(init=False)

    async def apply(
        self, room: int | None = None, caller: int | None = None, minutes: int = 30, **more: Any
    ) -> TalkApplication:
        """The caller (or another one) applies."""
        made: TalkApplication
        made, _ = await self.do(
            applying.apply, room or self.room, caller or self.caller, minutes, "ねこの話", **more
        )
        return made

    async def accept(self, one: TalkApplication) -> None:
        """The cast takes it."""
        await self.do(answering.accept, one.id, one.cast_id)

    async def ring(self, one: TalkApplication) -> None:
        """The cast takes it, makes ready, and rings."""
        await self.accept(one)
        await self.do(ringing.ring, one.id, one.cast_id)

    async def do(self, verb: Verb, *args: Any, **more: Any) -> Any:
        """Run a verb with the settings in a transaction of its own."""
        async with self.database.transaction() as tx:
            return await verb(tx, self.settings, *args, **more)

    async def refused(self, verb: Verb, *args: Any, **more: Any) -> str:
        """Run a verb that is refused; return the code."""
        with pytest.raises(UserError) as error:
            await self.do(verb, *args, **more)
        return error.value.code

    async def enter_room(self, caller: int | None = None) -> int:
        """The caller (or another one) enters the room."""
        entered: Entered = await self.do(entry.enter, self.room, caller or self.caller)
        return entered.talk_id

    async def state(self, one: TalkApplication) -> str:
        """What has become of an application."""
        async with self.database.transaction() as tx:
            found = await tx.scalar(
                sa.text("SELECT state FROM talk_applications WHERE id = :id"), {"id": one.id}
            )
        return str(found)

    async def stands_by_in(self) -> int | None:
        """The room in which the cast stands by."""
        async with self.database.transaction() as tx:
            found = await presence.standby_of(tx, self.cast)
        return found.room_id if found else None

    async def room_state(self) -> str:
        """What everybody sees of the room."""
        return str((await self.do(room_states.states, [self.room])).get(self.room, ""))

    async def pass_minutes(self, minutes: float) -> None:
        """Let time pass for applications and stand-bys, with signs of life until now."""
        async with self.owner.transaction() as tx:
            moments = ("made_at", "wait_until", "due_at", "accepted_at", "rung_at", "ended_at",
                       "asked_again_at")  # fmt: skip
            shifted = ", ".join(f"{name} = {name} - interval '{minutes} min'" for name in moments)
            await tx.execute(sa.text(f"UPDATE talk_applications SET {shifted}"))

    async def another(self, points: int = 1000) -> int:
        """One more caller."""
        async with self.database.transaction() as tx:
            return await new_user(tx, "みお", points=points)

    @classmethod
    async def open(cls, database: Database, owner: Database, settings: Settings) -> "Applied":
        """Nobody has applied yet."""
        async with database.transaction() as tx:
            caller = await new_user(tx, "けんじ", points=1000)
            cast = await new_user(tx, "さくら")
            rooms = [await new_room(tx, cast) for _ in range(2)]
        made = cls(database, settings, caller, cast, rooms[0], other_room=rooms[1])
        made.owner = owner
        return made

    async def turn(self) -> list[TalkApplication]:
        """The clock looks at what is due."""
        return list(await self.do(ringing.turn))

    async def told(self, user: int) -> list[str]:
        """The titles of what a user was told, in order."""
        async with self.database.transaction() as tx:
            return [one.title for one in await inbox.inbox(tx, user, 1, 50)][::-1]
