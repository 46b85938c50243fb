"""Calendar files as RFC 5545 wants them: what programs read of reservations."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

CONTENT_TYPE = "text/calendar"
# A content line has at most 75 octets; what is longer goes on after a line break and a space.
LONGEST_LINE = 75
PRODUCT = "-//Hitotoki//Reservations//JA"
# How often programs may ask for a feed again.
REFRESH = "PT15M"

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_ESCAPED = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n"})


@dataclass(frozen=True)
class Event:
    """One entry of a calendar. `sequence` grows with every change, `changed_at` is the last."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str
    url: str
    status: Literal["CONFIRMED", "CANCELLED"]
    sequence: int
    changed_at: datetime


def calendar(name: str, events: Iterable[Event]) -> bytes:
    """Return a calendar file with these events, in UTC."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"NAME:{_text(name)}",
        f"X-WR-CALNAME:{_text(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
    ]
    for event in events:
        lines += _event(event)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _event(event: Event) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{_text(event.uid)}",
        # Without a METHOD this too tells when the entry was last revised (3.8.7.2).
        f"DTSTAMP:{_utc(event.changed_at)}",
        f"LAST-MODIFIED:{_utc(event.changed_at)}",
        f"SEQUENCE:{event.sequence}",
        f"STATUS:{event.status}",
        f"DTSTART:{_utc(event.starts_at)}",
        f"DTEND:{_utc(event.ends_at)}",
        f"SUMMARY:{_text(event.summary)}",
        f"DESCRIPTION:{_text(event.description)}",
        f"URL:{_CONTROL.sub('', event.url)}",
        f"TRANSP:{'TRANSPARENT' if event.status == 'CANCELLED' else 'OPAQUE'}",
        "CLASS:PRIVATE",
        "END:VEVENT",
    ]


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """Escape a text; what can't be written (control characters) is left out."""
    return _CONTROL.sub("", text.replace("\r\n", "\n")).translate(_ESCAPED)


def _folded(line: str) -> bytes:
    """End a line, broken where it is too long, never within a character."""
    folded, room = bytearray(), LONGEST_LINE
    for character in line:
        octets = character.encode("utf-8", "replace")
        if len(octets) > room:
            folded += b"\r\n "
            room = LONGEST_LINE - 1
        folded += octets
        room -= len(octets)
    return bytes(folded) + b"\r\n"
