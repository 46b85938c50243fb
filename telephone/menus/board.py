"""What voice menus ask the site, and have it do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from points.rules import Pays
from telephone.port import PhoneLeg
from telephone.prompts import SpokenTime

Way = Literal["front", "online", "all", "digits", "standby"]
PinState = Literal["right", "wrong", "locked", "missing"]

# What the front offers, in the order of its keys.
FRONT: Sequence[Way] = ("online", "all", "digits", "standby")


@dataclass(frozen=True)
class KnownCaller:
    """Who rings: as whom they are recognised, and how they are spoken to."""

    user_id: int
    language: Literal["ja", "en"]


@dataclass(frozen=True)
class Offered:
    """A cast of the menu: how they are called, what a minute costs in all, how it is paid."""

    room_id: int
    name: bytes
    yen: int
    pays: Pays
    open: bool
    back_at: SpokenTime | None = None


@dataclass(frozen=True)
class Means:
    """What somebody has left: points, and yen to pay afterwards (None: not here)."""

    points: int
    tab: int | None


class Switchboard(Protocol):
    """What menus ask the site, and have it do."""

    async def who(self, number: str) -> KnownCaller | None:
        """Return whose number that is, where it is one member's alone."""

    async def pin(self, user_id: int, digits: str) -> PinState:
        """Check a PIN, and count it where it is wrong."""

    async def means(self, user_id: int) -> Means:
        """Return what somebody has left."""

    async def casts(self, user_id: int, *, everyone: bool) -> Sequence[Offered]:
        """Return who can be chosen: those who wait now, or everyone."""

    async def cast_by(self, user_id: int, four: str) -> Offered | None:
        """Return the cast who has these four digits."""

    async def waits(self, user_id: int) -> bool | None:
        """Say whether a cast waits by telephone now; None for who is none, or has no such room."""

    async def wait(self, user_id: int, on: bool) -> None:
        """Let a cast wait, or wait no more. Raises UserError."""

    async def join(self, leg: PhoneLeg, user_id: int, cast: Offered) -> None:
        """Put one through, until the end. Raises UserError where that can't be; the line stays."""
