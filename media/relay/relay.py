"""The relay: legs by talk, pair and side, put together two by two."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from dataclasses import replace
from typing import Any

from aiortc import RTCCertificate

from media.relay.hearing import Hearing
from media.relay.inner import PacketBuffer
from media.relay.leg import Leg
from media.relay.offers import LegOffer, read_offer
from media.relay.sockets import own_addresses
from media.relay.tally import Tally
from media.relay.terms import (
    Counts,
    LegKey,
    RelayError,
    RelaySettings,
    RelayTotals,
    Side,
    Tap,
    other,
)
from media.relay.wiring import wire

LOOK_SECONDS, LATE_SECONDS = 0.5, 1.5
MOST_CANDIDATE_OCTETS = 1000


class Relay:
    """All legs of a media process; to be used in one event loop, asyncio's or uvloop's.

    `on_up` is told of a leg whose media may pass. `on_down` is told once of each leg that was
    answered and is gone, whatever the reason (not by `close`).
    """

    def __init__(self, settings: RelaySettings) -> None:
        self._settings = replace(settings, addresses=settings.addresses or own_addresses())
        self._legs: dict[LegKey, Leg] = {}
        self._taps: dict[int, Tap] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._buffer, self._tally = PacketBuffer(), Tally()
        self._certificate = RTCCertificate.generateCertificate()
        self._watching: asyncio.Task[None] | None = None
        self.on_up: Callable[[LegKey], None] = lambda key: None
        self.on_down: Callable[[LegKey], None] = lambda key: None

    async def answer(self, key: LegKey, offer_sdp: str) -> str:
        """Take an offer and return the answer, with all candidates inside.

        The legs of older pairs of the talk are gone from then on. A leg that does not connect
        within the time of the settings is gone too. Raises RelayError: full, bad_offer, stale.
        """
        self._refuse_stale(key)
        offer = self._fitting(key, read_offer(offer_sdp))
        for old in [leg for leg in self._of(key.talk_id) if leg.key.pair < key.pair]:
            self._end(old)
        if replaced := self._legs.get(key):
            self._end(replaced)
        if len(self._legs) >= self._settings.most_legs:
            raise RelayError("full", f"{len(self._legs)} legs")
        leg = Leg(key, offer, self._settings, self._buffer, self._tally, self._certificate)
        self._legs[key] = leg
        try:
            answer = await leg.prepare()
        except BaseException:
            if self._legs.get(key) is leg:
                del self._legs[key]
            self._start(leg.close())
            raise
        if self._legs.get(key) is not leg:
            raise RelayError("stale")
        self._start(self._connect(leg))
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        return answer

    def _refuse_stale(self, key: LegKey) -> None:
        there = self._legs.get(key)
        newer = any(leg.key.pair > key.pair for leg in self._of(key.talk_id))
        if newer or (there and there.up):
            raise RelayError("stale")

    def _of(self, talk_id: int) -> list[Leg]:
        return [leg for leg in self._legs.values() if leg.key.talk_id == talk_id]

    def _fitting(self, key: LegKey, offer: LegOffer) -> LegOffer:
        """What of an offer the other side of this pair, if it is there already, knows too."""
        there = self._legs.get(replace(key, side=other(key.side)))
        if not there:
            return offer
        known = there.offer.lines
        lines = {
            kind: line.only(known[kind].formats) if kind in known else line
            for kind, line in offer.lines.items()
        }
        return replace(offer, lines=lines)

    async def _connect(self, leg: Leg) -> None:
        try:
            connected = await leg.connect(lambda: self._end(leg))
        except Exception as error:
            self._tally.stumble("connect", error)
            connected = False
        if self._legs.get(leg.key) is not leg:
            return
        if not connected:
            self._end(leg)
            return
        self._hear(leg)
        there = self._legs.get(replace(leg.key, side=other(leg.key.side)))
        if there and there.up:
            wire(leg, there)
            await leg.notes.flush()
            await there.notes.flush()
        self._tell(self.on_up, leg.key)

    def _hear(self, leg: Leg) -> None:
        tap = self._taps.get(leg.key.talk_id)
        lines = leg.offer.lines
        leg.passage.hearing = Hearing(tap, leg.key, lines, self._tally) if tap else None

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _end(self, leg: Leg) -> None:
        """Let a leg go, once. The other side's stays, and waits for the next."""
        if self._legs.get(leg.key) is not leg:
            return
        del self._legs[leg.key]
        for each in self._of(leg.key.talk_id):
            if each.passage.peer is leg.passage.outlet:
                each.passage.peer = each.notes.peer = None
        leg.passage.close()
        self._start(leg.close())
        self._tell(self.on_down, leg.key)

    def _tell(self, listener: Callable[[LegKey], None], key: LegKey) -> None:
        try:
            listener(key)
        except Exception as error:
            self._tally.stumble("listener", error)

    async def _watch(self) -> None:
        """Twice a second look at each leg."""
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(LOOK_SECONDS)
            now = loop.time()
            # A machine that stood still has not read yet what came meanwhile.
            self._look(now, late=now - before > LATE_SECONDS)

    def _look(self, now: float, *, late: bool) -> None:
        for leg in list(self._legs.values()):
            try:
                alive = leg.look(now) or late
            except Exception as error:
                self._tally.stumble("look", error)
                continue
            if not alive:
                self._end(leg)

    async def add_candidate(self, key: LegKey, candidate: str) -> None:
        """Take where a browser says that it can be reached; nothing is done with it.

        The relay never sends to a place that it is told of, and needs not: it has an address that
        browsers reach, and answers to where they have proved themselves from. So nobody makes it
        knock at doors inside. Raises RelayError("bad_offer") for what is far too long.
        """
        if len(candidate) > MOST_CANDIDATE_OCTETS:
            raise RelayError("bad_offer", "a candidate that is too long")

    async def hang_up(self, talk_id: int, below_pair: int | None = None) -> None:
        """Let a talk's legs go, with its tap; or only those of pairs before `below_pair`."""
        for leg in self._of(talk_id):
            if below_pair is None or leg.key.pair < below_pair:
                self._end(leg)
        if below_pair is None:
            self._taps.pop(talk_id, None)

    def counts(self, key: LegKey) -> Counts | None:
        """Return what has moved at a leg; None where there is none."""
        leg = self._legs.get(key)
        return leg.counts() if leg else None

    def legs(self) -> Collection[LegKey]:
        """Return all legs, also those that are not connected yet."""
        return list(self._legs)

    def totals(self) -> RelayTotals:
        """Return what has been done in all."""
        return self._tally.totals()

    def tap(self, talk_id: int, tap: Tap | None) -> None:
        """Let a talk be heard, in this pair and all later ones; None: no longer."""
        if tap:
            self._taps[talk_id] = tap
        else:
            self._taps.pop(talk_id, None)
        for leg in self._of(talk_id):
            if leg.up:
                self._hear(leg)

    def ask_key_frame(self, talk_id: int, side: Side) -> None:
        """Ask a side for a picture that needs none before it, at most twice a second."""
        for leg in self._of(talk_id):
            if leg.key.side == side:
                leg.ask_picture()

    async def close(self) -> None:
        """Let all legs go. Nobody is told."""
        self.on_down = self.on_up = lambda key: None
        if self._watching:
            self._watching.cancel()
        for leg in list(self._legs.values()):
            self._end(leg)
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=10)
