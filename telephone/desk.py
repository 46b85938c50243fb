"""What a gateway writes down of its calls: each verb of the rooms in a transaction of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from foundation.database import Database, Tx
from foundation.settings import Settings
from points.rules import Pays
from rooms.calling import asking, attempts, joining, leaving, orders, progress, promised
from rooms.calling.orders import TelephoneOrder
from rooms.calling.progress import Carried
from rooms.calling.rows import CallRow
from rooms.ground.live import Side
from rooms.talk import meter, readings
from rooms.talk.proof import beats
from rooms.talk.proof.beats import Beat
from rooms.talk.readings import Reading
from telephone.port import End

MOST_ORDERS = 20


@dataclass(frozen=True)
class Reachable:
    """How a member is rung: at which number (None: at none), in which language they are spoken to.

    `name` is how theirs is spoken, and `minute_yen` what the line takes for a minute.
    """

    number: str | None = field(repr=False)
    language: str = "ja"
    name: bytes = field(default=b"", repr=False)
    minute_yen: int = 0


class CallBook(Protocol):
    """Where members' numbers are."""

    async def __call__(self, tx: Tx, settings: Settings, user_id: int, /) -> Reachable:
        """Return how a member is rung now."""


class CallDesk:
    """One gateway's writing."""

    def __init__(self, settings: Settings, database: Database, book: CallBook) -> None:
        self.settings = settings
        self._database = database
        self._book = book
        self.gateway_id = 0

    async def reach(self, user_id: int) -> Reachable:
        """Return how a member is rung now."""
        async with self._database.transaction() as tx:
            return await self._book(tx, self.settings, user_id)

    async def orders(self, lines: int) -> Sequence[TelephoneOrder]:
        """Take what is to be done, as far as there are lines for it."""
        async with self._database.transaction() as tx:
            return await orders.take(tx, self.gateway_id, MOST_ORDERS, lines)

    async def ask(
        self, caller_id: int, room_id: int, pays: Pays, seen_rate: int | None = None
    ) -> int:
        """Ask for a call of somebody who is on the line. Raises as `asking.ask` does."""
        async with self._database.transaction() as tx:
            return await asking.ask(
                tx,
                self.settings,
                room_id,
                caller_id,
                seen_rate=seen_rate,
                gateway=self.gateway_id,
                pays=pays,
            )

    async def take_up(self, call_id: int) -> CallRow | None:
        """Begin to carry a call; None where it is over."""
        async with self._database.transaction() as tx:
            return await progress.take_up(tx, call_id, self.gateway_id)

    async def begin_attempt(self, call_id: int, side: Side, *, incoming: bool = False) -> int:
        """Note that a telephone is rung."""
        async with self._database.transaction() as tx:
            state = "answered" if incoming else "dialling"
            await progress.note_leg(tx, call_id, side, state)
            return await attempts.begin(tx, call_id, side, incoming=incoming)

    async def note_leg(
        self, call_id: int, side: Side, state: str, attempt_id: int | None = None
    ) -> bool:
        """Note what a telephone does; with `attempt_id`, that it was picked up."""
        async with self._database.transaction() as tx:
            goes_on = await progress.note_leg(tx, call_id, side, state)
            if attempt_id is not None:
                await attempts.answered(tx, attempt_id)
            return goes_on

    async def end_attempt(self, attempt_id: int, end: End | str, minute_yen: int) -> None:
        """Note how a telephone's ringing or speaking ended."""
        async with self._database.transaction() as tx:
            await attempts.end(tx, attempt_id, str(end), minute_yen)

    async def join(self, call_id: int) -> int:
        """Begin the talk. Raises as `joining.join` does."""
        async with self._database.transaction() as tx:
            return await joining.join(tx, self.settings, call_id)

    async def end(self, call_id: int, why: str, refusal: str | None = None) -> bool:
        """End a call that was not joined; False where it was, or is over already."""
        async with self._database.transaction() as tx:
            return await leaving.end(tx, self.settings, call_id, why, refusal=refusal)

    async def end_talk(self, call_id: int, reason: str) -> None:
        """End a joined call, after charging what is proved."""
        async with self._database.transaction() as tx:
            await leaving.end_talk(tx, self.settings, call_id, reason)

    async def note_there(self, call_id: int, side: Side) -> None:
        """Note that a person has answered, for the reservation that a call may be of."""
        async with self._database.transaction() as tx:
            await promised.note_there(tx, call_id, side)

    async def keep_alive(self, call_ids: Sequence[int]) -> dict[int, Carried]:
        """Give signs of life for calls; return how each of them stands."""
        async with self._database.transaction() as tx:
            return await progress.keep_alive(tx, self.gateway_id, call_ids)

    async def prove(self, talk_id: int, told: Sequence[Beat]) -> Reading:
        """Write down what was counted, charge what is due by it, and return the meter."""
        async with self._database.transaction() as tx:
            await beats.record(tx, self.settings, told)
        while True:
            async with self._database.transaction() as tx:
                if not await meter.charge(tx, self.settings, [talk_id]):
                    break
        async with self._database.transaction() as tx:
            await meter.end_spent(tx, self.settings, [talk_id])
            return (await readings.read(tx, self.settings, [talk_id]))[talk_id]
