"""Rows of talks, and of what they begin with, as they are passed on."""

from dataclasses import dataclass
from datetime import datetime

from points.rules import Pays


@dataclass(frozen=True)
class EnteredRoom:
    """What a talk takes over from its room."""

    id: int
    cast_id: int
    title: str
    rate: int
    allows_video: bool
    by_standby: bool
    by_telephone: bool = False
    takes_tab: bool = False


@dataclass(frozen=True)
class Caller:
    """Who enters, as the cast is told of them."""

    nickname: str
    portrait: str | None
    confirmed_at: datetime | None


@dataclass(frozen=True)
class TalkFacts:
    """What an account says of its talk, for one side. `prepaid` points are of its reservation."""

    room_id: int
    room_title: str
    other_id: int
    other_name: str
    other_portrait: str | None
    my_portrait: str | None
    rate: int
    share: int
    with_video: bool
    medium: str
    line_fee: int
    state: str
    end_reason: str | None
    entered_at: datetime
    ended_at: datetime | None
    connected_ms: int
    free_ms: int
    minute_ms: int
    reservation_id: int | None
    prepaid: int | None
    pays: Pays


@dataclass(frozen=True)
class ChargedMinute:
    """What a minute cost, and earned the cast; and what of each went back."""

    gross: int
    share: int
    back_gross: int
    back_share: int


@dataclass(frozen=True)
class PairedTalk:
    """A talk's newest pair, and the media process through which it goes (None: directly)."""

    id: int
    pair: int
    media_host: int | None
