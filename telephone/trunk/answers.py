"""Which of our INVITEs the trunk has answered with anything at all.

baresip tells of ringing and of ends only. A trunk that is there says "100 Trying" at once, also
where a telephone takes its time; one that says nothing is away.
"""

import asyncio
import time
from collections import OrderedDict

from telephone.trunk.leg import TrunkLeg
from telephone.trunk.trace import Traced

# A trunk that hasn't answered an INVITE after so long is away.
PATIENCE_SECONDS = 6.0
LOOK_SECONDS = 0.1
MOST_CALLS = 2000


class Answers:
    """Calls that we made, by their Call-ID: the number asked for, and whether it was answered."""

    def __init__(self) -> None:
        self._asked: OrderedDict[str, str] = OrderedDict()
        self._claimed: set[str] = set()
        self._answered: set[str] = set()

    def see(self, seen: Traced) -> None:
        """Look at a message."""
        message, call_id = seen.message, seen.call_id
        if message.method != "INVITE":
            return
        if seen.way == "TX" and not message.code and call_id not in self._asked:
            target = message.first.partition(" ")[2]
            self._asked[call_id] = target.partition(":")[2].partition("@")[0]
            self._bound()
        elif seen.way == "RX" and message.code and call_id in self._asked:
            self._answered.add(call_id)

    def _bound(self) -> None:
        if len(self._asked) > MOST_CALLS:
            call_id, _ = self._asked.popitem(last=False)
            self._claimed.discard(call_id)
            self._answered.discard(call_id)

    def _claim(self, number: str) -> str | None:
        # Of two calls to one number either may be whose: both are as new.
        for call_id, asked in self._asked.items():
            if asked == number and call_id not in self._claimed:
                self._claimed.add(call_id)
                return call_id
        return None

    async def are_there(self, leg: TrunkLeg, number: str) -> bool:
        """Wait until the trunk has answered the call of a leg; False where it is silent."""
        until, call_id = time.monotonic() + PATIENCE_SECONDS, None
        while time.monotonic() < until:
            call_id = call_id or self._claim(number)
            if leg.rings.is_set() or leg.is_over.is_set() or call_id in self._answered:
                return True
            await asyncio.sleep(LOOK_SECONDS)
        return False
