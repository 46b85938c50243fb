"""Signs of life of casts on stand-by, gathered and written together."""

import asyncio
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import structlog
from psycopg.errors import LockNotAvailable
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from foundation.database import Database
from foundation.log import note_failure
from foundation.settings import Settings
from rooms.lobby import presence
from signaling.guard import TooBusyError

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class StandbyNow:
    """Whether a stand-by is open still, and the seconds until it closes for want of devices."""

    open: bool
    closes_in: int | None = None


@dataclass
class _Sign:
    works: bool
    answer: asyncio.Future[StandbyNow]


class Signs:
    """The signs of life that wait to be written."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._waiting: dict[int, list[_Sign]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, cast_id: int, works: bool) -> asyncio.Future[StandbyNow]:
        """Take a sign, and whether the devices of its page work; the answer comes once written."""
        answer: asyncio.Future[StandbyNow] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(cast_id, []).append(_Sign(works, answer))
        return answer

    async def write(self) -> None:
        """Write all that waits, and answer it; what can't be written is refused."""
        casts, self._waiting = self._waiting, {}
        if not casts:
            return
        # Of a cast's pages one with a microphone is enough.
        works = {cast_id: any(sign.works for sign in signs) for cast_id, signs in casts.items()}
        try:
            async with self._database.transaction() as tx:
                alive = set(await presence.touch(tx, sorted(casts)))
                lost = await presence.note_devices(tx, {one: works[one] for one in alive})
        except Exception as error:
            note_failure(log, "pulse.failed", error, casts=len(casts))
            refusal = TooBusyError() if is_database_away(error) else error
            for sign in _awaited(chain.from_iterable(casts.values())):
                sign.answer.set_exception(refusal)
            return
        for cast_id, signs in casts.items():
            kept = self._kept(cast_id in alive, lost.get(cast_id))
            for sign in _awaited(signs):
                sign.answer.set_result(kept)

    def _kept(self, is_open: bool, lost_seconds: float | None) -> StandbyNow:
        if not is_open or lost_seconds is None:
            return StandbyNow(is_open)
        left = self._settings.standby_devices_seconds - lost_seconds
        return StandbyNow(is_open, max(0, math.ceil(left)))


def _awaited(signs: Iterable[_Sign]) -> Iterator[_Sign]:
    return (sign for sign in signs if not sign.answer.done())


def is_database_away(error: Exception) -> bool:
    """Whether nothing can be written now, as against one bad beat or one talk that is held."""
    held = isinstance(getattr(error, "orig", None), LockNotAvailable)
    return isinstance(error, OperationalError | PoolTimeout) and not held
