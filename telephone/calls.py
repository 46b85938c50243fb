"""Calls: both are rung, guided and joined; how it ends is told to them and written down."""

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from foundation.errors import UserError
from foundation.language import translate
from foundation.log import note_failure
from points.rules import Pays
from rooms.calling.rows import CallRow
from telephone.desk import CallDesk
from telephone.parties import CallFailedError, Party, Patience, fell_silent_together, first_of
from telephone.port import PhoneLeg, PhoneLine
from telephone.speech import Speech, ringing_tone
from telephone.talking import Talking, say_goodbye

log = structlog.get_logger(__name__)

# What whoever is still on the line hears of a call that failed.
TOLD = {
    "cast_busy": "busy",
    "cast_declined": "busy",
    "cast_no_answer": "no_answer",
    "cast_unreachable": "no_answer",
    "cast_unconfirmed": "no_answer",
    "cast_hung_up": "no_answer",
    "caller_no_answer": "no_answer",
    "caller_busy": "no_answer",
    "caller_hung_up": "other_left",
    "called_off": "other_left",
    "refused": "refused",
}
# Asked for by the site, or because nobody can write down any more what is said.
BY_SITE, LOST = "site", "lost"


def _future() -> "asyncio.Future[str]":
    return asyncio.get_running_loop().create_future()


@dataclass
class Running:
    """A call that this gateway carries; `stop` is set with who wants it to be over."""

    call_id: int
    stop: "asyncio.Future[str]" = field(default_factory=_future)
    talks: bool = False

    def end(self, by: str) -> None:
        """Have it be hung up, once."""
        if not self.stop.done():
            self.stop.set_result(by)


class Calls:
    """The calls of one gateway."""

    def __init__(self, desk: CallDesk, line: PhoneLine, speech: Speech, patience: Patience) -> None:
        self._desk = desk
        self._line = line
        self._speech = speech
        self._patience = patience
        self.running: dict[int, Running] = {}

    async def both(self, call_id: int) -> None:
        """Ring both, join them, and see it through to its end."""
        call = await self._desk.take_up(call_id)
        if call is not None:
            await self._carry(call, None)

    async def incoming(
        self,
        leg: PhoneLeg,
        caller_id: int,
        room_id: int,
        pays: Pays = "points",
        seen_rate: int | None = None,
    ) -> None:
        """Join one who is on the line to the cast of a room, and has agreed to `seen_rate`.

        Raises UserError as `rooms.calling.asking.ask` does, and the line stays open then.
        """
        call_id = await self._desk.ask(caller_id, room_id, pays, seen_rate)
        call = await self._desk.take_up(call_id)
        if call is not None:
            await self._carry(call, leg)

    async def _carry(self, call: CallRow, leg: PhoneLeg | None) -> None:
        running = self.running[call.id] = Running(call.id)
        caller, cast = (
            Party(self._desk, self._speech, self._patience, call.id, side)
            for side in ("caller", "cast")
        )
        try:
            async with contextlib.AsyncExitStack() as hung_up:
                await caller.know(call.caller_id)
                await cast.know(call.cast_id)
                await self._see_through(call, running, caller, cast, leg, hung_up)
        except Exception as error:
            note_failure(log, "telephone.call_failed", error, call=call.id)
            await self._give_up(running)
        finally:
            self.running.pop(call.id, None)

    async def _see_through(
        self,
        call: CallRow,
        running: Running,
        caller: Party,
        cast: Party,
        leg: PhoneLeg | None,
        hung_up: contextlib.AsyncExitStack,
    ) -> None:
        try:
            talk_id = await self._stoppable(
                running, self._connect(call, caller, cast, leg, hung_up)
            )
        except CallFailedError as failed:
            together = await fell_silent_together(caller, cast, self._patience)
            why = "line_failed" if together else failed.why
            if not await self._desk.end(call.id, why, failed.refusal):
                # They were joined in the very moment in which it was stopped.
                await self._desk.end_talk(call.id, "line_failed")
            await self._tell(why, caller, cast)
            return
        running.talks = True
        talking = Talking(
            self._desk, self._patience, talk_id, call.pays, caller, cast, running.stop
        )
        parting = await talking.run()
        await self._desk.end_talk(call.id, parting.reason)
        await say_goodbye(talking, parting, await talking.cost())

    async def _stoppable(self, running: Running, connect: Coroutine[Any, Any, int]) -> int:
        task = asyncio.ensure_future(connect)
        stopped = await first_of(task, asyncio.shield(running.stop))
        if isinstance(stopped, int):
            return stopped
        raise CallFailedError("line_failed" if stopped == LOST else "called_off")

    async def _connect(
        self,
        call: CallRow,
        caller: Party,
        cast: Party,
        leg: PhoneLeg | None,
        hung_up: contextlib.AsyncExitStack,
    ) -> int:
        """Get both on the line; return the talk that has begun."""
        if leg is not None:
            await hung_up.enter_async_context(caller.on_the_line(leg))
            await self._while_waiting(caller, cast, self._get(call, cast, hung_up))
        elif call.ring == "both":
            await self._get_both(call, caller, cast, hung_up)
        else:
            first, second = (caller, cast) if call.ring == "caller_first" else (cast, caller)
            await self._get(call, first, hung_up)
            await self._while_waiting(first, second, self._get(call, second, hung_up))
        try:
            return await self._desk.join(call.id)
        except UserError as refused:
            words = translate("ja", refused.text, **refused.params)
            raise CallFailedError("refused", words) from refused

    async def _get(self, call: CallRow, party: Party, hung_up: contextlib.AsyncExitStack) -> None:
        await party.ring(self._line, hung_up)
        if call.answer == "key":
            await party.confirm(f"answer_{party.side}")

    async def _get_both(
        self, call: CallRow, caller: Party, cast: Party, hung_up: contextlib.AsyncExitStack
    ) -> None:
        """Ring both at once; whoever is there first waits for the other."""
        there = {party.side: asyncio.Event() for party in (caller, cast)}

        async def get(party: Party, other: Party) -> None:
            await self._get(call, party, hung_up)
            there[party.side].set()
            await self._while_waiting(party, other, there[other.side].wait())

        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(get(caller, cast))
                group.create_task(get(cast, caller))
        except* CallFailedError as failed:
            raise _first(failed) from None

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

    async def _tell(self, why: str, caller: Party, cast: Party) -> None:
        """Say on the telephone why nothing came of it, to whoever is there still."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience.farewell):
                prompt = TOLD.get(why, "line_away")
                await asyncio.gather(caller.say(prompt), cast.say(prompt))

    async def _give_up(self, running: Running) -> None:
        """Something is wrong here: nobody pays for it, and what can't be written others will."""
        with contextlib.suppress(Exception):
            if running.talks:
                await self._desk.end_talk(running.call_id, "line_failed")
            else:
                await self._desk.end(running.call_id, "line_failed")


def _first(group: "BaseExceptionGroup[CallFailedError]") -> CallFailedError:
    for one in group.exceptions:
        return one if isinstance(one, CallFailedError) else _first(one)
    raise AssertionError("a group has members")
