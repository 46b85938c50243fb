"""This process's connections to media processes, and which talks go through which.

Which way a pair goes is known from the join, or read once from the database: a pair keeps its way.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import structlog
from prometheus_client import Counter

from foundation import background
from foundation.database import Database
from foundation.log import note_failure
from foundation.settings import Settings
from media import hosts
from media.control.client import MediaLinks
from media.control.link import LinkError
from media.control.messages import LegsCounted, RecordEnd
from media.hosts import MediaHost
from media.relay.terms import LegKey
from rooms.ground.live import Side
from rooms.talk import seats
from signaling.guard import TooBusyError
from signaling.protocol import TalkSignal
from signaling.signs import is_database_away

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
MOST_TALKS = 20_000
MOST_OFFERS = 3
REFUSED = Counter("hitotoki_relay_refusals", "Offers that no media process answered.", ["why"])


@dataclass(frozen=True)
class PairWay:
    """The newest pair of a talk, and the media process through which it goes (None: none)."""

    pair: int
    host: MediaHost | None = None


class RelayedTalks:
    """Knows the way of each talk, and asks its media process; `run` keeps a connection to each."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database = database
        self._ways: OrderedDict[int, PairWay] = OrderedDict()
        self._offers: OrderedDict[LegKey, int] = OrderedDict()
        self._looks: dict[int, asyncio.Task[PairWay]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.links: MediaLinks | None = None
        if settings.media_secret is not None:
            secret = settings.media_secret.get_secret_value()
            self.links = MediaLinks(secret, self._lost)

    def learn(self, talk_id: int, way: PairWay) -> PairWay:
        """Learn the way of a pair, once it is committed; return the newest that is known."""
        known = self._ways.get(talk_id)
        if known is None or known.pair <= way.pair:
            self._ways[talk_id] = known = way
            self._ways.move_to_end(talk_id)
        if len(self._ways) > MOST_TALKS:
            self._ways.popitem(last=False)
        return known

    async def way(self, talk_id: int, pair: int) -> PairWay | None:
        """Return the way of a pair; None where it isn't the newest one of its talk.

        Raises TooBusyError where nobody can say just now.
        """
        if self.links is None:
            return PairWay(pair)
        known = self._ways.get(talk_id)
        if known is None or known.pair < pair:
            # All who ask meanwhile wait for one look, and go on in the order in which they came.
            look = self._looks.get(talk_id) or asyncio.create_task(self._look(talk_id))
            self._looks[talk_id] = look
            known = await asyncio.shield(look)
        return known if known.pair == pair else None

    async def _look(self, talk_id: int) -> PairWay:
        try:
            async with self._database.transaction() as tx:
                (talk,) = await seats.people_of(tx, [talk_id])
                host = await hosts.find(tx, talk.media_host) if talk.media_host else None
            return self.learn(talk_id, PairWay(talk.pair, host))
        except Exception as error:
            if is_database_away(error):
                raise TooBusyError from error
            raise
        finally:
            self._looks.pop(talk_id, None)

    async def signal(self, host: MediaHost, side: Side, asked: TalkSignal) -> dict[str, Any] | None:
        """Hand a browser's offer to a media process; return the answer for that browser, if any.

        Of candidates nothing is passed on: the relay needs none. What it doesn't take is counted:
        the browser makes up for it with a new pair.
        """
        assert self.links is not None
        if asked.description is None or asked.description.type != "offer":
            return None
        leg = LegKey(asked.talk_id, asked.pair, side)
        if not self._may_offer(leg):
            REFUSED.labels("often").inc()
            return None
        try:
            sdp = await self.links.to(host).answer(leg, asked.description.sdp)
        except LinkError as error:
            REFUSED.labels(error.code).inc()
            return None
        told = {"type": "answer", "sdp": sdp}
        return {"talk_id": asked.talk_id, "pair": asked.pair, "description": told}

    def _may_offer(self, leg: LegKey) -> bool:
        """Say whether a browser may offer once more for a pair: a page offers once."""
        made = self._offers[leg] = self._offers.get(leg, 0) + 1
        self._offers.move_to_end(leg)
        if len(self._offers) > MOST_TALKS:
            self._offers.popitem(last=False)
        return made <= MOST_OFFERS

    async def counts(self, host: MediaHost, leg: LegKey) -> LegsCounted | None:
        """Return what a media process counts of a pair; None where it doesn't say."""
        assert self.links is not None
        try:
            return await self.links.to(host).counts(leg)
        except LinkError:
            return None

    async def hurry(self, talk_id: int, recording_id: int) -> None:
        """Let the media process of a talk look at once whether its recording may still be written.

        It looks every second anyway: what can't be said is no loss but of that second.
        """
        if self.links is None:
            return
        way = await self._look(talk_id)
        if way.host is None:
            return
        try:
            self.links.to(way.host).say(RecordEnd(recording_id=recording_id))
        except LinkError as error:
            log.info("relayed.not_hurried", recording=recording_id, why=error.code)

    def _lost(self, host: MediaHost) -> None:
        self._keep(self._note_loss(host))

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _note_loss(self, host: MediaHost) -> None:
        try:
            async with self._database.transaction() as tx:
                await hosts.lose(tx, host.id)
        except Exception as error:
            note_failure(log, "relayed.loss_not_noted", error)

    async def run(self) -> None:
        """Keep a connection to each media process that is there, until cancelled."""
        while self.links is not None:
            try:
                async with self._database.transaction() as tx:
                    found = await hosts.live(tx)
                await self.links.keep(found)
            except Exception as error:
                note_failure(log, "relayed.hosts_unknown", error)
            await asyncio.sleep(LOOK_SECONDS)

    async def close(self) -> None:
        """End all connections."""
        for task in list(self._tasks):
            await background.end(task)
        if self.links is not None:
            await self.links.close()
