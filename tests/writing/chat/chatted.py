"""A caller with points and answering members who take consultations; time passes when told."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any, TypeVar

import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from notify.tables import notices
from people.meeting.pictures import Pictures
from points import audit, ledger
from rooms.care import blocking
from rooms.talk import caps
from tests.world import new_user
from writing.chat import days, ending, handing_over, locked, members, reading, saying, taking, views
from writing.chat.clock import lapsing
from writing.chat.days import ChatDay
from writing.chat.members import ChatChoice
from writing.chat.rows import ChatRow
from writing.chat.saying import ChatSaid, ChatWords
from writing.chat.sending import ChatToWrite
from writing.chat.tables import chats
from writing.chat.views import ChatView
from writing.ground.tables import answering_members

T = TypeVar("T")
_presses = count(1)

CHOICE = ChatChoice(nominable=True, most_open=3, quiet=False)
PHOTO = Pictures(8, 6, b"whole", b"small", b"card")

# What stands still unless a test lets time pass.
MOMENTS = {
    "chats": [one.name for one in chats.columns if isinstance(one.type, sa.DateTime)],
    "chat_messages": ["at"],
    "chat_days": ["starts_at", "ends_at", "settled_at"],
    "chat_handovers": ["offered_at", "agreed_at", "closed_at"],
    "chat_sides": ["unread_since", "told_at", "mailed_at"],
    "chat_members": ["changed_at", "visited_at", "warned_at", "off_at"],
}


@dataclass
class Chatted:
    """The people, and the consultation that was sent last."""

    database: Database
    owner: Database
    settings: Settings
    caller: int = 0
    member: int = 0
    other: int = 0
    chat: int = 0

    @classmethod
    async def open(
        cls, database: Database, owner: Database, settings: Settings, *, price: int = 0
    ) -> "Chatted":
        """Make the caller and two members, both approved casts who can be nominated."""
        changed = {"chat": True, "chat_points": price}
        made = cls(database, owner, settings.model_copy(update=changed))
        async with database.transaction() as tx:
            made.caller = await new_user(tx, "けんじ", points=10_000)
            made.member = await new_user(tx, "さくら")
            made.other = await new_user(tx, "もも")
        for one in (made.member, made.other):
            await made.be_member(one)
        return made

    async def be_member(self, user_id: int, choice: ChatChoice = CHOICE) -> None:
        """Let somebody answer on the site, and be nominated."""

        async def give(tx: Any) -> None:
            await tx.execute(sa.insert(answering_members).values(user_id=user_id))
            await members.set_own(tx, user_id, choice)

        await self.do(give)

    async def do(self, verb: Callable[..., Awaitable[T]], *args: Any, **more: Any) -> T:
        """Run a verb in a transaction of its own."""
        async with self.database.transaction() as tx:
            return await verb(tx, *args, **more)

    async def write(
        self,
        text: str = "眠れない夜がつづいています",
        *,
        caller: int = 0,
        to: int | None = None,
        press: str = "",
        wishes: str = "",
    ) -> int:
        """Let the caller ask, all or one."""
        price = self.settings.chat_points
        key = press or f"press-{next(_presses):05}"
        asked = ChatToWrite("health", text, wishes, price, key, to)
        self.chat = await self.do(caps.send_chat, self.settings, caller or self.caller, asked)
        return self.chat

    async def take(self, member: int = 0, chat: int = 0) -> None:
        """Let a member take it."""
        await self.do(taking.take, self.settings, chat or self.chat, member or self.member)

    async def begin(self, **more: Any) -> int:
        """Let the caller ask and the member take it."""
        await self.write(**more)
        await self.take()
        return self.chat

    async def say(
        self, user: int, text: str = "おはようございます", *, key: str = "", photos: int = 0
    ) -> ChatSaid:
        """Let one of the two write."""
        words = ChatWords(key or f"press-{next(_presses):05}", text, [PHOTO] * photos)
        return await self.do(saying.say, self.settings, self.chat, user, words)

    async def end(self, user: int) -> int:
        """Let one of the two end it; return what went back."""
        return await self.do(ending.end, self.settings, self.chat, user)

    async def reopen(self, user: int) -> None:
        """Let one of the two open it again."""
        await self.do(ending.reopen, self.settings, self.chat, user)

    async def hand_over(self) -> None:
        """Let the member hand it over to the other one, with both sides' word."""
        await self.do(handing_over.offer, self.settings, self.chat, self.member, self.other)
        await self.do(handing_over.agree, self.settings, self.chat, self.caller, yes=True)
        await self.do(handing_over.take_over, self.settings, self.chat, self.other)

    async def tick(self) -> int:
        """What the clock does every minute; how many consultations it looked at."""
        seen = 0
        for work in (lapsing.lapse, lapsing.ask, lapsing.settle):
            while found := await self.do(work, self.settings):
                seen += found
        return seen

    async def block(self, blocker: int, blocked: int) -> None:
        """Let one block the other."""
        await self.do(blocking.block, self.settings, blocker, blocked, 0)

    async def row(self, chat: int = 0) -> ChatRow:
        """The consultation's row."""
        return await self.do(locked.find, chat or self.chat)

    async def see(self, user: int) -> ChatView:
        """The consultation as one of the two sees it."""
        return await self.do(views.find, self.chat, user)

    async def days(self) -> list[ChatDay]:
        """Its days."""
        return await self.do(days.of, self.chat)

    async def states(self) -> str:
        """What became of its days, a letter each: h(eld), p(aid), r(eturned)."""
        return "".join(one.state[0] for one in await self.days())

    async def texts(self, user: int) -> list[str]:
        """What one of the two reads in it."""
        view = await self.see(user)
        found = await self.do(reading.stretch, view)
        return [one.text for one in found.messages]

    async def points_of(self, user: int = 0) -> int:
        """The points that somebody can spend."""
        return await self.do(ledger.spendable, user or self.caller)

    async def earned(self, member: int) -> int:
        """What a member has earned."""
        query = sa.text(
            "SELECT coalesce(sum(j.amount), 0) FROM journal j JOIN wallets w ON w.id = j.wallet_id"
            " WHERE w.kind = 'earnings' AND w.user_id = :user"
        )
        return int(await self.do(lambda tx: tx.scalar(query, {"user": member})) or 0)

    async def pass_days(self, days: float) -> None:
        """Let time pass for consultations."""
        shift = {"shift": timedelta(days=days)}
        async with self.owner.transaction() as tx:
            for name, moments in MOMENTS.items():
                sets = ", ".join(f"{one} = {one} - :shift" for one in moments)
                await tx.execute(sa.text(f"UPDATE {name} SET {sets}"), shift)

    async def told(self, user: int) -> list[str]:
        """The words that somebody was told of consultations, in order."""
        return [one.split(":")[2] for one in await self.keys(user) if one.startswith("chats:")]

    async def keys(self, user: int) -> list[str]:
        """By which each of these, and of nominations, is known."""
        mine = (notices.c.user_id == user) & (notices.c.kind == "chat")
        query = sa.select(notices.c.key).where(mine).order_by(notices.c.id)
        return [str(key) for key in await self.do(lambda tx: tx.scalars(query))]

    async def broken(self) -> list[str]:
        """The invariants of the books that do not hold."""
        return [proof.name for proof in await self.do(audit.prove) if proof.broken]
