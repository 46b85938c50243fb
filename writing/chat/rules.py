"""What holds in chat consultations, in figures; how a price is spread over days. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

ChatState = Literal["waiting", "running", "ended", "unanswered", "withdrawn", "stopped"]
CHAT_STATES: tuple[ChatState, ...] = get_args(ChatState)
ChatSide = Literal["caller", "member"]
CHAT_SIDES: tuple[ChatSide, ...] = get_args(ChatSide)
# Who or what ended it: one of the two, two days without an answer, or its last paid day.
EndedHow = Literal["caller", "member", "silent", "over"]
ENDED_HOW: tuple[EndedHow, ...] = get_args(EndedHow)
DayState = Literal["held", "paid", "returned"]
DAY_STATES: tuple[DayState, ...] = get_args(DayState)
# What became of an offer to hand over: taken, or refused by the caller, or declined by who was
# asked, or taken back, also because the consultation is over.
HandoverEnd = Literal["taken", "refused", "declined", "dropped"]
HANDOVER_ENDS: tuple[HandoverEnd, ...] = get_args(HandoverEnd)

# Characters, as people count them.
MOST_WORDS, MOST_WISHES = 2000, 200
# Photos of one message, and of one writer in a day.
MOST_PHOTOS, MOST_PHOTOS_A_DAY = 4, 60

# Somebody must have taken it by then; a nominated member alone by then.
TAKE_DAYS = 3
NOMINEE_HOURS = 24
# Ended by one of the two, it may be opened again for so long, once.
REOPEN_DAYS = 7
# So many paid days in a row in which an answer was owed and none came end it.
SILENT_DAYS = 2
# Whoever didn't come for so long can't be nominated any more; they are told a day before.
AWAY_DAYS, WARNED_DAYS = 3, 2

FIRST_AT_ONCE, MOST_AT_ONCE = 3, 50


def parts_of(points: int, days: int) -> list[int]:
    """Return what each day costs of a price; what doesn't divide evenly is the first day's.

    Of fewer points than days each point is a day, so that no day is for nothing.
    """
    spread = min(days, points)
    if not spread:
        return []
    each, rest = divmod(points, spread)
    return [each + rest, *[each] * (spread - 1)]


def reopen_until(
    ended_at: datetime | None,
    ended_how: EndedHow | None,
    reopened_at: datetime | None,
    *,
    unpaid: bool,
) -> datetime | None:
    """Return until when a consultation may be opened again; None where it may not at all.

    One of the two ended it, it was not opened again before, and who asks had no days back
    (`unpaid`) that they would now have for nothing.
    """
    by_one = ended_how in ("caller", "member") and reopened_at is None
    if ended_at is None or not by_one or unpaid:
        return None
    return ended_at + timedelta(days=REOPEN_DAYS)


@dataclass(frozen=True)
class DayOf:
    """What happened in one paid day. `writer_id`: the member who wrote last in it, if any did;
    `owed`: at its end the caller's words stood last. `in_charge_id`: the member then.
    """

    writer_id: int | None
    owed: bool
    in_charge_id: int


def payee_of(day: DayOf) -> int | None:
    """Return which member a day is paid to; None where it goes back.

    It is paid where a member wrote in it, or owed nothing.
    """
    if day.writer_id is not None:
        return day.writer_id
    return None if day.owed else day.in_charge_id


def wait_of(days: int) -> timedelta:
    """Return so many days as a span of time."""
    return timedelta(days=days)
