"""Which of a line's telephones are spoken for, also those that are still to be rung.

A talk takes two from its order on, though it rings them one after the other; so no order is taken
for which there is no line, and no second telephone finds none. Who rings in and has cost nothing
yet gets half of the lines at most: whatever knocks, the other half is for those who are rung.
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from telephone.port import PhoneLine

TALK = 2
# A number's visits at once; who rings from a house, or tries once more.
MOST_AT_ONCE = 2
# A number's visits that came to nothing, in so many seconds: somebody who forges, or a machine.
MOST_VAIN, VAIN_SECONDS = 10, 600.0
MOST_NUMBERS = 1000


@dataclass
class TakenLines:
    """Some of the line's telephones, until they are given back."""

    count: int
    _back: Callable[[int], None] = field(repr=False)

    def back(self) -> None:
        """Give them back, once."""
        count, self.count = self.count, 0
        self._back(count)


@dataclass(eq=False)
class LineVisit:
    """One who rang in, and the line that they are on."""

    number: str = field(repr=False)
    line: TakenLines


class LinePlaces:
    """The telephones of one line; `now` is the moment of `time.monotonic()`.

    Whoever looks and then takes holds `counting` meanwhile.
    """

    def __init__(self, line: PhoneLine, now: Callable[[], float] = time.monotonic) -> None:
        self._line, self._now = line, now
        self.counting = asyncio.Lock()
        self._taken = 0
        self._visits: list[LineVisit] = []
        self._vain: OrderedDict[str, deque[float]] = OrderedDict()

    @property
    def free(self) -> int:
        """How many may be taken; what is on the line and nobody's yet counts as well."""
        on_it = sum(leg.end is None for leg in self._line.legs)
        return max(0, self._line.lines - max(self._taken, on_it))

    def take(self, count: int) -> TakenLines:
        """Take so many, whether they are free or not: whoever asks has looked."""
        self._taken += count
        return TakenLines(count, self._give_back)

    async def one_more(self) -> TakenLines | None:
        """Take one that is free; None where there is none."""
        async with self.counting:
            return self.take(1) if self.free else None

    def _give_back(self, count: int) -> None:
        self._taken -= count

    def welcome(self, number: str) -> "LineVisit | None":
        """Let one who rings in visit the menus, on a line; None where that is one too many.

        A withheld number is one number, for all who withhold theirs.
        """
        if len(self._visits) >= max(1, self._line.lines // 2) or self._taken >= self._line.lines:
            return None
        mine = sum(other.number == number for other in self._visits)
        if mine >= MOST_AT_ONCE or self._is_vain(number):
            return None
        visit = LineVisit(number, self.take(1))
        self._visits.append(visit)
        return visit

    def put_through(self, number: str) -> None:
        """What was a visit of that number is a talk, and holds no visitor's place any more."""
        found = next((visit for visit in self._visits if visit.number == number), None)
        if found is not None:
            self._visits.remove(found)

    def leave(self, visit: "LineVisit", *, vain: bool) -> None:
        """A visit is over; a vain one was of nobody whom the site knows for sure."""
        visit.line.back()
        if visit in self._visits:
            self._visits.remove(visit)
        number = visit.number
        if not vain:
            self._vain.pop(number, None)
        elif number:
            self._vain.setdefault(number, deque(maxlen=MOST_VAIN)).append(self._now())
            self._vain.move_to_end(number)
            if len(self._vain) > MOST_NUMBERS:
                self._vain.popitem(last=False)

    def _is_vain(self, number: str) -> bool:
        vain = self._vain.get(number)
        if vain is None or len(vain) < MOST_VAIN:
            return False
        return self._now() - vain[0] < VAIN_SECONDS
