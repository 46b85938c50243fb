"""What somebody wants to find, as an address says it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from rooms.booking.rules import Period

Sort = Literal["recommended", "rate", "rating", "new"]
Medium = Literal["", "video", "voice", "telephone"]
SORTS: tuple[Sort, ...] = ("recommended", "rate", "rating", "new")
EVENING = (time(18), time(0))
NEW_DAYS = 30
LEAST_MEAN = 4


@dataclass(frozen=True)
class RoomWish:
    """What a room must be like to be found. `least_rate` and `most_rate` are points a minute.

    `day` is one of the reader's zone, `hour` one of its hours; `evening` is today's. `category` is
    one's id, `language` a code of `people.meeting.languages`; `rated` asks for a mean of at least
    LEAST_MEAN stars.
    """

    text: str = ""
    topic: str = ""
    category: int | None = None
    now: bool = False
    evening: bool = False
    day: date | None = None
    hour: int | None = None
    least_rate: int | None = None
    most_rate: int | None = None
    medium: Medium = ""
    language: str = ""
    rated: bool = False
    new: bool = False
    sort: Sort = "recommended"

    @property
    def plain(self) -> bool:
        """Whether it asks for nothing, in the usual order: that is the front page."""
        return self == RoomWish()


def time_wanted(wish: RoomWish, now: datetime, zone: ZoneInfo) -> list[Period]:
    """Return the times in each of which a room must be free some time; past ones are empty."""
    found = []
    if wish.evening:
        today = now.astimezone(zone).date()
        found.append(_between(today, EVENING, zone))
    if wish.day is not None:
        if wish.hour is None:
            hours = (time(0), time(0))
        else:
            hours = (time(wish.hour), time((wish.hour + 1) % 24))
        found.append(_between(wish.day, hours, zone))
    return [Period(max(one.starts_at, now), max(one.ends_at, now)) for one in found]


def _between(day: date, hours: tuple[time, time], zone: ZoneInfo) -> Period:
    begins, ends = hours
    last = day if ends > begins else day + timedelta(days=1)
    return Period(
        datetime.combine(day, begins, zone).astimezone(UTC),
        datetime.combine(last, ends, zone).astimezone(UTC),
    )
