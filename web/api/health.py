"""Whether this process can serve: asked by load balancers, every few seconds."""

import asyncio

import sqlalchemy as sa
import structlog
from aiohttp.web import Request, Response, json_response

from foundation.database import Database
from record.tables import clock_watch
from web.http.keys import DATABASE

log = structlog.get_logger(__name__)

ANSWER_SECONDS = 2
# The ticker writes every second. Nothing is written for a probe.
SILENT_SECONDS = 30

_BEAT = sa.select(
    clock_watch.c.ticked_at < sa.func.clock_timestamp() - sa.text(f"interval '{SILENT_SECONDS} s'")
)


async def healthz(request: Request) -> Response:
    """Answer 200 when the database answers within two seconds and can write, else 503 and why.

    `why` is `database_silent`, `writes_fail` (no ticker has written of late), `disk_full` or
    `disk_low`.
    """
    database = request.app[DATABASE]
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            why = await _why_not(database)
    except Exception as error:  # whatever it is, the answer is the same
        log.warning("health.database_silent", error=repr(error)[:200])
        said = {"ok": False, "database": False, "why": database.disk.lack() or "database_silent"}
        return json_response(said, status=503)
    if why is not None:
        log.warning("health.cannot_write", why=why)
        return json_response({"ok": False, "database": True, "why": why}, status=503)
    return json_response({"ok": True, "database": True})


async def _why_not(database: Database) -> str | None:
    async with database.transaction() as tx:
        silent = await tx.scalar(_BEAT)
    return database.disk.lack() or ("writes_fail" if silent else None)
