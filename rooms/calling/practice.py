"""The practice telephones of a demo site, as the door that shows them and their own know them.

Who composes the site hands them from one to the other. Their page speaks by one socket with whoever
holds their line; what is said there is theirs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

# Told to the page, as it is; None: the telephones are another page's now, or nobody's.
TellPage: TypeAlias = Callable[[str | None], None]


class HeldTelephones(Protocol):
    """The telephones in the hands of one page."""

    async def hear(self, text: str) -> None:
        """Do what the page says. Raises ValueError for what is nothing that it says."""

    async def close(self) -> None:
        """The page is gone."""


class TelephonesDoor(Protocol):
    """Where a page gets the telephones."""

    async def open(self, tell: TellPage, address: str, *, take: bool) -> HeldTelephones | None:
        """Give them to a page that came to the site at `address`; None where another has them and
        they aren't to be taken from it.
        """

    async def close(self) -> None:
        """Nobody holds them any more."""


@dataclass(frozen=True)
class PracticeOwner:
    """Whose a telephone is: `name` stands for it in what the page says, `number` is to be read."""

    name: str
    email: str
    number: str
    pin: str


@dataclass(frozen=True)
class Practice:
    """The telephones, their owners, and the site's numbers by what they lead to."""

    door: TelephonesDoor
    owners: tuple[PracticeOwner, ...]
    numbers: Mapping[str, str]
