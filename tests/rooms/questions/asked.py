"""A caller and a cast who write to each other about a room, without any talk."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from notify.tables import notices
from rooms.care import blocking, report_list, reports
from rooms.questions import reading, telling, threads, writing
from rooms.questions.threads import QuestionThread
from rooms.questions.writing import Said
from tests.world import new_room, new_user

T = TypeVar("T")
_keys = count(1)


@dataclass
class Asked:
    """The two, the room, and their thread once somebody has asked."""

    database: Database
    owner: Database
    settings: Settings
    caller: int = 0
    cast: int = 0
    room: int = 0
    thread: int = 0
    last: int = field(default=0)

    @classmethod
    async def open(cls, database: Database, owner: Database, settings: Settings) -> "Asked":
        """Make the two and a published room."""
        made = cls(database, owner, settings)
        async with database.transaction() as tx:
            made.caller = await new_user(tx, "けんじ")
            made.cast = await new_user(tx, "さくら")
            made.room = await new_room(tx, made.cast)
        return made

    async def do(self, verb: Callable[..., Awaitable[T]], *args: Any, **more: Any) -> T:
        """Run a verb in a transaction of its own."""
        async with self.database.transaction() as tx:
            return await verb(tx, *args, **more)

    async def ask(self, text: str = "はじめまして", *, caller: int = 0, room: int = 0) -> Said:
        """Let a caller ask at the room."""
        key = f"message-{next(_keys)}"
        said = await self.do(
            writing.begin, self.settings, room or self.room, caller or self.caller, key, text
        )
        if not caller and not room:
            self.thread = said.thread_id
        self.last = said.message_id
        return said

    async def say(self, user: int, text: str = "こんにちは", key: str = "") -> Said:
        """Let one of them write in the thread."""
        said = await self.do(writing.say, self.thread, user, key or f"message-{next(_keys)}", text)
        self.last = said.message_id
        return said

    async def read(self, user: int, up_to: int = 0) -> bool:
        """Let one of them read the thread."""
        return await self.do(reading.mark_read, self.thread, user, up_to or self.last)

    async def see(self, user: int) -> QuestionThread:
        """The thread as one of them sees it."""
        return await self.do(threads.find, self.thread, user)

    async def texts(self, user: int) -> list[tuple[bool, str, bool]]:
        """What one of them reads: their own or not, the text, and whether the other has read it."""
        thread = await self.see(user)
        found = await self.do(reading.stretch, thread)
        return [(one.mine, one.text, one.read) for one in found.messages]

    async def block(self, blocker: int, blocked: int) -> None:
        """Let one block the other."""
        await self.do(blocking.block, self.settings, blocker, blocked, 0)

    async def report(self, reporter: int) -> int:
        """Let one report the thread."""
        other = await self.do(blocking.other_of, "messages", self.thread, reporter)
        return await self.do(reports.file, reporter, other, "messages", "outside", "LINEに誘われた")

    async def close_report(self, report: int) -> None:
        """Let a third person, of the staff, close a report."""
        staff = await self.do(new_user, "スタッフ")
        await self.do(reports.close, self.settings, report, staff, "確認しました")
        assert (await self.do(report_list.find, report)).state == "closed"

    async def pass_time(self, minutes: float) -> None:
        """Let time pass for all that is noted of threads."""
        async with self.owner.transaction() as tx:
            for table, columns in _MOMENTS.items():
                sets = ", ".join(f"{one} = {one} - :by * interval '1 minute'" for one in columns)
                await tx.execute(sa.text(f"UPDATE {table} SET {sets}"), {"by": minutes})

    async def tell(self) -> None:
        """What the clock does every minute."""
        while await self.do(telling.tell, self.settings):
            pass

    async def told(self, user: int) -> list[tuple[str, bool]]:
        """The texts of the notices of questions, and whether each is read."""
        async with self.database.transaction() as tx:
            rows = await tx.execute(
                sa.select(notices.c.text, notices.c.read_at)
                .where(notices.c.user_id == user, notices.c.kind == "question")
                .order_by(notices.c.id)
            )
            return [(row.text, row.read_at is not None) for row in rows]

    async def count(self, what: str) -> int:
        """How many rows there are."""
        async with self.database.transaction() as tx:
            return int(await tx.scalar(sa.text(f"SELECT count(*) FROM {what}")) or 0)


_MOMENTS = {
    "question_threads": ("opened_at", "last_at", "closed_at"),
    "question_sides": ("last_at", "unread_since", "told_at", "mailed_at"),
    "question_messages": ("at",),
}
