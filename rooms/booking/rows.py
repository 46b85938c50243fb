"""Rows of reservations, of requests and of their talks, as they are locked and passed on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from points.rules import Pays
from rooms.ground.live import Side
from rooms.lobby.by_medium import Medium

ReservationState = Literal[
    "kept",
    "booked",
    "running",
    "done",
    "caller_missed",
    "cast_missed",
    "apart",
    "line_failed",
    "cancelled",
    "called_off",
    "declined",
    "lapsed",
    "stopped",
]
RequestState = Literal["open", "accepted", "refused", "withdrawn", "lapsed"]


@dataclass(frozen=True)
class ReservationRow:
    """What stands in `reservations` of one. `points` in all, `rate` and `share` a minute.

    By telephone `line_fee` of the rate is the line's; both were `rung` so often, and are again at
    `ring_at`. `line_failed_at`: since when the line keeps them from talking.
    """

    id: int
    room_id: int
    cast_id: int
    caller_id: int
    starts_at: datetime
    ends_at: datetime
    minutes: int
    rate: int
    share: int
    points: int
    medium: Medium
    line_fee: int
    ring_at: datetime | None
    rung: int
    line_failed_at: datetime | None
    message: str
    state: ReservationState
    kept_until: datetime | None
    hold_id: int | None
    booked_at: datetime | None
    cancel_until: datetime
    words: str | None
    began_at: datetime | None
    caller_came_at: datetime | None
    caller_last_at: datetime | None
    cast_came_at: datetime | None
    cast_in_at: datetime | None
    cast_last_at: datetime | None
    cast_early_at: datetime | None
    judged_at: datetime | None
    return_due_at: datetime | None
    returned_at: datetime | None

    @property
    def hold(self) -> int:
        """The hold of its points, which each has that was booked (a check of the table)."""
        assert self.hold_id is not None, f"reservation {self.id} was never booked"
        return self.hold_id

    @property
    def earning(self) -> int:
        """The cast's part of its points."""
        return self.share * self.minutes


@dataclass(frozen=True)
class JudgedRow(ReservationRow):
    """The same, and for how long both proved to talk in its time (ms)."""

    talked_ms: int


@dataclass(frozen=True)
class RequestRow:
    """What stands in `reservation_requests` of one. Points as in a reservation."""

    id: int
    room_id: int
    cast_id: int
    caller_id: int
    minutes: int
    rate: int
    share: int
    points: int
    medium: Medium
    line_fee: int
    message: str
    state: RequestState
    hold_id: int
    words: str | None

    @property
    def earning(self) -> int:
        """The cast's part of its points."""
        return self.share * self.minutes


@dataclass(frozen=True)
class TalkOfTime:
    """What decides whether a reservation's talk may go on. `must_end_at` is its reserved end."""

    cast_id: int
    caller_id: int
    rate: int
    spend_cap_minutes: int | None
    pays: Pays
    ended_at: datetime | None
    reservation_id: int | None
    went_on_at: datetime | None
    must_end_at: datetime | None


@dataclass(frozen=True)
class TalkDue:
    """A talk whose time is over; `as_of`: how far its meter goes, None for the last evidence."""

    id: int
    agreed: bool
    cast_id: int
    caller_id: int
    must_end_at: datetime
    as_of: datetime | None


@dataclass(frozen=True)
class Reader:
    """One of the two people of a reservation or a request, and what decides how they are told."""

    id: int
    nickname: str
    locale: str
    time_zone: str


def is_of(row: ReservationRow | RequestRow, side: Side, user_id: int) -> bool:
    """Say whether a reservation or a request is a user's, as its caller or as its cast."""
    return user_id == (row.caller_id if side == "caller" else row.cast_id)
