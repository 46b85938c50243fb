"""Rows of chat consultations, as they are locked and passed on."""

from dataclasses import dataclass
from datetime import datetime

from writing.chat.rules import ChatSide, ChatState, EndedHow
from writing.ground.categories import Category


@dataclass(frozen=True)
class ChatRow:
    """What stands in `chats` of one. `points` are its price for all of its `days`."""

    id: int
    caller_id: int
    category: Category
    wishes: str
    points: int
    days: int
    nominee_id: int | None
    to_all: bool
    state: ChatState
    sent_at: datetime
    take_until: datetime
    nominee_until: datetime | None
    asked_at: datetime | None
    member_id: int | None
    taken_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    ended_how: EndedHow | None
    stopped_for: ChatSide | None
    reopened_at: datetime | None
    last_at: datetime

    @property
    def in_charge(self) -> int:
        """Who has it in charge, of one that was taken."""
        assert self.member_id is not None
        return self.member_id

    def side_of(self, user_id: int) -> ChatSide | None:
        """Return on which side of it somebody is; None where they have nothing to do with it."""
        if user_id == self.caller_id:
            return "caller"
        return "member" if user_id == self.member_id else None

    def across(self, side: ChatSide) -> int | None:
        """Return who is across from a side; None while nobody has taken it."""
        return self.member_id if side == "caller" else self.caller_id
