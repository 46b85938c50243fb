"""A worker in a process of its own that takes a mail and never comes to its end, to be killed."""

import asyncio
import sys

from foundation.database import Database
from foundation.settings import Settings
from notify.outbox import Mail
from scheduler.errands import Tools
from scheduler.tasks import clockwork, work


async def hang(mail: Mail) -> None:
    """Say which mail is in hand, and keep it."""
    print(mail.id, flush=True)
    await asyncio.sleep(3600)


async def main(url: str) -> None:
    """Work on a database until killed."""
    await work(clockwork(Tools(Settings(), Database(url, pool_size=1), hang), lines=()))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
