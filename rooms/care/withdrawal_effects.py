"""What a withdrawal would do now, for the page that says it first."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.settings import Settings
from points import ledger
from points import personal_data as marks
from points.personal_data import Held
from rooms.booking import requests, views
from rooms.booking.requests import Request
from rooms.booking.views import Reservation
from rooms.ground.tables import rooms
from writing.chat.care import stopping as chats
from writing.chat.care.stopping import ChatsWaiting
from writing.letters import stopping
from writing.letters.stopping import LettersWaiting


@dataclass(frozen=True)
class WithdrawalEffects:
    """What a withdrawal would do now, for the page that says it first.

    `returning` points come back from what is called off, and are forfeited with the rest; `lost`
    are those of reservations that can be called off no more.
    """

    held: Held
    owed: int
    booked: list[Reservation]
    booked_as_cast: list[Reservation]
    asked: list[Request]
    asked_as_cast: list[Request]
    letters: LettersWaiting
    chats: ChatsWaiting
    rooms: int

    @property
    def returning(self) -> int:
        """The points that come back from reservations, requests, letters and chats."""
        kept = sum(one.points for one in self.booked if one.may_cancel)
        written = self.letters.points + self.chats.points
        return kept + sum(one.points for one in self.asked) + written

    @property
    def lost(self) -> int:
        """The points that don't come back, by the rules of their reservations."""
        return sum(one.points for one in self.booked if not one.may_cancel)

    @property
    def forfeited(self) -> int:
        """The points that are forfeited in all."""
        return self.held.paid + self.held.given + self.returning


async def foresee(tx: Tx, settings: Settings, user_id: int) -> WithdrawalEffects:
    """Return what a withdrawal would do now."""
    now = await clock(tx)
    coming = [
        [one for one in await views.coming(tx, settings, user_id, side) if one.ends_at > now]
        for side in ("caller", "cast")
    ]
    mine = sa.select(sa.func.count()).where(rooms.c.cast_id == user_id)
    return WithdrawalEffects(
        held=await marks.held(tx, user_id, settings.konbini_days),
        owed=await ledger.owed(tx, user_id),
        booked=coming[0],
        booked_as_cast=coming[1],
        asked=await requests.open_requests(tx, user_id, "caller"),
        asked_as_cast=await requests.open_requests(tx, user_id, "cast"),
        letters=await stopping.waiting(tx, user_id),
        chats=await chats.waiting(tx, user_id),
        rooms=int(await tx.scalar(mine) or 0),
    )
