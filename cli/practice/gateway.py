"""The gateway of the practice telephones, beside the demo site in its process."""

import asyncio
import logging
from functools import partial

from cli.gateway import gateway
from cli.practice.content import PracticeContent
from foundation.database import Database
from foundation.settings import Settings
from people.telephones import numbers
from points.payments.opening import open_teller
from rooms.calling.practice import Practice
from signaling.push import Push
from telephone.practice.line import OwnNumber, PracticeLine
from telephone.practice.page import PracticeDoor
from telephone.till import SiteTill
from web.app import Beside

# Calls that run are told to end before the line is closed under them.
LAST_WORDS_SECONDS = 0.5
CONNECTIONS = 3


def practice_of(content: PracticeContent) -> tuple[Practice, Beside]:
    """Return what the site's page needs of the telephones, and what is to run beside it."""
    own = [OwnNumber(one.name, numbers.e164_of(one.number)) for one in content.owners]
    line = PracticeLine(own, [plain(one) for one in content.numbers.values()])
    practice = Practice(PracticeDoor(line), content.owners, content.numbers)
    return practice, partial(_run, line)


def plain(number: str) -> str:
    """Return a number as it is dialled."""
    return number.replace("-", "")


async def _run(line: PracticeLine, settings: Settings, database: Database, _: Push) -> None:
    # It would write down everybody's address.
    logging.getLogger("aioice").setLevel(logging.WARNING)
    # Pages can't use up what calls write by.
    own = database.apart(CONNECTIONS, "telephone")
    stopping = asyncio.Event()
    carries = gateway(settings, own, line)
    async with open_teller(settings, own) as provider:
        carries.calls.till = SiteTill(own, provider) if provider else None
        task = asyncio.create_task(carries.run(stopping), name="gateway")
        try:
            await asyncio.shield(task)
        finally:
            stopping.set()
            await asyncio.wait({task}, timeout=LAST_WORDS_SECONDS)
            await line.close()
            await asyncio.wait({task})
    await own.close()
