"""The line of tests behaves as the port says, so that flows tried on it hold on the real one."""

import asyncio

import pytest

from telephone.port import Away, End, LineAwayError, NotDialledError, PhoneLeg, PhoneLine
from tests.telephone.fake_line import FakeLine, FakePhone

SECOND = bytes(16000)


async def test_rung_answered_asked_joined_and_hung_up() -> None:
    fake = FakeLine()
    fake.phones["0900"] = FakePhone(keys=("47", "1"))
    line: PhoneLine = fake
    async with await line.dial("0900") as a, await line.dial("0901") as b:
        await asyncio.wait_for(asyncio.gather(a.is_answered.wait(), b.is_answered.wait()), 5)
        assert not await a.say(SECOND, SECOND, until_digit=True)
        assert (a.digits.get_nowait(), a.digits.get_nowait()) == ("4", "7")
        a.join(b)
        fake.leg("0900").speaks(100)
        assert (a.heard_ms, b.sent_ms, len(fake.leg("0901").got)) == (100, 100, 1600)
        fake.leg("0901").hangs_up()
        assert b.end is End.THEY_HUNG_UP
        assert not await b.say(SECOND)
    assert a.end is End.WE_HUNG_UP
    assert not fake.legs


async def test_who_is_busy_never_answers_or_calls_us() -> None:
    line = FakeLine()
    line.phones["0900"] = FakePhone(refuses=End.BUSY)
    busy = await line.dial("0900")
    await asyncio.wait_for(busy.is_over.wait(), 5)
    assert busy.end is End.BUSY
    assert line.comes_in("", "0312340001").end is End.DECLINED
    taken: list[PhoneLeg] = []
    line.on_incoming = taken.append
    assert [line.comes_in("09012345678", "0312340001")] == taken
    line.away = Away.FULL
    with pytest.raises(LineAwayError):
        await line.dial("0900")
    with pytest.raises(NotDialledError):
        await line.dial("0900@elsewhere")
    await line.close()


async def test_speech_that_is_cut_says_so() -> None:
    line = FakeLine(pace=1)
    line.on_incoming = lambda _: None
    leg = line.comes_in("0900", "0312340001")
    saying = asyncio.create_task(leg.say(SECOND * 60))
    await leg.asked.wait()
    leg.stop_speech()
    assert not await asyncio.wait_for(saying, 5)
    assert [one.whole for one in leg.spoken] == [False]
    await line.close()
