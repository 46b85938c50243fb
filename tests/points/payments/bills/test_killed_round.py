"""The clock's process is killed after Stripe has done its part, and before it heard of it."""

import asyncio
import signal
import sys
from pathlib import Path

from points.payments.bills import by_itself
from tests.points.payments.bills.counter import Counter

ROOT = Path(__file__).parents[4]


async def go_round(counter: Counter, url: str, *, killed: bool) -> int | None:
    fake = counter.shop.fake
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.points.payments.bills.round", url, fake.base), cwd=ROOT
    )
    if killed:
        fake.kill_pid, fake.faults = process.pid, ["kill"]
    async with asyncio.timeout(60):
        return await process.wait()


async def test_a_card_is_charged_once_whoever_dies(counter: Counter, database_url: str) -> None:
    await counter.save_card()
    async with counter.shop.database.transaction() as tx:
        await by_itself.choose(tx, counter.shop.buyer, wanted=True)
    await counter.owe(300)
    assert await go_round(counter, database_url, killed=True) == -signal.SIGKILL
    (name,) = counter.shop.fake.intents
    assert await counter.states() == [("open", 300)]
    assert await go_round(counter, database_url, killed=False) == 0
    assert list(counter.shop.fake.intents) == [name]
    await counter.shop.tell(counter.shop.fake.paid(name))
    assert await counter.states() == [("paid", 0)]
    assert await counter.told() == ["お支払いを確認しました（300円）"]
    await counter.shop.must_balance()


async def test_what_arrived_is_taken_over_once_whoever_dies(
    counter: Counter, database_url: str
) -> None:
    await counter.owe(300)
    await counter.shop.tell(counter.shop.fake.send(await counter.customer(), 300))
    assert await go_round(counter, database_url, killed=True) == -signal.SIGKILL
    (name,) = counter.shop.fake.intents
    assert await go_round(counter, database_url, killed=False) == 0
    assert list(counter.shop.fake.intents) == [name]
    assert await counter.states() == [("paid", 0)]
