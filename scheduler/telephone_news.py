"""Telling browsers what changed by telephone: at once where it is heard, within a second anyway."""

import asyncio

import structlog

from foundation import background
from foundation.database import Database
from foundation.log import note_failure
from foundation.settings import Settings
from rooms.calling import news, views
from signaling.push import Push
from signaling.pushing.listening import listen

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0


async def run(settings: Settings, database: Database, push: Push) -> None:
    """Tell what is noted until cancelled; on a site without telephone there is nothing."""
    if not settings.telephone:
        return
    own, anything = database.apart(1, "telephone news"), asyncio.Event()
    hears = asyncio.create_task(listen(database, news.CHANNEL, anything.set))
    try:
        while True:
            anything.clear()
            try:
                await tell(own, push)
            except Exception as error:
                note_failure(log, "telephone_news.failed", error)
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await anything.wait()
            except TimeoutError:
                continue
    finally:
        await background.end(hears)
        await own.close()


async def tell(database: Database, push: Push) -> None:
    """Take what is noted, and tell it once that is committed."""
    async with database.transaction() as tx:
        found = await news.take(tx)
        people = found.people | await views.people_of(tx, found.calls)
    await push.room_states(sorted(found.rooms))
    await push.talks(found.talks)
    await push.rings(people)
