"""A gateway: one process that holds the line, and does what the site asks of the telephone."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias

import structlog

from foundation import background
from foundation.database import Database
from foundation.log import note_failure
from foundation.settings import Settings
from rooms.calling import gateways, leaving, orders
from rooms.calling.orders import TelephoneOrder
from signaling.pushing.listening import listen
from telephone.calls import BY_SITE, LOST, Calls
from telephone.desk import CallBook, CallDesk
from telephone.parties import Patience
from telephone.places import TALK, LinePlaces
from telephone.port import Away, PhoneLine
from telephone.speech import Speech

log = structlog.get_logger(__name__)

# Where nothing could be written for so long, others will take its calls for dead soon.
HANG_UP_SECONDS = leaving.DEAD_SECONDS - 5
MOST_AT_ONCE = 200

Kind: TypeAlias = Callable[[TelephoneOrder], Awaitable[None]]


class Gateway:
    """Takes orders, carries calls, and gives signs of life for both.

    `kinds` are the orders that it knows; others may be added before it runs.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        line: PhoneLine,
        speech: Speech,
        book: CallBook,
        patience: Patience | None = None,
    ) -> None:
        self._database = database
        self._line = line
        self.desk = CallDesk(settings, database, book)
        patience = patience or Patience(
            ring=settings.telephone_ring_seconds, beat=settings.beat_seconds
        )
        self.places = LinePlaces(line)
        self.calls = Calls(self.desk, line, speech, patience, self.places)
        self.kinds: dict[str, Kind] = {"call": self._call, "hang_up": self._hang_up}
        self._works: set[asyncio.Task[None]] = set()
        self._anything = asyncio.Event()
        self._stopping = False
        self._written = 0.0

    async def run(self, stopping: asyncio.Event, drain_seconds: float = 0.0) -> None:
        """Work until told to stop; then calls that run may go on for so long."""
        await self._appear()
        hears = asyncio.create_task(listen(self._database, orders.CHANNEL, self._anything.set))
        works = asyncio.create_task(self._work())
        try:
            await stopping.wait()
            self._stopping = True
            if self._works:
                await asyncio.wait(self._works, timeout=drain_seconds)
            for running in list(self.calls.running.values()):
                running.end(LOST)
            if self._works:
                await asyncio.wait(self._works, timeout=HANG_UP_SECONDS)
        finally:
            for task in (hears, works, *self._works):
                await background.end(task)
            await self._vanish()

    async def _appear(self) -> None:
        async with self._database.transaction() as tx:
            self.desk.gateway_id = await gateways.appear(tx)
        self._written = asyncio.get_running_loop().time()

    async def _vanish(self) -> None:
        try:
            async with self._database.transaction() as tx:
                await gateways.vanish(tx, self.desk.gateway_id)
        except Exception as error:
            note_failure(log, "telephone.not_taken_out", error)

    async def _work(self) -> None:
        """Every second, and whenever anything is asked: look what there is to do."""
        loop = asyncio.get_running_loop()
        while True:
            self._anything.clear()
            try:
                await self._live()
                await self._take()
                self._written = loop.time()
            except Exception as error:
                note_failure(log, "telephone.beat_failed", error)
                self._hang_up_unwritten(loop.time() - self._written)
            try:
                async with asyncio.timeout(gateways.BEAT_SECONDS):
                    await self._anything.wait()
            except TimeoutError:
                continue

    async def _live(self) -> None:
        away = self._away()
        async with self._database.transaction() as tx:
            told = str(away) if away else None
            known = await gateways.beat(tx, self.desk.gateway_id, told, len(self._line.legs))
        if not known:
            await self._appear()
        running = dict(self.calls.running)
        found = await self.desk.keep_alive(list(running)) if running else {}
        for call_id, one in running.items():
            carried = found.get(call_id)
            if carried is None:
                # This process was taken for gone meanwhile, and its calls with it.
                one.end(LOST)
            elif carried.stop_asked_by:
                one.end(carried.stop_asked_by)
            elif carried.over or carried.talk_over:
                one.end(BY_SITE)

    def _away(self) -> Away | None:
        if self._stopping:
            return Away.STOPPING
        return self._line.away or (Away.FULL if self.places.free < TALK else None)

    async def _take(self) -> None:
        if self._stopping or len(self._works) >= MOST_AT_ONCE:
            return
        can_dial = self._line.away in (None, Away.FULL)
        async with self.places.counting:
            for order in await self.desk.orders(self.places.free if can_dial else 0):
                flow = self.kinds.get(order.kind)
                if flow is None:
                    log.warning("telephone.order_unknown", kind=order.kind)
                    continue
                self.host(self._do(flow, order), orders.LINES[order.kind])

    def host(self, work: Coroutine[Any, Any, None], lines: int) -> None:
        """Do something for so many telephones on the line, which are taken until it is done.

        It is waited for when the process stops.
        """
        task, taken = asyncio.create_task(work), self.places.take(lines)
        self._works.add(task)
        task.add_done_callback(self._works.discard)
        task.add_done_callback(lambda _: taken.back())

    async def _do(self, flow: Kind, order: TelephoneOrder) -> None:
        try:
            await flow(order)
        except Exception as error:
            note_failure(log, "telephone.order_failed", error, order=order.id)

    async def _call(self, order: TelephoneOrder) -> None:
        assert order.call_id is not None
        await self.calls.both(order.call_id)

    async def _hang_up(self, order: TelephoneOrder) -> None:
        running = self.calls.running.get(order.call_id or 0)
        found = await self.desk.keep_alive([running.call_id]) if running else {}
        if running and (carried := found.get(running.call_id)):
            running.end(carried.stop_asked_by or BY_SITE)

    def _hang_up_unwritten(self, seconds: float) -> None:
        """Nobody is let talk on whom the others will soon say to be gone."""
        if seconds > HANG_UP_SECONDS:
            for running in list(self.calls.running.values()):
                running.end(LOST)
