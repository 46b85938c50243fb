"""What holds the telephone line: composed here, in the one module that needs the SIP stack."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import typer
import uvloop
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from cli.gateway import gateway
from cli.serve import Databases, databases, listen, prepare
from foundation.database import Database
from foundation.settings import Settings
from points.payments.opening import open_teller
from telephone.port import BYTES_PER_MS, LineAwayError, NotDialledError
from telephone.process import LineFigures, TelephoneProcess
from telephone.speech import ringing_tone
from telephone.supervisor import Supervisor, stop_with_parent
from telephone.till import SiteTill
from telephone.trunk.dialogs import Dialogs
from telephone.trunk.line import TrunkLine
from telephone.trunk.orphans import hang_up_all
from telephone.trunk.terms import TrunkTerms
from web.http.forwarded import is_near

# The SIP stack's thread has ended: only a fresh process can go on.
STACK_DIED = 70
LOOK_SECONDS, REGISTER_LOOKS = 0.1, 150
RING_SECONDS = 60.0
LISTEN_SECONDS = 20.0


def calls_file(settings: Settings) -> Path:
    """Return where a gateway notes its open calls: one for each port, so for each gateway."""
    port = settings.trunk_listen.rpartition(":")[2]
    return settings.data / f"telephone-{port}.calls"


def supervise(settings: Settings) -> int:
    """Run gateways until told to stop; return the code to exit with."""
    terms, file = TrunkTerms.of(settings), calls_file(settings)
    command = [sys.executable, "-m", "cli", "telephone-gateway", "--data", str(settings.data)]
    return Supervisor(command, lambda: hang_up_all(file, terms), file).run()


def serve(settings: Settings) -> None:
    """Run one gateway until told to stop."""
    stop_with_parent(os.getppid())
    given: dict[str, Any] = {
        "host": settings.telephone_listen_host,
        "port": settings.telephone_listen_port,
    }
    taken = listen(settings.model_copy(update=given))
    with contextlib.closing(taken), databases(settings) as found:
        prepare(settings, found)
        uvloop.run(_serve(settings, found, taken))


async def _serve(settings: Settings, found: Databases, taken: socket.socket) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    database = Database(found.url, pool_size=4)
    with Dialogs(calls_file(settings)) as dialogs:
        line = TrunkLine(TrunkTerms.of(settings), dialogs.see, lambda: os._exit(STACK_DIED))
        carries = gateway(settings, database, line)
        process = TelephoneProcess(settings, database, line, carries)
        runner = web.AppRunner(_application(settings, process), access_log=None)
        REGISTRY.register(LineFigures(line))
        try:
            await line.open()
            await runner.setup()
            await web.SockSite(runner, taken).start()
            typer.echo(f"the telephone answers at {settings.trunk_listen}")
            async with open_teller(settings, database) as provider:
                carries.calls.till = SiteTill(database, provider) if provider else None
                await process.run(stopping)
        finally:
            await runner.cleanup()
            await database.close()


def _application(settings: Settings, process: TelephoneProcess) -> web.Application:
    async def metrics(request: web.Request) -> web.Response:
        if not is_near(request.remote, settings.trusted_proxies):
            raise web.HTTPNotFound
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    application = web.Application()
    application.router.add_get("/healthz", process.health)
    application.router.add_get("/metrics", metrics)
    return application


def check(settings: Settings, number: str) -> int:
    """Make one call and tell of it; return 0 where it was answered and heard."""
    try:
        with Dialogs(calls_file(settings)):
            return uvloop.run(_check(TrunkTerms.of(settings), number))
    except BlockingIOError:
        typer.echo("The telephone is running: stop it first, both need its port.", err=True)
        return 1


async def _check(terms: TrunkTerms, number: str) -> int:
    line = await TrunkLine(terms).open()
    try:
        return await _ring(line, number)
    except (LineAwayError, NotDialledError) as error:
        typer.echo(f"no call: {error}", err=True)
        return 1
    finally:
        await line.close()


async def _ring(line: TrunkLine, number: str) -> int:
    began = time.monotonic()

    def tell(what: str) -> None:
        typer.echo(f"{time.monotonic() - began:6.1f} s  {what}")

    for _ in range(REGISTER_LOOKS):
        if line.away is None:
            break
        await asyncio.sleep(LOOK_SECONDS)
    tell("the trunk knows us" if line.away is None else f"the trunk is away: {line.away}")
    async with await line.dial(number) as leg:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RING_SECONDS):
                await leg.first(leg.rings.wait())
                tell("it rings" if leg.rings.is_set() else "it doesn't ring")
                await leg.first(leg.is_answered.wait())
        if not leg.is_answered.is_set() or leg.is_over.is_set():
            tell(f"not answered: {leg.end or 'nobody took it up'}")
            return 1
        tell("answered: a ringing tone is heard there now; say something, and press a key")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LISTEN_SECONDS):
                tone = ringing_tone()
                while await leg.say(tone, until_digit=True):
                    pass
        heard = leg.heard_ms
        key = "none" if leg.digits.empty() else leg.digits.get_nowait()
        spoken = len(tone) // BYTES_PER_MS
        tell(f"heard from there: {heard} ms of sound; key: {key}; a tone takes {spoken} ms")
        return 0 if heard else 1
