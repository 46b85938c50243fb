"""The home of a cast: what they earned today, what comes next, and who waits for an answer."""

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.settings import Settings
from points import earnings, rules
from points.earnings import END, EarningSum
from rooms.booking import requests, views
from rooms.booking.requests import Request
from rooms.booking.views import Reservation
from rooms.day import hearing
from rooms.day.hearing import ClaimHearing

# Whole, for a cast answers these first; more stand on their own page.
MOST_SHOWN = 5

Step = Literal["profile", "photo", "room", "hours", "standby"]


@dataclass(frozen=True)
class Home:
    """A cast's day now. `waiting` people are in line for their rooms; `requests` wait for an
    answer, the one whose term ends first before the others, as do `hearings`.

    `steps` says what is done of what a beginner does first; None after the first talk.
    """

    today: EarningSum
    month: EarningSum
    next: Reservation | None
    requests: list[Request]
    hearings: list[ClaimHearing]
    waiting: int
    steps: dict[Step, bool] | None

    @property
    def shown(self) -> list[Request]:
        """The requests that stand on the home itself."""
        return self.requests[:MOST_SHOWN]


async def home(tx: Tx, settings: Settings, cast_id: int) -> Home:
    """Return a cast's day as it stands now; its day and month are those of Asia/Tokyo."""
    now = await clock(tx)
    wallet = await earnings.wallet_of(tx, cast_id)
    booked = await views.coming(tx, settings, cast_id, "cast")
    asked = await requests.open_requests(tx, cast_id, "cast")
    return Home(
        today=await earnings.total(tx, wallet, rules.day_began(now), END),
        month=await earnings.total(tx, wallet, rules.month_began(now), END),
        next=next((one for one in booked if one.ends_at > now), None),
        requests=sorted(asked, key=lambda one: (one.lapses_at, one.id)),
        hearings=await hearing.open_of(tx, cast_id),
        waiting=int(await tx.scalar(_WAITING, {"cast": cast_id}) or 0),
        steps=await _steps(tx, cast_id),
    )


_WAITING = sa.text("""
SELECT count(*) FROM waiting_turns w JOIN rooms r ON r.id = w.room_id
WHERE r.cast_id = :cast AND (w.turn_ends_at IS NULL OR w.turn_ends_at > clock_timestamp())
""")
_STEPS = sa.text("""
SELECT EXISTS (SELECT FROM profiles WHERE user_id = :cast AND text <> '') AS profile,
  EXISTS (SELECT FROM photos WHERE user_id = :cast) AS photo,
  EXISTS (SELECT FROM rooms WHERE cast_id = :cast AND published) AS room,
  EXISTS (SELECT FROM room_hours h JOIN rooms r ON r.id = h.room_id WHERE r.cast_id = :cast)
    AS hours,
  EXISTS (SELECT FROM cast_days WHERE cast_id = :cast AND stood_by_at IS NOT NULL) AS standby
WHERE NOT EXISTS (SELECT FROM talks WHERE cast_id = :cast AND connected_ms > 0)
""")


async def _steps(tx: Tx, cast_id: int) -> dict[Step, bool] | None:
    """What of the beginning is done, by what there is; None for who has talked."""
    row = (await tx.execute(_STEPS, {"cast": cast_id})).one_or_none()
    if row is None:
        return None
    return {
        "profile": row.profile,
        "photo": row.photo,
        "room": row.room,
        "hours": row.hours,
        "standby": row.standby,
    }
