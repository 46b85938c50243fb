"""A second process that charges: `python -m tests.faults.charger URL SECONDS`."""

import asyncio
import sys
import time

from foundation.database import Database
from foundation.settings import Settings
from rooms.talk import meter

# Few at a time, so that it meets the other processes in the middle of their work.
AT_ONCE = 7


async def main(url: str, seconds: float) -> int:
    """Charge whatever is due for so long; how many minutes that were."""
    meter.MOST_TALKS = AT_ONCE
    database, charged = Database(url, pool_size=3), 0
    print("ready", flush=True)
    end = time.monotonic() + seconds

    async def work() -> None:
        nonlocal charged
        while time.monotonic() < end:
            async with database.transaction() as tx:
                done = await meter.charge(tx, Settings())
            charged += len(done)
            if not done:
                async with database.transaction() as tx:
                    await meter.end_spent(tx, Settings())

    try:
        await asyncio.gather(*(work() for _ in range(3)))
    finally:
        await database.close()
    return charged


if __name__ == "__main__":
    print(asyncio.run(main(sys.argv[1], float(sys.argv[2]))))
