"""The practice telephones without a network: who holds them, what a page says, how calls end."""

import asyncio
import json

import pytest

from telephone.port import Away, End, LineAwayError, NotDialledError, PhoneLeg
from telephone.practice.leg import PracticeLeg
from telephone.practice.line import OwnNumber, PracticeLine
from telephone.practice.page import NotUnderstoodError, PracticeDoor, PracticePage
from tests.telephone.practice.browser_double import SilentSpeech, ToldPage

CALLER, CAST, SITE = "+819012340001", "+819012340002", "05012340000"
SECOND = bytes(16_000)


@pytest.fixture
def line() -> PracticeLine:
    SilentSpeech.made.clear()
    return PracticeLine([OwnNumber("caller", CALLER), OwnNumber("cast", CAST)], [SITE], silence=0.3)


@pytest.fixture
def page(line: PracticeLine) -> ToldPage:
    told = ToldPage()
    told.page = PracticePage(line, told.tell, SilentSpeech)
    return told


async def is_picked_up(line: PracticeLine, page: ToldPage) -> tuple[PracticeLeg, SilentSpeech]:
    """The caller's telephone rings and is taken up."""
    leg = await line.dial(CALLER)
    await page.does("caller", "answer", offer="offer")
    speech = SilentSpeech.made[-1]
    speech.connected.set()
    await asyncio.wait_for(leg.is_answered.wait(), 5)
    return leg, speech


async def test_it_rings_only_where_a_page_shows_it(line: PracticeLine) -> None:
    leg = await line.dial(CALLER)
    assert not leg.rings.is_set()
    told = ToldPage()
    told.page = PracticePage(line, told.tell, SilentSpeech)
    assert leg.rings.is_set()
    assert told.state("caller") == {
        "phone": "caller", "state": "ringing", "number": SITE, "wanted": "", "end": "",
    }  # fmt: skip
    # A page that goes before anybody took it up leaves it ringing, for the next one.
    await told.page.close()
    assert told.gone
    assert not leg.is_over.is_set()
    await leg.hang_up(End.NO_ANSWER)
    assert not line.legs


async def test_one_call_at_a_time(line: PracticeLine, page: ToldPage) -> None:
    first, second = await line.dial(CALLER), await line.dial(CALLER)
    assert second.end is End.BUSY
    assert second.is_over.is_set()
    assert line.legs == [first]
    await page.does("caller", "dial", SITE, "offer")
    assert line.legs == [first]
    assert not SilentSpeech.made


async def test_any_other_number_rings_on_the_first(line: PracticeLine, page: ToldPage) -> None:
    leg = await line.dial("+818098765432")
    assert page.state("caller")["wanted"] == "818098765432"
    assert leg.number == "818098765432"
    await page.does("caller", "hang_up")
    assert leg.end is End.DECLINED
    assert page.state("caller")["wanted"] == ""


async def test_no_number_and_no_call_while_it_stops(line: PracticeLine) -> None:
    with pytest.raises(NotDialledError):
        await line.dial("0900@elsewhere")
    await line.close()
    assert line.away is Away.STOPPING
    with pytest.raises(LineAwayError):
        await line.dial(CALLER)


async def test_it_speaks_is_cut_and_is_joined(line: PracticeLine, page: ToldPage) -> None:
    leg, speech = await is_picked_up(line, page)
    saying = asyncio.create_task(leg.say(SECOND, SECOND, until_digit=True))
    await asyncio.sleep(0)
    await page.does("caller", "key", "4")
    assert not await asyncio.wait_for(saying, 5)
    assert leg.digits.get_nowait() == "4"
    saying = asyncio.create_task(leg.say(SECOND))
    await asyncio.sleep(0)
    leg.stop_speech()
    assert not await asyncio.wait_for(saying, 5)
    assert speech.mouth.frame() == bytes(320)
    saying = asyncio.create_task(leg.say(b"\1\1" * 200))
    await asyncio.sleep(0)
    leg.pass_on(b"\2\2" * 160)
    # A prompt goes before the other's voice, to its end, in whole frames.
    assert speech.mouth.frame() == b"\1\1" * 160
    assert speech.mouth.frame() == b"\1\1" * 40 + bytes(240)
    assert await asyncio.wait_for(saying, 5)
    # A little is kept ahead, so that what comes in bursts is heard whole.
    leg.pass_on(b"\2\2" * 320)
    assert speech.mouth.frame() == bytes(320)
    leg.pass_on(b"\2\2" * 160)
    assert [speech.mouth.frame() for _ in range(4)] == [b"\2\2" * 160] * 3 + [bytes(320)]
    leg.pass_on(b"\2\2" * 160 * 20)
    assert [speech.mouth.frame() for _ in range(9)] == [b"\2\2" * 160] * 8 + [bytes(320)]
    assert leg.sent_ms == 460

    other = await line.dial(CAST)
    leg.join(other)
    speech.hear(bytes(320))
    assert leg.heard_ms == 20
    # Nobody hears who hasn't answered.
    assert other.sent_ms == 0
    await leg.hang_up()
    assert speech.closed


