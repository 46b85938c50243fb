"""The trunk dies, without a word or with its connection: whoever is on the line is let go."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from telephone.port import Away, End, PhoneLeg
from tests.telephone.phone import Phone
from tests.telephone.sounds import share, tone

pytest.importorskip("baresip", reason="baresip has no wheel for this machine")

from telephone.trunk.line import TrunkLine
from tests.telephone.test_trunk import NUMBER, answered, lines, over, until
from tests.telephone.trunk_double import TrunkDouble

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(params=["udp", "tcp"])
async def trunk(request: pytest.FixtureRequest) -> AsyncIterator[TrunkDouble]:
    async with TrunkDouble(request.param) as trunk:
        yield trunk


@pytest.fixture
async def line(trunk: TrunkDouble) -> AsyncIterator[TrunkLine]:
    async with lines(trunk, listen="127.0.0.1:15079", ports=(21200, 21399)) as line:
        await until(lambda: line.away is None)
        yield line


def dies(trunk: TrunkDouble) -> None:
    """Take what comes and say nothing; a connection breaks."""
    trunk.silent = True
    trunk.break_off()


async def test_while_it_rings_the_ringing_has_an_end(line: TrunkLine, trunk: TrunkDouble) -> None:
    async with Phone(6601, answers_after=-1) as phone:
        leg = await line.dial(phone.number)
        await asyncio.wait_for(leg.rings.wait(), 20)
        dies(trunk)
        # No answer can come any more; giving up takes no longer than hanging up does.
        await asyncio.wait_for(leg.hang_up(End.NO_ANSWER), 15)
        assert leg.is_over.is_set()
        assert line.legs == []


async def test_while_they_talk_they_talk_on_and_who_leaves_is_missed(
    line: TrunkLine, trunk: TrunkDouble
) -> None:
    """Speech takes another way than the trunk's words; a hang-up that nobody hears is silence."""
    async with Phone(6602, tone(440)) as a, Phone(6603, tone(880)) as b:
        first, second = await asyncio.gather(answered(line, a), answered(line, b))
        first.join(second)
        second.join(first)
        await a.hears(15)
        dies(trunk)
        assert share(await a.hears(50), 880) > 0.7
        a.hang_up()
        assert await over(first) is End.SILENT
        await asyncio.wait_for(second.hang_up(), 15)
        assert line.legs == []


async def test_while_we_hang_up_it_is_over_all_the_same(
    line: TrunkLine, trunk: TrunkDouble
) -> None:
    async with Phone(6604, tone(440)) as phone:
        leg = await answered(line, phone)
        dies(trunk)
        await asyncio.wait_for(leg.hang_up(), 15)
        assert (leg.end, line.legs) == (End.WE_HUNG_UP, [])


async def test_back_again_it_is_used_again(line: TrunkLine, trunk: TrunkDouble) -> None:
    dies(trunk)
    assert await over(await line.dial("09000006699"), 30) is End.LINE_FAILED
    assert line.away is Away.SILENT
    trunk.silent = False
    line.health.call_went_through()
    async with Phone(6605) as phone:
        await until(lambda: line.away is None)
        await answered(line, phone)


async def test_who_rings_in_as_it_dies_keeps_no_line(line: TrunkLine, trunk: TrunkDouble) -> None:
    taken: list[PhoneLeg] = []
    line.on_incoming = taken.append
    async with Phone(6606) as phone:
        phone.call(NUMBER, ("127.0.0.1", trunk.phones_port))
        await until(lambda: taken)
        dies(trunk)
        phone.vanish()
        with pytest.raises(TimeoutError):
            await taken[0].answer()
        await asyncio.wait_for(taken[0].hang_up(), 15)
        assert line.legs == []
