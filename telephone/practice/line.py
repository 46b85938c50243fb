"""The practice line: two telephones on a page in the browser, in place of a trunk.

It leads nowhere else. A number that is none of its own rings on the first telephone, so that one
can try as well what the site does with a number that one has typed oneself.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from telephone.port import Away, End, LineAwayError, NotDialledError, PhoneLeg
from telephone.practice.leg import PracticeLeg

# As for a trunk: so long nothing may come from a telephone.
SILENCE_SECONDS = 4.0
_DIALLED = re.compile(r"\+?[0-9]{3,15}")


@dataclass(frozen=True)
class OwnNumber:
    """A telephone of the line: how its page calls it, and its number in E.164."""

    name: str
    e164: str


class PracticeTelephone:
    """One telephone, with at most one call at a time; `shown` is told of each step of it."""

    def __init__(self, own: OwnNumber, silence: float) -> None:
        self.name, self.number = own.name, own.e164.removeprefix("+")
        self.leg: PracticeLeg | None = None
        # Whoever shows it: told which call it has now, and what has become of the one before.
        self.shown: Callable[[PracticeTelephone], None] | None = None
        self.last: End | None = None
        # For whom it rings, where that isn't its own number.
        self.wanted = ""
        self._silence = silence

    def rung(self, number: str) -> PracticeLeg:
        """Return the call of somebody who rings it; one that ended at once where it is in use."""
        if self.leg is not None:
            busy = PracticeLeg(number, "", lambda _: None, self._silence)
            busy.turn_away(End.BUSY)
            return busy
        self.wanted = "" if number == self.number else number
        leg = self._begin(number, "")
        if self.shown is not None:
            leg.ring()
        return leg

    def dials(self, called: str) -> PracticeLeg:
        """Return the call that its owner makes."""
        assert self.leg is None
        self.wanted = ""
        return self._begin(self.number, called)

    def _begin(self, number: str, called: str) -> PracticeLeg:
        self.last = None
        self.leg = PracticeLeg(number, called, self._changed, self._silence)
        return self.leg

    def _changed(self, leg: PracticeLeg) -> None:
        if leg is not self.leg:
            return
        if leg.is_over.is_set():
            self.leg, self.last = None, leg.end
        if self.shown is not None:
            self.shown(self)

    async def taken_away(self) -> None:
        """Its page is gone: nobody speaks any more, but it may ring on until another shows it."""
        self.shown = None
        if self.leg is not None and self.leg.is_taken_up:
            await self.leg.hang_up(End.SILENT)


class PracticeLine:
    """The line: a `telephone.port.PhoneLine` whose telephones stand on a page.

    `numbers` are the site's own, the first of them the one that it shows to who is called.
    """

    def __init__(
        self,
        telephones: Sequence[OwnNumber],
        numbers: Sequence[str],
        silence: float = SILENCE_SECONDS,
    ) -> None:
        self.telephones = [PracticeTelephone(own, silence) for own in telephones]
        self.numbers = tuple(numbers)
        self.on_incoming: Callable[[PhoneLeg], None] | None = None
        self.stopping = False

    @property
    def legs(self) -> Sequence[PracticeLeg]:
        """Those that aren't over."""
        return [one.leg for one in self.telephones if one.leg is not None]

    @property
    def lines(self) -> int:
        """Twice as many as there are telephones: who rings in gets half of a line's at most."""
        return 2 * len(self.telephones)

    @property
    def away(self) -> Away | None:
        """Why no call can be made now; None where one can, also while no page is open."""
        return Away.STOPPING if self.stopping else None

    async def dial(self, number: str) -> PracticeLeg:
        """Ring a telephone. Raises LineAwayError, and NotDialledError for what is no number."""
        if not _DIALLED.fullmatch(number):
            raise NotDialledError("no telephone number")
        if self.away is not None:
            raise LineAwayError(self.away)
        plain = number.removeprefix("+")
        known = (one for one in self.telephones if one.number == plain)
        return next(known, self.telephones[0]).rung(plain)

    def leads_to(self, called: str) -> bool:
        """Whether that is a number of the site's that is answered."""
        return called in self.numbers and self.on_incoming is not None and not self.stopping

    def comes_in(self, leg: PracticeLeg) -> None:
        """Let a telephone that has dialled a number of the site's ring there."""
        leg.ring()
        if self.on_incoming is None:
            leg.turn_away(End.DECLINED)
        else:
            self.on_incoming(leg)

    async def close(self) -> None:
        """Hang up all and leave the network."""
        self.stopping = True
        await asyncio.gather(*(leg.hang_up() for leg in self.legs), return_exceptions=True)
