"""「5を押すと…」: who is told that the end is near may buy points by two keys, and talk on.

The caller alone hears of it. Each pair of keys buys once: while it is open what became of a
purchase, no other is offered.
"""

import asyncio
from dataclasses import dataclass, field

import structlog

from foundation.log import note_failure
from telephone.menus.keypad import HungUpError, Keypad, NoKeyError, Waits
from telephone.parties import Party
from telephone.till import Outcome, PhoneOffer, Till

log = structlog.get_logger(__name__)

ASKS, BUYS = "5", "1"
TOLD: dict[Outcome, str] = {
    "bought": "added",
    "declined": "add_declined",
    "over_limit": "add_over_limit",
    "pending": "add_pending",
}


@dataclass
class TopUp:
    """What one caller may buy during one talk."""

    till: Till
    talk_id: int
    user_id: int
    rate: int
    caller: Party
    # Held while something is said to the caller.
    voice: asyncio.Lock
    waits: Waits = field(default_factory=lambda: Waits(asks=1))
    _offered: PhoneOffer | None = None
    _pressed: int = 0
    _pending: str | None = None

    async def offer(self) -> list[bytes]:
        """Return what is said after a warning: what the key buys, and with which card."""
        self._offered = None
        if self._pending is not None:
            return []
        try:
            found = await self.till.offer(self.user_id, self.rate)
        except Exception as error:
            note_failure(log, "telephone.nothing_offered", error)
            return []
        if found is None:
            return []
        # What was pressed before the offer was heard is no answer to it.
        self._forget()
        self._offered = found
        figures = {"yen": found.pack.price_yen, "code": found.last4}
        return [self.caller.speech("add_offer", **figures)]

    async def run(self) -> None:
        """Sell to who asks for it, until cancelled: the talk goes on beside."""
        while True:
            key = await self.caller.leg.digits.get()
            offered = self._offered
            if key != ASKS or offered is None:
                continue
            self._offered = None
            # Who has heard enough needn't hear it to the end.
            self.caller.leg.stop_speech()
            try:
                await self._sell(offered)
            except (NoKeyError, HungUpError):
                continue
            except Exception as error:
                note_failure(log, "telephone.not_sold", error, talk=self.talk_id)

    async def _sell(self, offered: PhoneOffer) -> None:
        figures = {"points": offered.pack.total, "yen": offered.pack.price_yen}
        asked = self.caller.speech("add_ask", **figures)
        async with self.voice:
            if await Keypad(self.caller.leg, self.waits).after(asked) != BUYS:
                await self.caller.say("not_added")
                return
        press = f"phone:{self.talk_id}:{self._pressed}"
        self._pending = press
        # A talk that ends in the middle of it cuts off nothing: what was asked for is asked to its
        # end, and an event tells.
        outcome = await asyncio.shield(self.till.buy(self.user_id, offered, press))
        await self._say(outcome, offered)
        if outcome == "pending":
            await self._say(await self.till.settled(self.user_id, press), offered)
        self._pressed += 1
        self._pending = None
        self._forget()

    async def _say(self, outcome: Outcome, offered: PhoneOffer) -> None:
        async with self.voice:
            await self.caller.say(TOLD[outcome], points=offered.pack.total)

    def _forget(self) -> None:
        digits = self.caller.leg.digits
        while not digits.empty():
            digits.get_nowait()
