"""The reservation that is due, or due within the hour: what every page leads to."""

from dataclasses import dataclass
from datetime import datetime

from foundation.database import Tx, clock
from foundation.settings import Settings
from rooms.booking import views
from rooms.booking.views import Reservation


@dataclass(frozen=True)
class Due:
    """A reservation near at hand. Times in seconds from now; `opens_in` is 0 once the room opens.

    `link` leads to what one does then, `about` to the reservation itself.
    """

    link: str
    about: str
    side: str
    name: str
    starts_at: datetime
    opens_in: int
    starts_in: int
    ends_in: int
    by_call: bool


async def due_for(tx: Tx, settings: Settings, user_id: int) -> Due | None:
    """Return what is due for a user, or nothing."""
    found = await views.next_of(tx, settings, user_id)
    return _due(found, await clock(tx)) if found else None


def _due(found: Reservation, now: datetime) -> Due:
    about = f"/reservations/{found.id}"
    on_stage = f"/talks/{found.talk_id}" if found.talk_id else None
    by_call = found.medium == "telephone"
    way = f"{about}/enter" if found.side == "caller" else f"/console?room={found.room_id}"
    return Due(
        link=about if by_call else on_stage or way,
        about=about,
        side=found.side,
        name=found.other_name,
        starts_at=found.starts_at,
        opens_in=_seconds(found.starts_at if by_call else found.opens_at, now),
        starts_in=_seconds(found.starts_at, now),
        ends_in=_seconds(found.ends_at, now),
        by_call=by_call,
    )


def _seconds(moment: datetime, now: datetime) -> int:
    return max(0, round((moment - now).total_seconds()))