async def test_what_nobody_speaks_any_more_is_silent(line: PracticeLine, page: ToldPage) -> None:
    leg, _ = await is_picked_up(line, page)
    await asyncio.wait_for(leg.is_over.wait(), 5)
    assert (leg.end, page.state("caller")["end"]) == (End.SILENT, "silent")
    lost, speech = await is_picked_up(line, page)
    speech.lost()
    assert lost.end is End.SILENT


async def test_a_page_that_goes_takes_what_is_spoken_with_it(
    line: PracticeLine, page: ToldPage
) -> None:
    leg, speech = await is_picked_up(line, page)
    assert page.page is not None
    await page.page.close()
    assert (leg.end, speech.closed) == (End.SILENT, True)
    # The next one is not told of it.
    told = ToldPage()
    told.page = PracticePage(line, told.tell, SilentSpeech)
    assert told.state("caller")["end"] == ""


async def test_one_page_has_them_until_another_takes_them(line: PracticeLine) -> None:
    door, first, second = PracticeDoor(line), ToldPage(), ToldPage()
    held = await door.open(first.tell, "127.0.0.1", take=False)
    assert held is not None
    assert await door.open(second.tell, "127.0.0.1", take=False) is None
    taken = await door.open(second.tell, "127.0.0.1", take=True)
    assert taken is not None
    assert (first.gone, second.gone) == (True, False)
    # The one that had them goes later, and takes nothing from the one that has them.
    await held.close()
    assert (await line.dial(CALLER)).rings.is_set()
    await taken.close()
    assert await door.open(first.tell, "127.0.0.1", take=False) is not None


async def test_it_rings_the_sites_numbers_alone(line: PracticeLine, page: ToldPage) -> None:
    await page.does("caller", "dial", SITE, "offer")
    assert page.state("caller")["end"] == "unreachable"
    came: list[PhoneLeg] = []
    line.on_incoming = came.append
    await page.does("caller", "dial", CAST, "offer")
    assert (came, page.state("caller")["end"]) == ([], "unreachable")
    await page.does("caller", "dial", SITE, "offer")
    assert page.answer("caller") == "answer to offer"
    assert page.state("caller")["state"] == "calling"
    assert [(leg.number, leg.called) for leg in came] == [(CALLER[1:], SITE)]
    answering = asyncio.create_task(came[0].answer())
    SilentSpeech.made[-1].connected.set()
    await asyncio.wait_for(answering, 5)
    assert page.state("caller")["state"] == "talking"
    await page.does("caller", "hang_up")
    assert came[0].end is End.THEY_HUNG_UP


async def test_an_offer_of_which_nothing_comes_ends_the_call(
    line: PracticeLine, page: ToldPage
) -> None:
    leg = await line.dial(CALLER)
    await page.does("caller", "answer", offer="")
    assert leg.end is End.LINE_FAILED
    assert page.state("caller")["end"] == "line_failed"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "7", '{"phone": "third", "do": "key"}', '{"phone": "caller", "do": "close"}',
     json.dumps({"phone": "caller", "do": "answer", "offer": "x" * 20_000})],
)  # fmt: skip
async def test_what_is_no_message_is_refused(page: ToldPage, text: str) -> None:
    assert page.page is not None
    with pytest.raises(NotUnderstoodError):
        await page.page.hear(text)


async def test_keys_that_are_none_and_keys_without_a_call_do_nothing(
    line: PracticeLine, page: ToldPage
) -> None:
    await page.does("caller", "key", "1")
    leg, _ = await is_picked_up(line, page)
    for key in ("", "12", "a", "\N{FULLWIDTH DIGIT ONE}"):
        await page.does("caller", "key", key)
    assert leg.digits.empty()
    for _ in range(50):
        await page.does("caller", "key", "1")
    assert leg.digits.qsize() == 32
