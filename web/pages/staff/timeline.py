"""A talk's evidence as bars on one line of time, in thousandths of its length."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rooms.talk.proof.evidence import Evidence
from rooms.talk.proof.sides import Stretch

WIDTH = 1000
# What is shorter than this would not be seen at all.
LEAST = 2


@dataclass(frozen=True)
class TimelineBar:
    """A piece of a row: from `x`, `width` long, of a kind that has its colour and its height."""

    kind: str
    x: int
    width: int
    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True)
class Row:
    """One line of the picture: the talk, what a side received or held reports of, or wrote."""

    name: str
    bars: list[TimelineBar]


def timeline(record: Evidence) -> list[Row]:
    """Return the rows of a talk's picture, the talk itself first."""
    caller, cast = record.sides
    return [
        Row("talk", [_bar(record, i.kind, i.began_at, i.ended_at) for i in record.lines]),
        Row("caller", _stretches(record, caller.stretches)),
        Row("cast", _stretches(record, cast.stretches)),
        Row("caller_reports", _stretches(record, caller.reported)),
        Row("cast_reports", _stretches(record, cast.reported)),
        Row("caller_wrote", _marks(record, caller.wrote_at)),
        Row("cast_wrote", _marks(record, cast.wrote_at)),
    ]


def _stretches(record: Evidence, found: Sequence[Stretch]) -> list[TimelineBar]:
    return [_bar(record, i.state, i.began_at, i.ended_at) for i in found]


def _marks(record: Evidence, moments: Sequence[datetime]) -> list[TimelineBar]:
    return [_bar(record, "wrote", moment, moment) for moment in moments]


def _bar(record: Evidence, kind: str, began_at: datetime, ended_at: datetime) -> TimelineBar:
    x, end = _place(record, began_at), _place(record, ended_at)
    return TimelineBar(kind, min(x, WIDTH - LEAST), max(end - x, LEAST), began_at, ended_at)


def _place(record: Evidence, moment: datetime) -> int:
    length = (record.until - record.entered_at).total_seconds()
    if length <= 0:
        return 0
    share = (moment - record.entered_at).total_seconds() / length
    return round(min(max(share, 0.0), 1.0) * WIDTH)
