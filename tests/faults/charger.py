"""A second process that charges until its input ends: `python -m tests.faults.charger URL`."""

import asyncio
import sys

from foundation.database import Database
from foundation.settings import Settings
from rooms.talk import meter

# Few at a time, so that it meets the other processes in the middle of their work.
AT_ONCE = 7


async def main(url: str) -> int:
    """Charge whatever is due, and say when the first minutes are; how many they were at the end."""
    meter.MOST_TALKS = AT_ONCE
    database, charged = Database(url, pool_size=3), 0
    ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))

    async def work() -> None:
        nonlocal charged
        while not ended.done():
            async with database.transaction() as tx:
                done = await meter.charge(tx, Settings())
            if done and not charged:
                print("charging", flush=True)
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
    print(asyncio.run(main(sys.argv[1])))
