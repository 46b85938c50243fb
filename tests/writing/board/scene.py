"""A board with people on it: who asks, who answers, an answering member, staff."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from notify.tables import notices
from people.accounts.tables import users
from people.meeting import blocks
from tests.world import new_user
from writing.board import adding, answers, listing, reading, texts, topics, writing
from writing.board.listing import TopicWish
from writing.board.notices import new_answers
from writing.board.topics import BoardTopic
from writing.ground import answering

T = TypeVar("T")
_keys = count(1)
ANSWER = "川のそばがよいですよ"


def key() -> str:
    """A press that no other form has."""
    return f"press-{next(_keys):06}"


@dataclass
class Board:
    """The people, and the last topic and answer that were written."""

    database: Database
    owner: Database
    settings: Settings
    asker: int = 0
    member: int = 0
    other: int = 0
    staff: int = 0
    topic: int = 0
    answer: int = field(default=0)

    @classmethod
    async def open(cls, database: Database, owner: Database, settings: Settings) -> "Board":
        """Make the people: `member` answers with a mark, `other` without."""
        made = cls(database, owner, settings.model_copy(update={"board": True}))
        names = {"asker": "たずね", "member": "こたえ", "other": "となり", "staff": "スタッフ"}
        for name, nickname in names.items():
            setattr(made, name, await made.do(new_user, nickname))
        async with owner.transaction() as tx:
            await tx.execute(
                sa.update(users).where(users.c.id == made.staff).values(staff_role="support")
            )
        await made.do(answering.give, made.settings, made.member, "よい人", actor_id=made.staff)
        return made

    async def do(self, verb: Callable[..., Awaitable[T]], *args: Any, **more: Any) -> T:
        """Run a verb in a transaction of its own."""
        async with self.database.transaction() as tx:
            return await verb(tx, *args, **more)

    async def refused(self, verb: Callable[..., Awaitable[T]], *args: Any, **more: Any) -> str:
        """Run a verb that is refused; the code."""
        try:
            await self.do(verb, *args, **more)
        except UserError as error:
            return error.code
        raise AssertionError("it was not refused")

    def draft(
        self, title: str = "引っこしの相談", text: str = "どこに住めばよいでしょう", **more: Any
    ) -> Any:
        """A topic that may stand."""
        return texts.draft_of(more.pop("category", "living"), title, text, **more)

    async def ask(self, user: int = 0, *, press: str = "", **said: Any) -> int:
        """Let somebody write a topic; its id."""
        made = await self.do(
            writing.write, self.settings, user or self.asker, press or key(), self.draft(**said)
        )
        self.topic = made.id
        return made.id

    async def reply(
        self, user: int = 0, text: str = "川のそばがよいですよ", press: str = ""
    ) -> int:
        """Let somebody answer the topic; the answer's id."""
        self.answer = await self.do(
            answers.answer, self.settings, self.topic, user or self.member, press or key(), text
        )
        return self.answer

    async def add(self, user: int, text: str = "補足です", answer: int | None = None) -> None:
        """Let somebody add to what they wrote."""
        await self.do(adding.add, self.settings, self.topic, user, key(), text, answer)

    async def see(self, viewer: int | None = None) -> BoardTopic:
        """The topic as somebody sees it."""
        return await self.do(topics.find, self.topic, viewer)

    async def said(self, viewer: int | None = None) -> list[tuple[str, str]]:
        """Names and texts of the topic's answers as somebody reads them."""
        found = await self.do(reading.page, self.topic, viewer, 1)
        return [(one.name, one.text) for one in found]

    async def listed(self, viewer: int | None, number: int = 1, **wish: Any) -> list[int]:
        """The topics that a list shows somebody."""
        found = await self.do(listing.find, viewer, TopicWish(**wish), number)
        return [one.id for one in found.topics]

    async def block(self, blocker: int, blocked: int) -> None:
        """Let one block the other."""
        await self.do(blocks.block, blocker, blocked)

    async def pass_time(self, minutes: float) -> None:
        """Let time pass for all that stands on the board."""
        async with self.owner.transaction() as tx:
            for table, columns in _MOMENTS.items():
                sets = ", ".join(f"{one} = {one} - :by * interval '1 minute'" for one in columns)
                await tx.execute(sa.text(f"UPDATE {table} SET {sets}"), {"by": minutes})

    async def tell(self) -> None:
        """What the clock does every minute."""
        while await self.do(new_answers.tell, self.settings):
            pass

    async def told(self, user: int, kind: str = "board") -> list[str]:
        """The texts of somebody's notices of a kind."""
        async with self.database.transaction() as tx:
            found = await tx.scalars(
                sa.select(notices.c.text)
                .where(notices.c.user_id == user, notices.c.kind == kind)
                .order_by(notices.c.id)
            )
            return list(found)

    async def count(self, what: str) -> int:
        """How many rows there are."""
        async with self.database.transaction() as tx:
            return int(await tx.scalar(sa.text(f"SELECT count(*) FROM {what}")) or 0)

    async def mails(self) -> int:
        """How many mails are on their way."""
        return await self.count("mails")


_MOMENTS = {
    "board_topics": (
        "written_at", "edited_at", "shown_at", "unread_since", "told_at", "mailed_at", "called_at",
    ),
    "board_answers": ("written_at", "edited_at"),
    "board_additions": ("written_at",),
    "board_reports": ("created_at",),
}  # fmt: skip
