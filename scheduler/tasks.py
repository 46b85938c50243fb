"""Procrastinate's side of the clock: what runs the jobs and the timetable in each process."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeAlias

import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job

from foundation.database import Database, begin_session, clock, connection_options
from foundation.settings import Settings
from notify import jobs
from notify.jobs import LaterError
from notify.push_client import PushClient
from notify.senders import sender_for
from scheduler import errands, pushes, spoken_names
from scheduler.errands import Tools
from scheduler.schedule import SCHEDULE, Line
from signaling.push import Push

log = structlog.get_logger(__name__)

Task: TypeAlias = Callable[..., Awaitable[None]]

# What `notify.jobs.defer` may name.
TASKS: tuple[Task, ...] = (
    errands.send_mail,
    errands.tell_of_run,
    pushes.send_push,
    pushes.tell_online,
    pushes.tell_entered,
    spoken_names.speak_name,
)

CONCURRENCY = 4
# A job that waits for a mail server or a push service holds none of them.
CONNECTIONS = 2
POOL_SECONDS = 3
# Jobs still running then are cut off and run again elsewhere: a stop takes 10 s at most.
STOP_SECONDS = 1.0
RESTART_SECONDS = 3.0
# The timetable goes before what tells of a cast, of which hundreds may wait.
LINE_PRIORITY = 10
# A line of once a day is made up by a process that starts within a day of it.
MAKE_UP_SECONDS = 25 * 3600


@dataclass(frozen=True)
class Crew:
    """A worker of its own for jobs of one kind: however long they take, all others go on."""

    tasks: Sequence[Task]
    at_once: int
    lines: Sequence[Line] = ()


def crews(settings: Settings) -> tuple[Crew, ...]:
    """Return who works in each process: the house's own, and two who wait for other machines."""
    mail: Task = errands.send_mail
    push: Task = pushes.send_push
    return (
        Crew([task for task in TASKS if task not in (mail, push)], CONCURRENCY, SCHEDULE),
        Crew([mail], settings.mails_at_once),
        Crew([push], settings.pushes_at_once),
    )


async def run(settings: Settings, database: Database, _: Push) -> None:
    """Work until cancelled."""
    async with aclosing(PushClient(settings)) as client:
        tools = Tools(settings, database, sender_for(settings), client)
        # Not a TaskGroup: it hands on the first cancellation only, and one may get lost.
        await asyncio.gather(*(keep_working(tools, crew) for crew in crews(settings)))


async def keep_working(tools: Tools, crew: Crew) -> None:
    """Work until cancelled. A worker that loses its database ends, and another begins."""
    me = asyncio.current_task()
    assert me
    # A worker that fails while it stops tells of its failure, no more of its stop.
    while not me.cancelling():
        try:
            await work(clockwork(tools, crew.tasks, crew.lines), crew.at_once)
        except Exception:
            log.exception("jobs.worker_failed")
        if not me.cancelling():
            await asyncio.sleep(RESTART_SECONDS)


def clockwork(tools: Tools, tasks: Sequence[Task] = TASKS, lines: Sequence[Line] = SCHEDULE) -> App:
    """Return what runs these tasks and lines. It opens its own few connections when it works."""
    connector = PsycopgConnector(
        conninfo=tools.database.libpq_url,
        kwargs=connection_options("hitotoki jobs"),
        configure=begin_session,
        min_size=1,
        max_size=CONNECTIONS,
        timeout=POOL_SECONDS,
    )
    app = App(connector=connector, periodic_defaults={"max_delay": MAKE_UP_SECONDS})
    for task in tasks:
        name = task.__name__
        app.task(name=name, queue=name, retry=_Again(), pass_context=True)(_job(tools, task))
    for line in lines:
        _enter(app, tools, line)
    return app


async def work(app: App, at_once: int = CONCURRENCY, *, until_idle: bool = False) -> None:
    """Run so many jobs at once until cancelled, or until none is due."""
    try:
        await app.open_async()
        await app.run_worker_async(
            # Only its own: a newer version's jobs are left to a newer process.
            queues=sorted({task.queue for task in app.tasks.values()} - {"builtin"}),
            concurrency=at_once,
            wait=not until_idle,
            shutdown_graceful_timeout=jobs.LONGEST_RUN_SECONDS if until_idle else STOP_SECONDS,
            delete_jobs="successful",
            install_signal_handlers=False,
        )
    finally:
        await app.close_async()


def _job(tools: Tools, task: Task) -> Callable[..., Awaitable[None]]:
    async def run_job(context: JobContext, **arguments: Any) -> None:
        try:
            async with asyncio.timeout(jobs.LONGEST_RUN_SECONDS):
                await task(tools, **arguments)
        except LaterError:
            raise
        except Exception:
            tries = context.job.attempts + 1
            log.exception("jobs.failed", task=task.__name__, job=context.job.id, tries=tries)
            if tries >= jobs.MOST_TRIES:
                raise
            async with tools.database.transaction() as tx:
                again = await clock(tx) + jobs.wait_after(tries)
            raise LaterError(again) from None

    return run_job


def _enter(app: App, tools: Tools, line: Line) -> None:
    """Enter a line of the timetable. However often its time comes, one run of it waits at most."""

    async def run_line(timestamp: int) -> None:
        # Where it fails its next time makes up for it.
        async with asyncio.timeout(jobs.LONGEST_RUN_SECONDS):
            await line.errand(tools)

    task = app.task(
        name=line.name,
        queue=line.name,
        priority=LINE_PRIORITY,
        lock=None if line.overlaps else line.name,
        queueing_lock=line.name,
        retry=_Again(),
    )(run_line)
    app.periodic(cron=line.cron)(task)


class _Again(BaseRetryStrategy):
    """Runs a job again when it asks for it, and when its process stops in the middle."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, LaterError):
            return RetryDecision(retry_at=exception.at)
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision()
        return None
