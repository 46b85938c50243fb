"""A media process: the relay, its door for web processes, and the signs of life it gives."""

import asyncio
import contextlib
import logging
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any

import structlog
import typer
import uvloop
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from cli.serve import Data, Databases, Host, Port, databases, listen, prepare
from cli.talk_tapes import TalkTapes
from foundation import background
from foundation.database import Database
from foundation.log import note_failure, set_up_log
from foundation.settings import Settings
from media import hosts
from media.control.link import PATH
from media.control.messages import HostState
from media.control.server import ControlServer
from media.relay.relay import Relay
from media.relay.terms import LegKey, MediaAddress, RelaySettings
from rooms.recording.folder import files_of
from rooms.talk import paths
from web.http.forwarded import is_near

log = structlog.get_logger(__name__)

# Addresses to listen on that lead nowhere.
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared only


class MediaProcess:
    """One media process among the site's: what it is called, and whether it is about to stop."""

    def __init__(self, settings: Settings, database: Database, relay: Relay, url: str) -> None:
        assert settings.media_secret is not None
        self._settings = settings
        self._database = database
        self._relay = relay
        self._url = url
        self._seen = 0.0
        self.host_id = 0
        self.draining = False
        self._gone = asyncio.Event()
        relay.on_down = lambda _: self._gone.set()
        files = files_of(settings) if settings.recording else None
        self.tapes = TalkTapes(database, relay, files, lambda: self.host_id) if files else None
        self.door = ControlServer(
            relay, settings.media_secret.get_secret_value(), self._state, self.tapes
        )

    def _state(self) -> HostState:
        legs = len(self._relay.legs())
        return HostState(host_id=self.host_id, legs=legs, draining=self.draining)

    @property
    def alive(self) -> bool:
        """Whether others can have heard of it."""
        return time.monotonic() - self._seen < hosts.LIVE_SECONDS

    async def appear(self) -> None:
        """Enter the list of media processes."""
        async with self._database.transaction() as tx:
            self.host_id = await hosts.appear(tx, self._url, self._settings.media_legs)
        self._seen = time.monotonic()

    async def live(self) -> None:
        """Give a sign of life every second, and let go of legs whose talk or pair is over."""
        while True:
            try:
                await self.beat()
            except Exception as error:
                note_failure(log, "media.beat_failed", error)
            await asyncio.sleep(hosts.BEAT_SECONDS)

    async def beat(self) -> None:
        """Give one sign of life."""
        # Looked at before the database is: a leg's talk was written before its offer came.
        legs = list(self._relay.legs())
        async with self._database.transaction() as tx:
            known = await hosts.beat(tx, self.host_id, len(legs), draining=self.draining)
            live = await paths.pairs_at(tx, self.host_id)
        if not known:
            await self.appear()
        self._seen = time.monotonic()
        await self._let_go(legs, live)

    async def _let_go(self, legs: list[LegKey], live: dict[int, int]) -> None:
        for talk_id in {leg.talk_id for leg in legs}:
            await self._relay.hang_up(talk_id, live.get(talk_id))

    async def drain(self) -> None:
        """Take no new talks, and wait for a while until those here have moved elsewhere."""
        self.draining = True
        with contextlib.suppress(Exception):
            await self.beat()
        self.door.tell(self._state())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.media_drain_seconds):
                while self._relay.legs():
                    self._gone.clear()
                    await self._gone.wait()

    async def vanish(self) -> None:
        """Leave the list, and close everything."""
        try:
            async with self._database.transaction() as tx:
                await hosts.vanish(tx, self.host_id)
        except Exception as error:
            note_failure(log, "media.not_taken_out", error)
        if self.tapes is not None:
            await self.tapes.close()
        await self.door.close()
        await self._relay.close()

    def application(self) -> web.Application:
        """Return what answers on the internal address."""
        application = web.Application()
        application.router.add_get(PATH, self.door.handle)
        application.router.add_get("/healthz", self._health)
        application.router.add_get("/metrics", self._metrics)
        return application

    async def _health(self, _: web.Request) -> web.Response:
        state = {"ok": self.alive, "legs": len(self._relay.legs()), "draining": self.draining}
        return web.json_response(state, status=200 if self.alive else 503)

    async def _metrics(self, request: web.Request) -> web.Response:
        if not is_near(request.remote, self._settings.trusted_proxies):
            raise web.HTTPNotFound
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


