"""Getting both of a call on the line: in which order they are rung, and what who waits hears."""

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from rooms.calling.rows import CallRow
from telephone.desk import CallDesk
from telephone.parties import CallFailedError, Party, first_failed, first_of
from telephone.port import PhoneLeg, PhoneLine
from telephone.speech import ringing_tone


@dataclass(frozen=True)
class Gathering:
    """Both telephones of one call; all that is rung is hung up when `hung_up` is left."""

    desk: CallDesk
    line: PhoneLine
    call: CallRow
    caller: Party
    cast: Party
    hung_up: contextlib.AsyncExitStack

    async def gather(self, leg: PhoneLeg | None) -> None:
        """Get both on the line, of whom the caller may be there already. Raises CallFailedError."""
        caller, cast = self.caller, self.cast
        if leg is not None:
            await self.hung_up.enter_async_context(caller.on_the_line(leg))
            await self._while_waiting(caller, cast, self._get(cast))
        elif self.call.reservation_id is not None:
            await self._get_each()
        elif self.call.ring == "both":
            await self._get_both()
        else:
            first, second = (caller, cast) if self.call.ring == "caller_first" else (cast, caller)
            await self._get(first)
            await self._while_waiting(first, second, self._get(second))

    async def _get(self, party: Party) -> None:
        await party.ring(self.line, self.hung_up)
        if self.call.answer == "key":
            reserved = self.call.reservation_id is not None
            await party.confirm("answer_reserved" if reserved else f"answer_{party.side}")

    async def _get_both(self) -> None:
        """Ring both at once; whoever is there first waits for the other."""
        there = {party.side: asyncio.Event() for party in (self.caller, self.cast)}

        async def get(party: Party, other: Party) -> None:
            await self._get(party)
            there[party.side].set()
            await self._while_waiting(party, other, there[other.side].wait())

        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(get(self.caller, self.cast))
                group.create_task(get(self.cast, self.caller))
        except* CallFailedError as failed:
            raise first_failed(failed) from None

    async def _get_each(self) -> None:
        """Ring both at once, each to the end: of who was there it is known, whatever the other did.

        Raises the line's failure before a person's.
        """
        known = {party.side: asyncio.Event() for party in (self.caller, self.cast)}

        async def get(party: Party, other: Party) -> None:
            try:
                await self._get(party)
                await self.desk.note_there(self.call.id, party.side)
            finally:
                known[party.side].set()
            await self._while_waiting(party, other, known[other.side].wait())

        works = get(self.caller, self.cast), get(self.cast, self.caller)
        found = await asyncio.gather(*works, return_exceptions=True)
        failed = [one for one in found if isinstance(one, BaseException)]
        failed.sort(key=lambda one: isinstance(one, CallFailedError) and one.why != "line_failed")
        if failed:
            raise failed[0]

    async def _while_waiting(
        self, party: Party, other: Party, work: Coroutine[Any, Any, object]
    ) -> None:
        """Guide who is there, and let the other's telephone ring in their ear, until work is done.

        Raises CallFailedError where they hang up meanwhile.
        """
        guide = asyncio.ensure_future(self._guide(party, other))
        try:
            await first_of(work, party.leg.is_over.wait())
        finally:
            guide.cancel()
            await asyncio.gather(guide, return_exceptions=True)
            party.leg.stop_speech()
        if party.leg.is_over.is_set():
            raise party.failed()

    async def _guide(self, party: Party, other: Party) -> None:
        if other.at.name:
            await party.leg.say(party.speech("guide", name=other.at.name))
        while True:
            await party.leg.say(ringing_tone())
            await asyncio.sleep(0)
