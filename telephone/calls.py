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
from rooms.calling import gateways
from rooms.calling.rows import CallRow
from telephone.desk import CallDesk
from telephone.gathering import Gathering
from telephone.parties import CallFailedError, Party, Patience, fell_silent_together, first_of
from telephone.places import LinePlaces
from telephone.port import PhoneLeg, PhoneLine
from telephone.speech import Speech
from telephone.talking import Talking, say_goodbye, say_why
from telephone.till import Till

log = structlog.get_logger(__name__)

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

    def __init__(
        self,
        desk: CallDesk,
        line: PhoneLine,
        speech: Speech,
        patience: Patience,
        places: LinePlaces,
    ) -> None:
        self._desk = desk
        self._line = line
        self._speech = speech
        self._patience = patience
        self._places = places
        self.running: dict[int, Running] = {}
        # Where who talks may buy points by key; None: nowhere.
        self.till: Till | None = None

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

        Raises UserError as `rooms.calling.asking.ask` does, and `telephone_busy` where no line is
        left for the cast; the line stays open then.
        """
        for_the_cast = await self._places.one_more()
        if for_the_cast is None:
            raise gateways.is_busy()
        try:
            call_id = await self._desk.ask(caller_id, room_id, pays, seen_rate)
            self._places.put_through(leg.number)
            call = await self._desk.take_up(call_id)
            if call is not None:
                await self._carry(call, leg)
        finally:
            for_the_cast.back()

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
        gathering = Gathering(self._desk, self._line, call, caller, cast, hung_up)
        try:
            talk_id = await self._stoppable(running, self._join(gathering, leg))
        except CallFailedError as failed:
            together = await fell_silent_together(caller, cast, self._patience)
            why = "line_failed" if together else failed.why
            if not await self._desk.end(call.id, why, failed.refusal):
                # They were joined in the very moment in which it was stopped.
                await self._desk.end_talk(call.id, "line_failed")
            await say_why(call, why, caller, cast, self._patience)
            return
        running.talks = True
        talking = Talking(
            self._desk, self._patience, talk_id, call, caller, cast, running.stop, self.till
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

    async def _join(self, gathering: Gathering, leg: PhoneLeg | None) -> int:
        """Get both on the line; return the talk that has begun."""
        await gathering.gather(leg)
        try:
            return await self._desk.join(gathering.call.id)
        except UserError as refused:
            words = translate("ja", refused.text, **refused.params)
            raise CallFailedError("refused", words) from refused

    async def _give_up(self, running: Running) -> None:
        """Something is wrong here: nobody pays for it, and what can't be written others will."""
        with contextlib.suppress(Exception):
            if running.talks:
                await self._desk.end_talk(running.call_id, "line_failed")
            else:
                await self._desk.end(running.call_id, "line_failed")
