"""Two computers, a network between them that fails, and a talk that goes on afterwards."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from foundation.database import Database
from tests.browser import apart
from tests.browser.apart import Apart
from tests.browser.conftest import StartSite, in_one_loop, other_talk
from tests.browser.lab import Lab, NoLabError, lab
from tests.browser.test_talk import books_hold

pytestmark = [pytest.mark.browser, other_talk, pytest.mark.timeout(400)]

# How soon is for benchmarks.outage to say; here a machine may be as slow as it likes.
BACK_SECONDS = 60

Meet = Callable[[], Awaitable[Apart]]


@in_one_loop()
async def meet(start_site: StartSite, database: Database) -> AsyncIterator[Meet]:
    """Lets two people on two computers meet in a talk."""
    async with AsyncExitStack() as opened:

        async def begin() -> Apart:
            return await apart.meet(opened, start_site, database, HITOTOKI_RETURN_SECONDS="90")

        yield begin


async def is_back(both: Apart, since: float) -> None:
    took = await both.goes_on(since, BACK_SECONDS)
    assert None not in took.values(), took


async def accounts_agree(both: Apart, database: Database) -> None:
    """Both see the same account, and nothing was charged that was not proved."""
    await both.caller.hang_up()
    await both.caller.see_account()
    await both.cast.see_account()
    paid, earned = await both.caller.account(), await both.cast.account()
    for figure in ("free_ms", "paid_ms", "interrupted_ms", "charged_minutes", "end_reason"):
        assert paid[figure] == earned[figure], figure
    assert paid["end_reason"] == "caller_left"
    assert paid["interrupted_ms"] > 0
    assert earned["earned"] == paid["cost"] * 80 // 100
    await books_hold(database)
    assert both.caller.problems == both.cast.problems == []


@pytest.mark.parametrize("side", ["caller", "cast", "both"])
async def test_after_a_tunnel_the_talk_goes_on(meet: Meet, database: Database, side: str) -> None:
    both = await meet()
    hosts = both.hosts_of(side)
    for seconds in (5, 20):
        for host in hosts:
            host.enter_tunnel()
        await asyncio.sleep(seconds)
        for host in hosts:
            host.leave_tunnel()
        await is_back(both, time.time())
    await accounts_agree(both, database)


async def test_with_another_address_and_after_a_pulled_plug_too(
    meet: Meet, database: Database
) -> None:
    both = await meet()
    for side in ("caller", "cast"):
        [host] = both.hosts_of(side)
        moved = time.time()
        host.move()
        # What was still on its way is no sign that the talk goes on.
        await is_back(both, moved + 1.5)
        host.unplug()
        await asyncio.sleep(4)
        host.plug()
        await is_back(both, time.time())
    await accounts_agree(both, database)


async def test_the_page_says_the_truth_in_the_tunnel(meet: Meet) -> None:
    both = await meet()
    [host] = both.hosts_of("caller")
    began = await both.caller.value("meter-time")
    host.enter_tunnel()
    veil = "talk-stage [data-part=veil]:visible"
    await both.caller.page.locator(veil).wait_for()
    await both.cast.page.locator(veil).wait_for()
    await both.cast.see("interrupted")
    stands = await both.cast.value("meter-time")
    await asyncio.sleep(2)
    assert await both.cast.value("meter-time") == stands
    # Nothing came of the caller since the tunnel began, so nothing is counted of it.
    assert stands - began < 15_000
    host.leave_tunnel()
    await is_back(both, time.time())


async def test_labs_of_parallel_runs_never_meet() -> None:
    try:
        with lab() as one, lab() as two:
            assert not {names(one)} & {names(two)}
            assert one.address != two.address
    except NoLabError as reason:
        pytest.skip(f"no network namespaces here: {reason}")


def names(place: Lab) -> tuple[str, ...]:
    return tuple(name for host in place.hosts for name in (host.space, host.port))
