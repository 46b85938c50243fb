"""Whether this process can serve: asked by load balancers, every few seconds."""

import asyncio

import sqlalchemy as sa
import structlog
from aiohttp.web import Request, Response, json_response

from web.http.keys import DATABASE

log = structlog.get_logger(__name__)

ANSWER_SECONDS = 2


async def healthz(request: Request) -> Response:
    """Answer 200 when the database answers within two seconds, else 503."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS), request.app[DATABASE].transaction() as tx:
            await tx.scalar(sa.text("SELECT 1"))
    except Exception as error:  # whatever it is, the answer is the same
        log.warning("health.database_silent", error=repr(error)[:200])
        return json_response({"ok": False, "database": False}, status=503)
    return json_response({"ok": True, "database": True})
