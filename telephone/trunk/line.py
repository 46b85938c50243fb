"""A SIP trunk through baresip: signalling and RTP run in its own thread, here speech is moved.

baresip hands out only speech that came as RTP, which is why a leg's `heard_ms` is evidence.
"""

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import Callable, Coroutine
from ipaddress import IPv4Network
from typing import Any, Self

import structlog
from baresip import BaresipError, Call, CallState, CommandTimeout, Runtime, UserAgent

from foundation import background
from telephone.port import FRAME_MS, Away, End, LineAwayError, NotDialledError, PhoneLeg
from telephone.trunk.addresses import TrunkAddresses
from telephone.trunk.answers import Answers
from telephone.trunk.callers import called_of, caller_of
from telephone.trunk.health import Health
from telephone.trunk.leg import TrunkLeg
from telephone.trunk.missed import MissedEvents
from telephone.trunk.registration import TrunkRegistration
from telephone.trunk.speech_filter import SpeechFilter
from telephone.trunk.stack import LOG_LEVEL, account_of, config_of
from telephone.trunk.terms import TrunkTerms
from telephone.trunk.trace import Trace, Traced

log = structlog.get_logger(__name__)

# After so long behind, what was missed isn't made up for.
LATEST_SECONDS = 0.2
LAST_WORDS_SECONDS = 0.2
WATCH_SECONDS = 5.0


