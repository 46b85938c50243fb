"""Who rings the site's number: known by number and PIN, offered casts by keys, put through.

Strangers hear how to register, and are hung up. What anybody may do here costs or earns, so all of
it wants the PIN first: networks can be made to tell a wrong number.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Sequence

from telephone.menus.board import FRONT, Switchboard, Way
from telephone.menus.keypad import HungUpError, Keypad, NoKeyError, Waits
from telephone.menus.visits import MenuVisit
from telephone.port import PhoneLeg
from telephone.speech import Speech


class Menus:
    """The voice menus of a site; `ways` are those that it has open."""

    def __init__(
        self,
        board: Switchboard,
        speech: Speech,
        ways: Sequence[Way] = FRONT,
        waits: Waits | None = None,
    ) -> None:
        self._board = board
        self._speech = speech
        self._ways = ways
        self._waits = waits or Waits()

    async def take(self, leg: PhoneLeg, way: Way = "front") -> bool:
        """See one who rings through, and hang up; say whether they showed who they are."""
        visit: MenuVisit | None = None
        async with leg:
            with contextlib.suppress(HungUpError, TimeoutError):
                await leg.answer()
                caller = await self._board.who(leg.number)
                visit = MenuVisit(self._board, self._speech, Keypad(leg, self._waits), caller)
                try:
                    put_through = await self._choose(visit, way)
                except NoKeyError:
                    await visit.say("too_late")
                else:
                    if put_through is not None:
                        await put_through
        return visit is not None and visit.is_sure

    async def _choose(self, visit: MenuVisit, way: Way) -> Awaitable[None] | None:
        # Until then it may be anybody, with a number that is somebody's.
        async with asyncio.timeout(self._waits.unsure):
            if not await visit.comes_in():
                return None
        async with asyncio.timeout(self._waits.visit):
            return await visit.go(way, [one for one in FRONT if one in self._ways])
