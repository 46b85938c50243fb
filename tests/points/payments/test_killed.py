"""The process is killed between Stripe's answer and ours."""

import asyncio
import signal
import sys
from pathlib import Path

from points.payments import payers
from points.payments.payers import Card
from tests.points.payments.conftest import Shop

ROOT = Path(__file__).parents[3]


async def _press(shop: Shop, url: str, *, killed: bool) -> int | None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.points.payments.press", url, shop.fake.base),
        str(shop.buyer),
        cwd=ROOT,
    )
    if killed:
        shop.fake.kill_pid, shop.fake.faults = process.pid, ["kill"]
    async with asyncio.timeout(60):
        return await process.wait()


async def test_killed_after_stripe_charged_the_card_the_points_come_and_only_once(
    shop: Shop, database_url: str
) -> None:
    async with shop.database.transaction() as tx:
        await payers.note_customer(tx, shop.buyer, "stripe", "cus_x")
        await payers.note_card(tx, "cus_x", Card("pm_visa", "visa", "4242"))
    assert await _press(shop, database_url, killed=True) == -signal.SIGKILL
    (name,) = shop.fake.intents
    assert shop.fake.intents[name]["status"] == "succeeded"
    # Pressed again by the buyer, who saw no answer: the same payment, not a second one.
    assert await _press(shop, database_url, killed=False) == 0
    assert list(shop.fake.intents) == [name]
    await shop.tell(shop.fake.paid(name))
    assert await shop.points() == 1000
    await shop.must_balance()


async def test_killed_and_never_pressed_again_the_event_alone_finds_the_purchase(
    shop: Shop, database_url: str
) -> None:
    async with shop.database.transaction() as tx:
        await payers.note_customer(tx, shop.buyer, "stripe", "cus_x")
        await payers.note_card(tx, "cus_x", Card("pm_visa", "visa", "4242"))
    await _press(shop, database_url, killed=True)
    (name,) = shop.fake.intents
    number = int(shop.fake.intents[name]["metadata"]["purchase"].split(":")[0])
    assert (await shop.find(number)).intent is None
    assert (await shop.tell(shop.fake.paid(name))).outcome == "credited"
    assert (await shop.find(number)).intent == name
    assert await shop.points() == 1000
    await shop.must_balance()
