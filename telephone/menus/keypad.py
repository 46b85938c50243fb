"""What somebody presses on their telephone, asked for by speech that the first key cuts short."""

import asyncio
from dataclasses import dataclass

from telephone.port import BYTES_PER_MS, PhoneLeg

AGAIN, BACK = "*", "#"
BREATH = bytes(200 * BYTES_PER_MS)


class HungUpError(Exception):
    """Who was spoken to has gone."""


class NoKeyError(Exception):
    """Nobody pressed anything, however often they were asked."""


@dataclass(frozen=True)
class Waits:
    """How long one waits for a key, in seconds: for the first, and between two; how often it is
    asked; how long somebody may take to show who they are, and then a whole visit of the menus.
    """

    first: float = 6.0
    next: float = 4.0
    asks: int = 3
    unsure: float = 90.0
    visit: float = 600.0


class Keypad:
    """The keys of one telephone."""

    def __init__(self, leg: PhoneLeg, waits: Waits) -> None:
        self.leg = leg
        self._waits = waits

    async def say(self, *speech: bytes) -> None:
        """Speak, to the end. Raises HungUpError."""
        await self.leg.say(*speech)
        self._must_be_there()

    async def one(self, *speech: bytes) -> str:
        """Ask for one key. Raises HungUpError, NoKeyError."""
        for _ in range(self._waits.asks):
            await self.leg.say(*speech, until_digit=True)
            self._must_be_there()
            if key := await self._key(self._waits.first):
                return key
        raise NoKeyError

    async def after(self, *speech: bytes) -> str:
        """Ask for one key that is pressed after all was said: what was pressed before is no answer.

        Raises HungUpError, NoKeyError.
        """
        for _ in range(self._waits.asks):
            await self.say(*speech)
            self._forget()
            await self.leg.say(BREATH, until_digit=True)
            self._must_be_there()
            if key := await self._key(self._waits.first):
                return key
        raise NoKeyError

    async def several(self, most: int, *speech: bytes, until: str = "") -> str:
        """Ask for up to `most` keys; `until` ends them before, and isn't among them.

        Raises HungUpError, NoKeyError.
        """
        pressed, key = "", await self.one(*speech)
        while key and key != until:
            pressed += key
            if len(pressed) >= most:
                break
            key = await self._key(self._waits.next)
        return pressed

    def _forget(self) -> None:
        while not self.leg.digits.empty():
            self.leg.digits.get_nowait()

    async def _key(self, seconds: float) -> str:
        """Return the next key, "" where none comes in time."""
        key = asyncio.ensure_future(self.leg.digits.get())
        over = asyncio.ensure_future(self.leg.is_over.wait())
        try:
            waited = asyncio.wait({key, over}, return_when=asyncio.FIRST_COMPLETED, timeout=seconds)
            await waited
            self._must_be_there()
            return key.result() if key.done() else ""
        finally:
            for task in (key, over):
                task.cancel()
            await asyncio.gather(key, over, return_exceptions=True)

    def _must_be_there(self) -> None:
        if self.leg.is_over.is_set():
            raise HungUpError
