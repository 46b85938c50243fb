"""Keeping rooms findable by what they say now, a moment after they have changed."""

import asyncio

import structlog

from foundation.database import Database
from foundation.log import note_failure
from foundation.settings import Settings
from rooms.finding import index
from signaling.push import Push

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
# How often it is asked which rooms were last made findable long ago, and how many at once.
OLD_EVERY, MOST_OLD = 60, 1000


async def run(settings: Settings, database: Database, _: Push) -> None:
    """Look every second until cancelled; a look that fails is logged, and the next one tries."""
    looks = 0
    while True:
        try:
            await look(settings, database, old=looks % OLD_EVERY == 0)
        except Exception as error:
            note_failure(log, "room_search.failed", error)
        looks += 1
        await asyncio.sleep(LOOK_SECONDS)


async def look(settings: Settings, database: Database, *, old: bool = True) -> None:
    """Bring up to date all rooms that have changed; `old` ones as well."""
    if old:
        async with database.transaction() as tx:
            await index.mark_old(tx, MOST_OLD)
    while True:
        async with database.transaction() as tx:
            if not await index.refresh(tx, settings):
                return
