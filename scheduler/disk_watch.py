"""A watch over the room on the database's disk: staff are told while there is some, and after."""

import asyncio

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import ProgrammingError

from foundation.database import Database, clock
from foundation.disk import MEGABYTE
from foundation.language import N_
from foundation.log import note_failure
from foundation.settings import Settings
from record import alarms
from signaling.push import Push

log = structlog.get_logger(__name__)

WATCH_SECONDS = 10.0
# Staff are told while there is still so many times the least that must be free.
EARLY = 4

LOW = N_("データベースのディスクの空きが、残り%(mb)s MBです。早めに空きを増やしてください。")
FULL = N_(
    "データベースのディスクがいっぱいになり、書き込みができなくなりました。"
    "空きができると、サイトは自動で元に戻ります。"
)

# A quarter of a megabyte that is nobody's: its pages are new ones, so that it needs room.
_PROBE = (
    "CREATE TEMPORARY TABLE disk_probe (text text) ON COMMIT DROP",
    "INSERT INTO disk_probe SELECT repeat(md5(n::text), 60) FROM generate_series(1, 128) n",
)


async def run(_: Settings, database: Database, __: Push) -> None:
    """Look every ten seconds until cancelled."""
    watch = Watch(database)
    while True:
        try:
            await watch.look()
        except Exception as error:
            note_failure(log, "disk_watch.failed", error)
        await asyncio.sleep(WATCH_SECONDS)


class Watch:
    """What this process still has to tell staff of the disk."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._to_tell: str | None = None

    async def look(self) -> None:
        """Find out how it stands, and tell staff once a day: now, or as soon as one can write."""
        disk = self._database.disk
        free = disk.free()
        if disk.refused or (free is not None and free < MEGABYTE):
            self._to_tell = FULL
        elif self._to_tell is None and disk.lack(EARLY):
            self._to_tell = LOW
        if disk.refused:
            await self._probe()
        if self._to_tell is not None:
            await self._tell(self._to_tell, (free or 0) // MEGABYTE)
            self._to_tell = None

    async def _probe(self) -> None:
        """Write something that needs room. Raises what the database says where there is none."""
        try:
            async with self._database.transaction() as tx:
                for statement in _PROBE:
                    await tx.execute(sa.text(statement))
        except ProgrammingError as error:
            # Without the right to temporary tables nothing can be proved: the next refusal will.
            note_failure(log, "disk_watch.no_probe", error)
        self._database.disk.note_room()

    async def _tell(self, text: str, mb: int) -> None:
        kind = "disk_full" if text == FULL else "disk_low"
        async with self._database.transaction() as tx:
            today = f"{await clock(tx):%Y-%m-%d}"
            await alarms.alarm(tx, kind, text, today, mb=mb)