class RelayFigures(Collector):
    """The relay's figures, read when they are asked for."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def collect(self) -> Iterator[Metric]:
        totals = self._relay.totals()
        for name, words, value in (
            ("packets", "Packets that were passed on.", totals.packets),
            ("octets", "Bytes that were passed on.", totals.octets),
            ("dropped", "Packets that were not passed on.", totals.dropped),
            ("faults", "Packets over which the relay stumbled.", totals.faults),
        ):
            yield CounterMetricFamily(f"hitotoki_relay_{name}", words, value)
        legs = self._relay.legs()
        counts = [found for leg in legs if (found := self._relay.counts(leg)) is not None]
        yield GaugeMetricFamily("hitotoki_relay_legs", "Browsers connected.", len(legs))
        sent, lost = sum(one.packets for one in counts), sum(one.lost for one in counts)
        yield GaugeMetricFamily("hitotoki_relay_sent", "Packets to browsers connected.", sent)
        yield GaugeMetricFamily("hitotoki_relay_lost", "Those they say got lost.", lost)


def relay_settings(settings: Settings) -> RelaySettings:
    """Return the relay's bounds, as the site's settings have them."""
    addresses = tuple(MediaAddress.read(text) for text in settings.media_addresses)
    return RelaySettings(
        addresses=addresses, ports=settings.udp_ports, most_legs=settings.media_legs
    )


async def run_media(settings: Settings, found: Databases, taken: socket.socket, url: str) -> None:
    """Relay until SIGINT or SIGTERM; then let the talks move elsewhere first."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    database, relay = Database(found.url, pool_size=2), Relay(relay_settings(settings))
    process = MediaProcess(settings, database, relay, url)
    REGISTRY.register(RelayFigures(relay))
    runner = web.AppRunner(process.application(), access_log=None, shutdown_timeout=1.0)
    try:
        await runner.setup()
        await web.SockSite(runner, taken).start()
        await process.appear()
        loops = [process.live, process.door.run]
        if process.tapes is not None:
            loops.append(process.tapes.run)
        works = [asyncio.create_task(loop()) for loop in loops]
        typer.echo(f"media process {process.host_id} answers at {url}")
        await stopping.wait()
        log.info("media.draining", legs=len(relay.legs()))
        await process.drain()
        for work in works:
            await background.end(work)
        await process.vanish()
    finally:
        await runner.cleanup()
        await database.close()


def media(port: Port = None, data: Data = None, host: Host = None) -> None:
    """Carry talks of the site through this machine until it is told to stop."""
    given: dict[str, Any] = {"media_listen_port": port, "data": data, "media_listen_host": host}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    if settings.media_secret is None:
        raise typer.BadParameter("A media process needs HITOTOKI_MEDIA_SECRET (docs/settings.md).")
    if settings.media_url is None and settings.media_listen_host in EVERYWHERE:
        raise typer.BadParameter("HITOTOKI_MEDIA_URL must say where web processes reach it.")
    set_up_log(settings.log_format)
    # It would write down everybody's address.
    logging.getLogger("aioice").setLevel(logging.WARNING)
    address: dict[str, Any] = {
        "host": settings.media_listen_host,
        "port": settings.media_listen_port,
    }
    taken = listen(settings.model_copy(update=address))
    with contextlib.closing(taken), databases(settings) as found:
        prepare(settings, found)
        uvloop.run(run_media(settings, found, taken, settings.media_url or _url(taken)))


def _url(taken: socket.socket) -> str:
    host, port = taken.getsockname()[:2]
    return f"ws://[{host}]:{port}" if ":" in host else f"ws://{host}:{port}"
