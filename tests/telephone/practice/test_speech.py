"""The practice line with real connections: tones go both ways; keys and ends are as told."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from telephone.port import End, PhoneLeg, PhoneLine
from telephone.practice.line import OwnNumber, PracticeLine
from telephone.practice.mouth import PracticeMouth
from telephone.practice.page import PracticeDoor
from telephone.practice.speech import WebRtcSpeech
from tests.telephone.practice.browser_double import HERE, BrowserPhone, ToldPage
from tests.telephone.sounds import pcm, pcm_share

pytestmark = pytest.mark.timeout(120)

CALLER, CAST, SITE = "+819012340001", "+819012340002", "05012340000"


@pytest.fixture
async def line() -> AsyncIterator[PracticeLine]:
    line = PracticeLine([OwnNumber("caller", CALLER), OwnNumber("cast", CAST)], [SITE], silence=2)
    yield line
    await line.close()


@pytest.fixture
async def page(line: PracticeLine) -> AsyncIterator[ToldPage]:
    told, door = ToldPage(), PracticeDoor(line)
    told.page = await door.open(told.tell, HERE, take=False)
    yield told
    await door.close()


async def until_over(leg: PhoneLeg) -> None:
    await asyncio.wait_for(leg.is_over.wait(), 20)


async def test_two_are_rung_and_hear_each_other(line: PracticeLine, page: ToldPage) -> None:
    taken: PhoneLine = line
    a, b = BrowserPhone(page, "caller", pcm(440, 60)), BrowserPhone(page, "cast", pcm(880, 60))
    async with await taken.dial(CALLER) as caller, await taken.dial(CAST) as cast:
        assert (await page.sees("caller", "ringing"))["number"] == SITE
        assert caller.rings.is_set()
        assert not caller.is_answered.is_set()
        for phone, leg in ((a, caller), (b, cast)):
            await phone.picks_up()
            await asyncio.wait_for(leg.is_answered.wait(), 20)
        assert await caller.say(pcm(1200, 0.4))
        caller.join(cast)
        cast.join(caller)
        heard = caller.heard_ms
        async with asyncio.timeout(30):
            while caller.heard_ms - heard < 2000 or cast.sent_ms < 2000 or caller.sent_ms < 2000:
                await asyncio.sleep(0.05)
        assert pcm_share(bytes(a.heard[-24000:]), 880) > 0.7
        assert pcm_share(bytes(b.heard[-24000:]), 440) > 0.7
        parts = [bytes(a.heard[at : at + 4000]) for at in range(0, len(a.heard) - 4000, 800)]
        assert max(pcm_share(part, 1200) for part in parts) > 0.7
        await page.does("cast", "hang_up")
        await until_over(cast)
        assert cast.end is End.THEY_HUNG_UP
    assert caller.end is End.WE_HUNG_UP
    assert page.state("caller")["end"] == "we_hung_up"
    assert not line.legs
    for phone in (a, b):
        await phone.close()


async def test_one_rings_the_site_and_presses_keys(line: PracticeLine, page: ToldPage) -> None:
    came: asyncio.Queue[PhoneLeg] = asyncio.Queue()
    line.on_incoming = came.put_nowait
    phone = BrowserPhone(page, "caller", pcm(440, 60))
    await phone.dials(SITE)
    leg = await came.get()
    assert (leg.number, leg.called) == (CALLER[1:], SITE)
    await leg.answer()
    assert page.state("caller")["state"] == "talking"
    saying = asyncio.create_task(leg.say(pcm(1200, 60), until_digit=True))
    await page.does("caller", "key", "7")
    assert not await asyncio.wait_for(saying, 20)
    assert leg.digits.get_nowait() == "7"
    await phone.close()
    # A page that falls silent without a word is a dead telephone.
    await until_over(leg)
    assert leg.end is End.SILENT
    await leg.hang_up()


async def test_the_machines_own_loopback_is_among_the_addresses() -> None:
    speech = WebRtcSpeech(PracticeMouth(), lambda _: None, lambda: None, address=HERE)
    page = ToldPage()
    offer = await BrowserPhone(page, "caller", b"").offers()
    answer = await speech.answer(offer)
    assert f" {HERE} " in answer
    assert "PCMU/8000" in answer
    assert "opus" not in answer.lower()
    await speech.close()
