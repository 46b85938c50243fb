"""The process's figures, in the text form of Prometheus."""

import asyncio
import math
import time
from pathlib import Path

import structlog
from aiohttp.web import HTTPNotFound, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from foundation.database import Database, Tx
from foundation.log import note_failure
from notify import jobs, outbox
from points.payments import events
from readiness.ground import newest_backup
from record import alarm_list, clock_watch
from rooms.talk import paths
from web.http.forwarded import is_near
from web.http.keys import DATABASE, SETTINGS

log = structlog.get_logger(__name__)

COUNT_SECONDS = 2
TALKS = Gauge("hitotoki_talks", "Live talks of the whole site.", ["state", "path"])
TICKED = Gauge("hitotoki_ticked_seconds", "Since any process of the site ticked last.")
LATE = Gauge("hitotoki_jobs_late_seconds", "For how long the oldest job waits that could run.")
UNHANDLED = Gauge(
    "hitotoki_payments_unhandled_seconds", "For how long the oldest event of a payment waits."
)
# Up to 99, as on the pages of staff.
ALARMS = Gauge("hitotoki_alarms_unseen", "Alarms that no member of staff has looked at.")
DEAD_MAILS = Gauge("hitotoki_mails_given_up", "Mails that could not be sent within a day.")
BACKUP = Gauge("hitotoki_backup_age_seconds", "Since the newest backup was written.")


async def metrics(request: Request) -> Response:
    """Answer this machine and trusted networks; for anyone else there is no such page.

    A request that a proxy passed on comes from outside, wherever the proxy stands.
    """
    passed_on = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "Via"))
    if passed_on or not is_near(request.remote, request.app[SETTINGS].trusted_proxies):
        raise HTTPNotFound
    await _look(request.app[DATABASE])
    BACKUP.set(await asyncio.to_thread(_backup_age, request.app[SETTINGS].backup_folder))
    return Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _backup_age(folder: Path | None) -> float:
    """No figure where no folder is named; endless where there is no backup in it."""
    if folder is None:
        return math.nan
    newest = newest_backup(folder)
    return max(0.0, time.time() - newest) if newest is not None else math.inf


async def _look(database: Database) -> None:
    """Bring the site's figures up to now; of a silent database there is nothing to tell."""
    TALKS.clear()
    for figure in (TICKED, LATE, UNHANDLED, ALARMS, DEAD_MAILS):
        figure.set(math.nan)
    try:
        async with asyncio.timeout(COUNT_SECONDS), database.transaction() as tx:
            await _count(tx)
    except Exception as error:
        note_failure(log, "metrics.uncounted", error)


async def _count(tx: Tx) -> None:
    for (state, path), number in (await paths.census(tx)).items():
        TALKS.labels(state, path).set(number)
    TICKED.set(await clock_watch.ticked_seconds(tx))
    LATE.set(await jobs.late_seconds(tx))
    UNHANDLED.set(await events.waits_seconds(tx))
    ALARMS.set(await alarm_list.unseen(tx))
    DEAD_MAILS.set(await outbox.dead_count(tx))
