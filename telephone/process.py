"""The telephone as a process: its line, its gateway, what it tells of itself, and how it stops."""

import asyncio
from collections.abc import Iterator

import structlog
from aiohttp import web
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from foundation import background
from foundation.database import Database
from foundation.settings import Settings
from telephone.gateway import Gateway
from telephone.line_watch import LineWatch
from telephone.trunk.line import TrunkLine

log = structlog.get_logger(__name__)


class TelephoneProcess:
    """A gateway on its line."""

    def __init__(
        self, settings: Settings, database: Database, line: TrunkLine, gateway: Gateway
    ) -> None:
        self._settings = settings
        self._database = database
        self._line = line
        self._gateway = gateway

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop; then no call begins, and those that run may come to their end.

        After HITOTOKI_TELEPHONE_DRAIN_MINUTES they are hung up.
        """
        watch = LineWatch(self._database, self._line, self._settings.trunk_listen)
        works = [asyncio.create_task(work) for work in (watch.run(), self._refuse_once(stopping))]
        try:
            drain = self._settings.telephone_drain_minutes * 60
            await self._gateway.run(stopping, drain)
        finally:
            for work in works:
                await background.end(work)
            await self._line.close()

    async def _refuse_once(self, stopping: asyncio.Event) -> None:
        await stopping.wait()
        log.info("telephone.draining", legs=len(self._line.legs))
        self._line.stopping = True

    async def health(self, _: web.Request) -> web.Response:
        """Answer whether calls can be made, and how many telephones are on the line."""
        away = self._line.away
        state = {"ok": away is None, "away": away, "legs": len(self._line.legs)}
        return web.json_response(state, status=200 if away is None else 503)


class LineFigures(Collector):
    """The line's figures, read when they are asked for."""

    def __init__(self, line: TrunkLine) -> None:
        self._line = line

    def collect(self) -> Iterator[Metric]:
        line = self._line
        late, line.late_by = line.late_by, 0.0
        for name, words, value in (
            ("legs", "Telephones on the line.", len(line.legs)),
            ("away", "1 where no call can be made now.", int(line.away is not None)),
            ("late_seconds", "By how much speech was moved too late, at worst.", late),
        ):
            yield GaugeMetricFamily(f"hitotoki_telephone_{name}", words, value)
        for name, words, count in (
            ("strangers", "Calls from elsewhere than the trunk, turned away.", line.strangers),
            ("failed", "Calls that failed by the trunk.", line.failed),
        ):
            yield CounterMetricFamily(f"hitotoki_telephone_{name}", words, count)
