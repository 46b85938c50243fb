"""Saying in the log what failed where nothing else can be done: with its trace, if it is a bug."""

import traceback

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from structlog.typing import FilteringBoundLogger

# No bugs, and they come in thousands: a line each says it all.
PLAIN = (OperationalError, PoolTimeout, TimeoutError)


def note(log: FilteringBoundLogger, event: str, error: Exception, **said: object) -> None:
    """Log what went wrong: a bug with its trace, a database away or a time run out in one line.

    The trace has no variables, a statement no parameters, and tokens are masked in both.
    """
    if isinstance(error, PLAIN):
        log.warning(event, error=repr(error)[:300], **said)
    else:
        log.error(event, exc_info=error, **said)


def frames(error: Exception) -> str:
    """Return where an error came from, without its words: they may name what no log should."""
    return "".join(traceback.format_tb(error.__traceback__))
