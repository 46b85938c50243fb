"""Log lines: structured events, for people at a console or as JSON."""

import io
import logging
import re
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any, Literal, TextIO

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from structlog.typing import EventDict, ExcInfo, FilteringBoundLogger, WrappedLogger

# Values under these keys never reach a log, whatever a caller passes.
SECRET_KEYS = frozenset({"authorization", "cookie", "csrf", "password", "secret", "token"})
# A token of `foundation.ids`, wherever it stands: in an address, in a library's own words.
TOKEN = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
# No bugs, and they come in thousands: a line each says it all.
PLAIN = (OperationalError, PoolTimeout, TimeoutError)
# What strangers can cause as often as they like must not fill a disk.
MOST_A_MINUTE = 100
MOST_KINDS = 500
MOST_TOLD = 20
OTHERS = "others"


def set_up_log(form: Literal["console", "json"], *, level: int = logging.INFO) -> None:
    """Send structlog's and the standard library's events to stderr in one form."""
    before: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        hide_secrets,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=_form(form))
    )
    handler.addFilter(Bound())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # One line a request would say nothing that the metrics don't, and would hold addresses.
    for noisy in ("aiohttp.access", "alembic.runtime", "engineio", "procrastinate", "socketio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _form(form: Literal["console", "json"]) -> list[structlog.typing.Processor]:
    # Traces without the frames' variables: those hold passwords and tokens, and a page of them
    # for each error would take longer to draw than the work that failed.
    drop_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if form == "json":
        traces = structlog.processors.ExceptionRenderer(
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        )
        as_json = structlog.processors.JSONRenderer(ensure_ascii=False)
        return [drop_meta, traces, hide_in_trace, as_json]
    return [
        drop_meta,
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_plain_trace),
    ]


class Bound:
    """A log's filter: so many lines a minute of each kind, and then how many were left out.

    A kind is an event's name, or what a library's line says before its values are put in.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._until = 0.0
        self._seen = Counter[str]()

    def __call__(self, record: logging.LogRecord) -> bool:
        """Say whether a line is written."""
        if self._now() >= self._until:
            self._begin_minute()
        kind = _kind(record)
        if kind not in self._seen and len(self._seen) >= MOST_KINDS:
            kind = OTHERS
        self._seen[kind] += 1
        return self._seen[kind] <= MOST_A_MINUTE

    def _begin_minute(self) -> None:
        seen, self._seen = self._seen, Counter()
        self._until = self._now() + 60
        for kind, lines in seen.most_common(MOST_TOLD):
            if lines > MOST_A_MINUTE:
                left_out = lines - MOST_A_MINUTE
                structlog.get_logger(__name__).warning("log.left_out", of=kind, lines=left_out)


def _kind(record: logging.LogRecord) -> str:
    said = record.msg
    return str(said.get("event") if isinstance(said, dict) else said)[:200]


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace the value of every key that names a secret, and every token in any other."""
    for key in event.keys() & SECRET_KEYS:
        event[key] = "***"
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = TOKEN.sub("***", value)
    return event


def hide_in_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace every token in a trace: an error's own words may quote one."""
    if "exception" in event:
        event["exception"] = _masked(event["exception"])
    return event


def _masked(said: Any) -> Any:
    """A trace as JSON has it, of lists, objects and texts."""
    if isinstance(said, str):
        return TOKEN.sub("***", said)
    if isinstance(said, list):
        return [_masked(part) for part in said]
    if isinstance(said, dict):
        return {key: _masked(value) for key, value in said.items()}
    return said


def _plain_trace(out: TextIO, exc_info: ExcInfo) -> None:
    drawn = io.StringIO()
    structlog.dev.plain_traceback(drawn, exc_info)
    out.write(TOKEN.sub("***", drawn.getvalue()))


def note_failure(log: FilteringBoundLogger, event: str, error: Exception, **said: object) -> None:
    """Log what went wrong where nothing else can be done.

    A bug with its trace, a database away or a time run out in one line. The trace has no variables,
    a statement no parameters, and tokens are masked in both.
    """
    if isinstance(error, PLAIN):
        log.warning(event, error=repr(error)[:300], **said)
    else:
        log.error(event, exc_info=error, **said)


def frames(error: Exception) -> str:
    """Return where an error came from, without its words: they may name what no log should."""
    return "".join(traceback.format_tb(error.__traceback__))
