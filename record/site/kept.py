"""The site's particulars as a process keeps them: every page needs them, and none asks for them."""

import asyncio
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from foundation.database import Database
from record.site import particulars
from record.site.particulars import Particulars

log = structlog.get_logger(__name__)

# A change reaches every process within so many seconds, at the price of one small question.
LOOK_SECONDS = 2.0


class KeptSite:
    """What this process knows of its site; `changed` is called when that has changed."""

    def __init__(self, database: Database, changed: Callable[[], None]) -> None:
        self.now = Particulars()
        self._database = database
        self._changed = changed

    async def look(self) -> None:
        """Learn what has changed, from whichever process."""
        async with self._database.transaction() as tx:
            if await particulars.version(tx) == self.now.version:
                return
            self.now = await particulars.read(tx)
        self._changed()

    async def look_safely(self) -> None:
        """Look; without a database what is known stays, at first the house's own."""
        try:
            await self.look()
        except (SQLAlchemyError, OSError, TimeoutError):
            log.warning("site.not_looked")

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look_safely()
