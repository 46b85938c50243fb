"""A push is a courtesy: it may fail or hang without harm to what was committed before it."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec

import structlog

from foundation.log import note_failure

log = structlog.get_logger(__name__)

# A push that takes longer is given up: the next ack puts its browser right.
PUSH_SECONDS = 3

P = ParamSpec("P")
Pushing = Coroutine[Any, Any, None]


def courtesy(push: Callable[P, Pushing]) -> Callable[P, Pushing]:
    """Let a push fail or hang without harm to what was committed before it."""

    @wraps(push)
    async def at_most(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            async with asyncio.timeout(PUSH_SECONDS):
                await push(*args, **kwargs)
        except Exception as error:
            note_failure(log, "push.failed", error, push=push.__name__)

    return at_most
