"""A caller with points and a cast who takes letters; time passes when told."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any, TypeVar

import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from notify.tables import notices
from points import audit, ledger
from points.rules import Pays
from rooms.care import blocking
from rooms.talk import caps
from tests.world import new_room, new_user
from writing.letters import answering, asking_back, lapsing, locked, offers, views
from writing.letters.offers import LetterOffer
from writing.letters.rows import LetterRow
from writing.letters.sending import LetterToSend
from writing.letters.tables import letters
from writing.letters.views import LetterView

T = TypeVar("T")
_presses = count(1)

OFFER = LetterOffer(accepts=True, points=1500, usual_hours=48, most_open=3, takes_tab=True)


@dataclass
class Lettered:
    """The two, and the letter that was sent last."""

    database: Database
    owner: Database
    settings: Settings
    caller: int = 0
    cast: int = 0
    room: int = 0
    letter: int = 0

    @classmethod
    async def open(
        cls, database: Database, owner: Database, settings: Settings, *, points: int = 10_000
    ) -> "Lettered":
        """Make the two; the cast has a room and takes letters."""
        made = cls(database, owner, settings.model_copy(update={"letters": True}))
        async with database.transaction() as tx:
            made.caller = await new_user(tx, "けんじ", points=points)
            made.cast = await new_user(tx, "さくら")
            made.room = await new_room(tx, made.cast)
        await made.do(offers.set_own, made.settings, made.cast, OFFER)
        return made

    async def do(self, verb: Callable[..., Awaitable[T]], *args: Any, **more: Any) -> T:
        """Run a verb in a transaction of its own."""
        async with self.database.transaction() as tx:
            return await verb(tx, *args, **more)

    async def send(
        self,
        text: str = "仕事をやめたいのですが",
        *,
        caller: int = 0,
        points: int = OFFER.points,
        press: str = "",
        pays: Pays = "points",
    ) -> int:
        """Let a caller send a letter."""
        written = LetterToSend(text, points, press or f"press-{next(_presses):04}", pays)
        self.letter = await self.do(
            caps.send_letter, self.settings, self.cast, caller or self.caller, written
        )
        return self.letter

    async def answer(self, text: str = "まずはよく眠ってください", *, letter: int = 0) -> None:
        """Let the cast answer."""
        await self.do(answering.answer, self.settings, letter or self.letter, self.cast, text)

    async def ask_back(self, text: str = "眠れないときは？") -> None:
        """Let the caller ask back."""
        await self.do(asking_back.ask_back, self.settings, self.letter, self.caller, text)

    async def answer_back(self, text: str = "白湯をどうぞ") -> None:
        """Let the cast answer what was asked back."""
        await self.do(answering.answer_back, self.settings, self.letter, self.cast, text)

    async def lapse(self) -> int:
        """What the clock does every minute; how many letters it looked at."""
        seen = 0
        while found := await self.do(lapsing.lapse, self.settings):
            seen += found
        return seen

    async def block(self, blocker: int, blocked: int) -> None:
        """Let one block the other."""
        await self.do(blocking.block, self.settings, blocker, blocked, 0)

    async def row(self, letter: int = 0) -> LetterRow:
        """The letter's row."""
        return await self.do(locked.find, letter or self.letter)

    async def see(self, user: int, letter: int = 0) -> LetterView:
        """The letter as one of the two sees it."""
        return await self.do(views.letter, letter or self.letter, user)

    async def texts(self, letter: int = 0) -> dict[str, str]:
        """What was written in it."""
        found = await self.do(views.texts_of, letter or self.letter)
        return {part: one.text for part, one in found.items()}

    async def points_of(self, user: int = 0) -> int:
        """The points that somebody can spend."""
        return await self.do(ledger.spendable, user or self.caller)

    async def earned(self) -> int:
        """What the cast has earned."""
        query = sa.text(
            "SELECT coalesce(sum(j.amount), 0) FROM journal j JOIN wallets w ON w.id = j.wallet_id"
            " WHERE w.kind = 'earnings' AND w.user_id = :cast"
        )
        return int(await self.do(lambda tx: tx.scalar(query, {"cast": self.cast})) or 0)

    async def pass_days(self, days: float) -> None:
        """Let time pass for letters."""
        moments = [one.name for one in letters.columns if isinstance(one.type, sa.DateTime)]
        shift = {"shift": timedelta(days=days)}
        async with self.owner.transaction() as tx:
            sets = ", ".join(f"{name} = {name} - :shift" for name in moments)
            await tx.execute(sa.text(f"UPDATE letters SET {sets}"), shift)
            await tx.execute(sa.text("UPDATE letter_texts SET at = at - :shift"), shift)

    async def told(self, user: int) -> list[str]:
        """The words that somebody was told of letters, in order."""
        mine = (notices.c.user_id == user) & (notices.c.kind == "letter")
        query = sa.select(notices.c.key).where(mine).order_by(notices.c.id)
        return [str(key).split(":")[2] for key in await self.do(lambda tx: tx.scalars(query))]

    async def broken(self) -> list[str]:
        """The invariants of the books that do not hold."""
        return [proof.name for proof in await self.do(audit.prove) if proof.broken]
