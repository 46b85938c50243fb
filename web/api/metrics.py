"""The process's figures, in the text form of Prometheus."""

import asyncio

import structlog
from aiohttp.web import HTTPNotFound, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from foundation.database import Database
from foundation.log import note_failure
from rooms.talk import paths
from web.http.forwarded import is_near
from web.http.keys import DATABASE, SETTINGS

log = structlog.get_logger(__name__)

COUNT_SECONDS = 2
TALKS = Gauge("hitotoki_talks", "Live talks of the whole site.", ["state", "path"])


async def metrics(request: Request) -> Response:
    """Answer this machine and trusted networks; for anyone else there is no such page.

    A request that a proxy passed on comes from outside, wherever the proxy stands.
    """
    passed_on = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "Via"))
    if passed_on or not is_near(request.remote, request.app[SETTINGS].trusted_proxies):
        raise HTTPNotFound
    await _count_talks(request.app[DATABASE])
    return Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _count_talks(database: Database) -> None:
    """Bring the talks up to now; where the database is silent there are none to be told of."""
    TALKS.clear()
    try:
        async with asyncio.timeout(COUNT_SECONDS), database.transaction() as tx:
            found = await paths.census(tx)
    except Exception as error:
        note_failure(log, "metrics.talks_uncounted", error)
        return
    for (state, path), number in found.items():
        TALKS.labels(state, path).set(number)
