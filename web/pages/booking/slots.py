"""Starts that may be booked, as pages offer them and as forms send them back."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from foundation.errors import UserError
from foundation.language import N_
from rooms.booking.rules import LENGTH_STEP, Slot

_START = re.compile(r"2[0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]Z", re.ASCII)


@dataclass(frozen=True)
class Start:
    """A start on offer. `label` is its time of day for the reader, `longest` in minutes."""

    at: datetime
    label: str
    longest: int

    @property
    def value(self) -> str:
        """The start as a form sends it."""
        return start_text(self.at)


@dataclass(frozen=True)
class StartDay:
    """The starts of one day in the reader's zone."""

    day: date
    starts: list[Start]


def start_text(moment: datetime) -> str:
    """Write a start for an address or a form: 2026-01-31T12:05Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def read_start(text: str) -> datetime:
    """Return the start that a form sent. Raises UserError `start_malformed` (400)."""
    try:
        if _START.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise UserError("start_malformed", N_("開始時刻を選んでください。"), status=400)


def by_day(slots: Sequence[Slot], zone: ZoneInfo, least: int = 0) -> list[StartDay]:
    """Return by days the starts from which at least so many minutes are free."""
    found: dict[date, list[Slot]] = {}
    for slot in slots:
        if slot.longest >= least:
            found.setdefault(slot.starts_at.astimezone(zone).date(), []).append(slot)
    return [StartDay(day, _starts(of_day, zone)) for day, of_day in found.items()]


def _starts(slots: Sequence[Slot], zone: ZoneInfo) -> list[Start]:
    """In the night in which clocks go back an hour stands twice: only then the zone is added."""
    here = [slot.starts_at.astimezone(zone) for slot in slots]
    labels = Counter(f"{moment:%H:%M}" for moment in here)
    return [
        Start(
            slot.starts_at,
            f"{moment:%H:%M}" if labels[f"{moment:%H:%M}"] == 1 else f"{moment:%H:%M %Z}",
            slot.longest,
        )
        for slot, moment in zip(slots, here, strict=True)
    ]


def lengths(shortest: int, longest: int) -> list[int]:
    """Return the lengths that one may choose between two, both included, in minutes."""
    return list(range(shortest, longest + 1, LENGTH_STEP))


def end_of(start: datetime, minutes: int) -> datetime:
    """Return when a reservation of so many minutes ends."""
    return start + timedelta(minutes=minutes)