class TrunkLine:
    """The line; `keep` is given each SIP message (`Dialogs.see`), in baresip's own thread."""

    def __init__(
        self,
        terms: TrunkTerms,
        keep: Callable[[Traced], None] = lambda _: None,
        on_dead: Callable[[], None] = lambda: None,
    ) -> None:
        self._terms, self._keep, self._on_dead = terms, keep, on_dead
        self._legs: list[TrunkLeg] = []
        self._agents: dict[str, UserAgent] = {}
        self._works: set[asyncio.Task[None]] = set()
        self._busy = asyncio.Event()
        self._runtime = Runtime()
        self._addresses = TrunkAddresses(terms)
        own = tuple(one for one in terms.networks if isinstance(one, IPv4Network))
        self._filter = SpeechFilter(own)
        self._answers, self._missed = Answers(), MissedEvents()
        self.health = Health(registers=terms.register_seconds > 0)
        self.on_incoming: Callable[[PhoneLeg], None] | None = None
        self.stopping, self._is_closed = False, False
        # Seconds by which speech was moved too late, the worst since it was last looked at.
        self.late_by = 0.0
        # Calls that were turned away since they came from elsewhere than the trunk.
        self.strangers = 0
        # Calls that failed by the trunk's fault.
        self.failed = 0

    @property
    def legs(self) -> list[TrunkLeg]:
        """Those that aren't over."""
        return list(self._legs)

    @property
    def lines(self) -> int:
        """How many telephones the contract carries at once."""
        return self._terms.lines

    @property
    def away(self) -> Away | None:
        """Why no call can be made now; None where there is a line for each of its two sides."""
        return self._away(lines=2)

    def _away(self, lines: int) -> Away | None:
        if self.stopping:
            return Away.STOPPING
        # One that is turned away in this moment takes no line from those who are rung.
        taken = sum(leg.end is None for leg in self._legs)
        is_full = taken + lines > self._terms.lines
        return self.health.away or (Away.FULL if is_full else None)

    async def open(self) -> Self:
        """Start baresip, and begin to register: whether the trunk takes us is told by `away`."""
        # It would write down everybody's number.
        logging.getLogger("baresip").setLevel(logging.CRITICAL)
        self._trace = Trace(self._keep, self._traced)
        self._runtime.on_dead = self._on_dead
        await self._runtime.start(config_of(self._terms))
        self._runtime.subscribe(self._missed.see)
        await self._runtime.set_sip_trace(True)
        for user in dict.fromkeys((self._terms.user, *self._terms.numbers)):
            await self._enter(user)
        self._work(self._pump())
        self._work(self._watch())
        return self

    async def _watch(self) -> None:
        # A stack that takes no commands any more can hang nobody up: its watch begins afresh.
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                await self._runtime.set_native_log_level(LOG_LEVEL)
            except CommandTimeout:
                log.error("telephone.stack_stalled")
                self._on_dead()
                return

    async def _enter(self, user: str) -> None:
        seconds = self._terms.register_seconds if user == self._terms.user else 0
        # A REFER would let a telephone dial at our cost.
        account = account_of(self._terms, user, seconds)
        agent = await UserAgent.create(self._runtime, account, transfer_policy="reject")
        agent.on_incoming(lambda call: self._work(self._incoming(call, user)))
        self._agents[user] = agent
        if seconds:
            TrunkRegistration(agent, self.health, self._work)

    def _traced(self, seen: Traced) -> None:
        self._answers.see(seen)
        self._filter.see(seen)

    async def _incoming(self, call: Call, user: str) -> None:
        seen = await self._trace.invite_of(call.call_id or "")
        known = seen is not None and await self._addresses.has(seen.peer_address)
        self.strangers += not known
        taken = self.on_incoming
        if seen is None or not known or taken is None or self.stopping:
            with contextlib.suppress(BaresipError):
                await call.reject()
            return
        if call.state is CallState.CLOSED:
            return
        called = called_of(seen.message, self._terms.numbers, user)
        leg = self._leg(call, caller_of(seen.message), called)
        leg.rings.set()
        taken(leg)

    def _leg(self, call: Call, number: str, called: str) -> TrunkLeg:
        leg = TrunkLeg(call, number, called, self._over)
        self._legs.append(leg)
        self._busy.set()
        return leg

    def _over(self, leg: TrunkLeg, words: str) -> None:
        self._missed.forget(leg.call)
        if leg in self._legs:
            self._legs.remove(leg)
        if leg.called:
            return
        if leg.end is End.LINE_FAILED:
            self.failed += 1
            log.warning("telephone.call_failed", words=words[:60])
            self.health.call_failed(words)
        elif leg.rings.is_set() or leg.is_answered.is_set() or leg.end is End.BUSY:
            self.health.call_went_through()

    async def dial(self, number: str) -> TrunkLeg:
        """Ring a number; raises LineAwayError, and NotDialledError for what is no number."""
        if not re.fullmatch(r"\+?[0-9]{3,15}", number):
            raise NotDialledError("no telephone number")
        if (away := self._away(lines=1)) is not None:
            raise LineAwayError(away)
        made = asyncio.ensure_future(self._make(self._terms.written(number)))
        try:
            return await asyncio.shield(made)
        except asyncio.CancelledError:
            # Whoever wanted it is gone; the INVITE is on its way all the same.
            self._work(_take_back(made))
            raise

    async def _make(self, number: str) -> TrunkLeg:
        uri = f"sip:{number}@{self._terms.server};transport={self._terms.transport}"
        try:
            call = await self._agents[self._terms.number].dial(uri)
        except BaresipError as error:
            self.health.call_failed("")
            raise LineAwayError(self.health.away or Away.SILENT) from error
        leg = self._leg(call, number.lstrip("+"), "")
        self._missed.catch_up(call)
        # An INVITE that nothing has answered can't be cancelled: its telephone would ring on.
        if not await self._answers.are_there(leg, number):
            await leg.hang_up(End.LINE_FAILED)
        return leg

    async def _pump(self) -> None:
        due = time.monotonic()
        while True:
            if not self._legs:
                self._busy.clear()
                await self._busy.wait()
                due = time.monotonic()
            now = time.monotonic()
            for leg in self.legs:
                leg.move(now)
                if now - leg.heard_at > self._terms.silence_seconds + 1 and leg.end is None:
                    leg.end = End.SILENT
                    self._work(leg.hang_up())
            due += FRAME_MS / 1000
            late = time.monotonic() - due
            self.late_by = max(self.late_by, late)
            if late > LATEST_SECONDS:
                due = time.monotonic()
            await asyncio.sleep(max(0, -late))

    def _work(self, work: Coroutine[Any, Any, None]) -> None:
        if self._is_closed:
            work.close()
            return
        task = asyncio.create_task(work)
        self._works.add(task)
        task.add_done_callback(self._works.discard)

    async def close(self) -> None:
        """Hang up all and leave the network."""
        self.stopping = True
        await asyncio.gather(*(leg.hang_up() for leg in self.legs), return_exceptions=True)
        self._is_closed = True
        for task in list(self._works):
            await background.end(task)
        # So that the last BYE leaves before its thread ends.
        await asyncio.sleep(LAST_WORDS_SECONDS)
        self._trace.close()
        await self._runtime.close()


async def _take_back(made: "asyncio.Future[TrunkLeg]") -> None:
    with contextlib.suppress(LineAwayError):
        await (await made).hang_up()
