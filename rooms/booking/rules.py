"""Pure decisions about timetables and reservations: no clock, no database.

A timetable is written in the site's time zone. What comes out are periods of time in UTC.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

SHORTEST, LONGEST, LENGTH_STEP = 10, 120, 5
# A reservation may begin at any five minutes of the hour; quarters are offered.
START_STEP, OFFERED_STEP = 5, 15
MOST_MESSAGE = 150
MOST_WORDS = 200
MOST_WISHES = 3

DAY = timedelta(days=1)

Booking = Literal["none", "direct", "request"]
ChangeKind = Literal["off", "extra"]
# Closer than this to the beginning nobody thinks again for nothing.
LEAST_AHEAD = timedelta(hours=1)


@dataclass(frozen=True)
class Hour:
    """Hours of every week: from `starts` on a weekday (0 is Monday) to `ends`, which lies on the
    next day where it isn't later than `starts`.
    """

    weekday: int
    starts: time
    ends: time


@dataclass(frozen=True)
class DayChange:
    """What differs on one day: the hours that begin on it are `off`, or there is an `extra` one."""

    id: int
    day: date
    kind: ChangeKind
    starts: time | None = None
    ends: time | None = None


@dataclass(frozen=True)
class Period:
    """A time from one instant to before another, in UTC."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: "Period") -> bool:
        """Say whether the two have an instant in common."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True)
class Slot:
    """A beginning that may be booked, and the most minutes from there."""

    starts_at: datetime
    longest: int


def is_length(minutes: int, shortest: int, longest: int) -> bool:
    """Say whether a reservation may last so many minutes in a room with these bounds."""
    return shortest <= minutes <= longest and minutes % LENGTH_STEP == 0


def are_bounds(shortest: int, longest: int) -> bool:
    """Say whether a room may bound its reservations so."""
    return (
        SHORTEST <= shortest <= longest <= LONGEST
        and shortest % LENGTH_STEP == 0
        and longest % LENGTH_STEP == 0
    )


def is_hour(hour: Hour) -> bool:
    """Say whether these may be the hours of a week: not empty, from and to a full five minutes."""
    return 0 <= hour.weekday <= 6 and are_times(hour.starts, hour.ends)


def are_times(starts: time, ends: time) -> bool:
    """Say whether a period of a timetable may begin and end then."""
    return starts != ends and all(
        at.minute % START_STEP == 0 and at.second == at.microsecond == 0 and at.tzinfo is None
        for at in (starts, ends)
    )


def is_start(starts_at: datetime) -> bool:
    """Say whether a reservation may begin at this instant: at full five minutes."""
    return starts_at.timestamp() % (START_STEP * 60) == 0


def openings(
    hours: Iterable[Hour],
    changes: Iterable[DayChange],
    zone: ZoneInfo,
    since: datetime,
    until: datetime,
) -> list[Period]:
    """Return when a cast is there between two instants, in order; what touches is one period.

    Local times that a change of the clocks leaves out are moved as the clocks are.
    """
    days = _days(zone, since, until)
    found = [*_weekly(hours, changes, days), *_extra(changes, days)]
    periods = (_between(day, starts, ends, zone) for day, starts, ends in found)
    return merged(cut for one in periods if (cut := _within(one, since, until)))


def _days(zone: ZoneInfo, since: datetime, until: datetime) -> list[date]:
    # The evening before may reach into the first day.
    first = since.astimezone(zone).date() - DAY
    last = until.astimezone(zone).date()
    return [first + number * DAY for number in range((last - first).days + 1)]


def _weekly(
    hours: Iterable[Hour], changes: Iterable[DayChange], days: Iterable[date]
) -> Iterator[tuple[date, time, time]]:
    off = {change.day for change in changes if change.kind == "off"}
    hours = list(hours)
    for day in days:
        if day not in off:
            yield from ((day, h.starts, h.ends) for h in hours if h.weekday == day.weekday())


def _extra(changes: Iterable[DayChange], days: Sequence[date]) -> Iterator[tuple[date, time, time]]:
    for change in changes:
        if change.day in days and change.starts is not None and change.ends is not None:
            yield change.day, change.starts, change.ends


def _between(day: date, starts: time, ends: time, zone: ZoneInfo) -> Period:
    last = day if ends > starts else day + DAY
    return Period(
        datetime.combine(day, starts, zone).astimezone(UTC),
        datetime.combine(last, ends, zone).astimezone(UTC),
    )


def _within(one: Period, since: datetime, until: datetime) -> Period | None:
    cut = Period(max(one.starts_at, since), min(one.ends_at, until))
    return cut if cut.starts_at < cut.ends_at else None


def merged(periods: Iterable[Period]) -> list[Period]:
    """Return the same time as periods in order that neither overlap nor touch."""
    whole: list[Period] = []
    for one in sorted(periods, key=lambda one: one.starts_at):
        if whole and one.starts_at <= whole[-1].ends_at:
            last = whole.pop()
            whole.append(Period(last.starts_at, max(last.ends_at, one.ends_at)))
        else:
            whole.append(one)
    return whole


def free(opened: Iterable[Period], taken: Iterable[Period]) -> list[Period]:
    """Return what is left of periods (in order, apart) where others have been taken out."""
    gone = merged(taken)
    left: list[Period] = []
    for one in opened:
        begins = one.starts_at
        for other in gone:
            if other.ends_at <= begins or other.starts_at >= one.ends_at:
                continue
            if begins < other.starts_at:
                left.append(Period(begins, other.starts_at))
            begins = other.ends_at
        if begins < one.ends_at:
            left.append(Period(begins, one.ends_at))
    return left


def slots(left: Iterable[Period], window: Period, shortest: int, longest: int) -> list[Slot]:
    """Return the offered beginnings within a window (its end included), with their most minutes.

    A reservation that begins in the window may end after it.
    """
    found = []
    for one in left:
        start = _next_offered(max(one.starts_at, window.starts_at))
        while start <= window.ends_at and start < one.ends_at:
            most = longest_from(start, one.ends_at, longest)
            if most >= shortest:
                found.append(Slot(start, most))
            start += timedelta(minutes=OFFERED_STEP)
    return found


def longest_from(starts_at: datetime, free_until: datetime, longest: int) -> int:
    """Return the most minutes (by five) of a reservation that begins in a free period."""
    room = int((free_until - starts_at).total_seconds() // 60)
    return min(longest, room - room % LENGTH_STEP)


def _next_offered(at: datetime) -> datetime:
    step = timedelta(minutes=OFFERED_STEP)
    over = timedelta(microseconds=at.minute % OFFERED_STEP * 60_000_000 + at.second * 1_000_000)
    over += timedelta(microseconds=at.microsecond)
    return at if not over else at - over + step


def fits(wanted: Period, left: Iterable[Period]) -> bool:
    """Say whether a time lies wholly within one free period."""
    return any(one.starts_at <= wanted.starts_at and wanted.ends_at <= one.ends_at for one in left)


def bookable(now: datetime, opens_hours: int, lead_minutes: int) -> Period:
    """Return the beginnings that can be booked now, the last included."""
    return Period(now + timedelta(minutes=lead_minutes), now + timedelta(hours=opens_hours))


def cancel_until(
    starts_at: datetime,
    cancel_hours: int,
    booked_at: datetime | None = None,
    grace_minutes: int = 0,
) -> datetime:
    """Return the last instant at which a caller may cancel with everything back, itself included.

    For some minutes after booking one may think again, up to an hour before the beginning.
    """
    until = starts_at - timedelta(hours=cancel_hours)
    if booked_at is None:
        return until
    second_thought = booked_at + timedelta(minutes=grace_minutes)
    return max(until, min(second_thought, starts_at - LEAST_AHEAD))
