"""Rows of letters, as they are locked and passed on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

LetterState = Literal["sent", "answered", "expired", "stopped"]
LetterPart = Literal["letter", "answer", "back", "back_answer"]
LetterSide = Literal["caller", "cast"]


@dataclass(frozen=True)
class LetterRow:
    """What stands in `letters` of one. `share` is the cast's part of its points."""

    id: int
    caller_id: int
    cast_id: int
    points: int
    share: int
    hold_id: int
    state: LetterState
    sent_at: datetime
    due_at: datetime
    ended_at: datetime | None
    stopped_for: LetterSide | None
    seen_at: datetime | None
    back_until: datetime | None
    asked_back_at: datetime | None
    answered_back_at: datetime | None
