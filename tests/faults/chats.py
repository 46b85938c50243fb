"""Consultations of every outcome, beside the books that are to be broken on purpose."""

import asyncio

from foundation.database import Database
from foundation.settings import Settings
from tests.writing.chat.chatted import Chatted


def make_chats(url: str, owner_url: str) -> None:
    """Add a consultation with paid and returned days, one that nobody took, one that runs and one
    that waits.
    """
    asyncio.run(_make(url, owner_url))


async def _make(url: str, owner_url: str) -> None:
    database, owner = Database(url, pool_size=2), Database(owner_url, pool_size=1)
    try:
        chatted = await Chatted.open(database, owner, Settings(), price=700)
        await chatted.begin()
        await chatted.say(chatted.member)
        await chatted.end(chatted.caller)
        await chatted.write()
        await chatted.pass_days(4)
        await chatted.tick()
        await chatted.begin()
        await chatted.say(chatted.member)
        await chatted.pass_days(1)
        await chatted.tick()
        await chatted.write()
    finally:
        await database.close()
        await owner.close()
