"""The real line against telephones and a trunk in plain Python: ring, speak, press, hold, end."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from telephone.port import MOST_DIGITS, Away, End, LineAwayError, PhoneLeg
from tests.telephone.certificates import certify
from tests.telephone.phone import Message, Phone
from tests.telephone.sounds import pcm, share, tone

baresip = pytest.importorskip("baresip", reason="baresip has no wheel for this machine")

from telephone.trunk.leg import TrunkLeg  # noqa: E402
from telephone.trunk.line import TrunkLine  # noqa: E402
from telephone.trunk.terms import TrunkTerms  # noqa: E402
from tests.telephone.trunk_double import TrunkDouble  # noqa: E402

NUMBER = "0312345678"


def terms_for(trunk: TrunkDouble, **more: object) -> TrunkTerms:
    given: dict[str, object] = {
        "server": f"127.0.0.1:{trunk.port}", "user": NUMBER, "password": "geheim",
        "numbers": (NUMBER,), "register_seconds": 60, "listen": "127.0.0.1:15070",
        "address": "127.0.0.1", "ports": (21000, 21199), "transport": trunk.transport,
    }  # fmt: skip
    return TrunkTerms(**{**given, **more})  # type: ignore[arg-type]


async def until(true: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def lines(trunk: TrunkDouble, **more: object) -> AsyncIterator[TrunkLine]:
    line = await TrunkLine(terms_for(trunk, **more)).open()
    try:
        yield line
    finally:
        await line.close()


@pytest.fixture
async def trunk() -> AsyncIterator[TrunkDouble]:
    async with TrunkDouble() as trunk:
        yield trunk


@pytest.fixture
async def line(trunk: TrunkDouble) -> AsyncIterator[TrunkLine]:
    async with lines(trunk) as line:
        await until(lambda: line.away is None)
        yield line


async def answered(line: TrunkLine, phone: Phone) -> TrunkLeg:
    leg = await line.dial(phone.number)
    await asyncio.wait_for(leg.is_answered.wait(), 20)
    return leg


async def over(leg: TrunkLeg, seconds: float = 20) -> End | None:
    await asyncio.wait_for(leg.is_over.wait(), seconds)
    return leg.end


async def test_two_telephones_are_rung_joined_hear_each_other_and_hang_up(
    line: TrunkLine, caplog: pytest.LogCaptureFixture
) -> None:
    async with Phone(6101, tone(440)) as a, Phone(6102, tone(880)) as b:
        first, second = await asyncio.gather(answered(line, a), answered(line, b))
        assert await first.say(pcm(1000, 0.4))
        assert share(bytes(a.heard), 1000) > 0.7
        first.join(second)
        second.join(first)
        await asyncio.gather(a.hears(15), b.hears(15))
        heard = await asyncio.gather(a.hears(50), b.hears(50))
        assert share(heard[0], 880) > 0.7
        assert share(heard[1], 440) > 0.7
        assert min(first.heard_ms, second.heard_ms, first.sent_ms, second.sent_ms) > 900
        hung_up = asyncio.get_running_loop().time()
        b.hang_up()
        assert await over(second) is End.THEY_HUNG_UP
        assert second.moments.ended is not None
        assert second.moments.ended - hung_up < 2
        await first.hang_up()
        await a.until("BYE")
        assert (first.end, line.legs) == (End.WE_HUNG_UP, [])
        said = [one.getMessage() for one in caplog.records if one.name != "baresip.native.sip"]
        assert not any(number in str(said) for number in (a.number, b.number))


async def test_both_hang_up_at_once_and_a_bye_that_is_doubled_or_never_answered(
    line: TrunkLine,
) -> None:
    async with Phone(6103) as a, Phone(6104, deaf_to={"BYE"}) as b, Phone(6105) as c:
        leg = await answered(line, a)
        a.hang_up()
        a.request("BYE")
        await leg.hang_up()
        assert leg.end in (End.WE_HUNG_UP, End.THEY_HUNG_UP)
        second, third = await asyncio.gather(answered(line, b), answered(line, c))
        await asyncio.wait_for(second.hang_up(), 10)
        assert second.end is End.WE_HUNG_UP
        c.hang_up()
        assert await over(third) is End.THEY_HUNG_UP
        c.request("BYE")
        await asyncio.wait_for(third.hang_up(), 5)
        assert line.legs == []


@pytest.mark.parametrize(
    ("code", "end"),
    [
        (486, End.BUSY),
        (603, End.DECLINED),
        (404, End.UNREACHABLE),
        (480, End.NO_ANSWER),
        (403, End.LINE_FAILED),
    ],
)
async def test_who_is_not_reached_is_told_by_why(line: TrunkLine, code: int, end: End) -> None:
    async with Phone(6106, code=code) as phone:
        assert await over(await line.dial(phone.number)) is end
        assert line.away is None


async def test_who_rings_for_ever_is_cancelled_and_a_200_that_crosses_it_is_hung_up(
    line: TrunkLine,
) -> None:
    async with Phone(6107, answers_after=-1) as a, Phone(6108, answers_after=-1) as b:
        first, second = await line.dial(a.number), await line.dial(b.number)
        await asyncio.gather(first.rings.wait(), second.rings.wait())
        await first.hang_up(End.NO_ANSWER)
        await a.until("cancelled")
        assert first.end is End.NO_ANSWER

        def crosses(message: Message) -> None:
            b.reply(message, 200)
            b.answer(b.dialog["invite"])

        b._cancelled = crosses  # type: ignore[method-assign]
        await second.hang_up(End.NO_ANSWER)
        await b.until("BYE")
        assert b.has("acked")
        assert second.end is End.NO_ANSWER
        assert line.legs == []


async def test_keys_come_both_ways_during_a_prompt_which_they_end(line: TrunkLine) -> None:
    async with Phone(6109) as phone:
        leg = await answered(line, phone)
        saying = asyncio.create_task(leg.say(pcm(600, 60), until_digit=True))
        await phone.hears(5)
        await phone.press("4")
        assert not await asyncio.wait_for(saying, 10)
        await phone.press("7*#", gap=0.22)
        phone.info("1")
        keys = [await asyncio.wait_for(leg.digits.get(), 10) for _ in range(5)]
        assert keys == ["4", "7", "*", "#", "1"]


async def test_keys_by_info_cut_a_prompt_and_may_come_faster_than_from_any_person(
    line: TrunkLine,
) -> None:
    async with Phone(6191) as phone:
        leg = await answered(line, phone)
        saying = asyncio.create_task(leg.say(pcm(600, 60), until_digit=True))
        await phone.hears(5)
        phone.info("9")
        assert not await asyncio.wait_for(saying, 10)
        for key in "1234567890*#":
            phone.info(key)
        keys = [await asyncio.wait_for(leg.digits.get(), 10) for _ in range(13)]
        assert keys == list("91234567890*#")
        # A machine that presses without end fills no memory, and keeps nobody from hanging up.
        for _ in range(100):
            phone.info("5")
        await until(leg.digits.full)
        assert leg.digits.qsize() == MOST_DIGITS
        assert not await leg.say(pcm(600, 60), until_digit=True)
        await leg.hang_up()
        await phone.until("BYE")


async def test_a_hang_up_that_comes_late_changes_nothing(line: TrunkLine) -> None:
    """The network had given it up for silent; then its BYE comes after all."""
    async with Phone(6192, tone(440)) as a, Phone(6193, tone(880)) as b:
        first, second = await asyncio.gather(answered(line, a), answered(line, b))
        await until(lambda: first.heard_ms > 100)
        a.talks = False
        assert await over(first) is End.SILENT
        a.hang_up()
        a.request("BYE")
        await until(lambda: second.heard_ms > 1000)
        assert (first.end, second.is_over.is_set()) == (End.SILENT, False)
        assert line.legs == [second]


async def test_hold_counts_nothing_re_invite_and_update_change_nothing(line: TrunkLine) -> None:
    async with Phone(6110, tone(440)) as phone:
        leg = await answered(line, phone)
        await until(lambda: leg.heard_ms > 200)
        phone.hold()
        await until(lambda: leg.held)
        before = leg.heard_ms
        await asyncio.sleep(0.3)
        assert leg.heard_ms == before
        phone.hold(False)
        await until(lambda: not leg.held)
        phone.request("UPDATE")
        await phone.until("200 UPDATE")
        await until(lambda: leg.heard_ms > before + 200)
        assert not leg.is_over.is_set()


async def test_early_media_is_ringing_and_no_evidence(line: TrunkLine) -> None:
    async with Phone(6111, tone(400), early=True, answers_after=-1) as phone:
        leg = await line.dial(phone.number)
        await asyncio.wait_for(leg.rings.wait(), 20)
        await asyncio.sleep(0.3)
        assert (leg.heard_ms, leg.is_answered.is_set()) == (0, False)
        phone.answer(phone.dialog["invite"])
        await asyncio.wait_for(leg.is_answered.wait(), 20)
        await until(lambda: leg.heard_ms > 100)


async def test_a_telephone_that_dies_is_silent_after_four_seconds(line: TrunkLine) -> None:
    async with Phone(6112, tone(440)) as a, Phone(6113, tone(440)) as b:
        first, second = await asyncio.gather(answered(line, a), answered(line, b))
        await until(lambda: first.heard_ms > 100)
        a.vanish()
        b.talks = False
        assert await over(first) is End.SILENT
        assert await over(second) is End.SILENT
        await b.until("BYE")


async def test_who_rings_us_by_the_trunk_is_known_by_what_the_network_vouches_for(
    line: TrunkLine, trunk: TrunkDouble
) -> None:
    taken: list[PhoneLeg] = []
    line.on_incoming = taken.append
    peer = ("127.0.0.1", trunk.port)
    async with Phone(6114) as a, Phone(6115) as b, Phone(6116) as c:
        a.call(NUMBER, peer, "P-Asserted-Identity: <sip:+819012345678@trunk>")
        b.call(NUMBER, peer, "P-Asserted-Identity: <sip:09087654321@trunk>", "Privacy: id")
        c.call(NUMBER, peer)
        await until(lambda: len(taken) == 3)
        assert {leg.number for leg in taken} == {"819012345678", "", c.number}
        assert {leg.called for leg in taken} == {NUMBER}
        await asyncio.gather(*(leg.answer() for leg in taken))
        await asyncio.gather(a.until("200 INVITE"), b.until("200 INVITE"), c.until("200 INVITE"))
        await asyncio.gather(*(leg.hang_up() for leg in taken))
        await asyncio.gather(a.until("BYE"), b.until("BYE"), c.until("BYE"))


async def test_a_stranger_who_rings_our_port_is_turned_away(trunk: TrunkDouble) -> None:
    # The trunk is elsewhere; whoever knows the port, and even our number, is here.
    async with lines(trunk, server="127.0.0.9:5060", register_seconds=0) as line:
        taken: list[PhoneLeg] = []
        line.on_incoming = taken.append
        async with Phone(6117) as stranger:
            stranger.call(NUMBER, ("127.0.0.1", 15070))
            await stranger.until("486 INVITE")
        assert (taken, line.strangers) == ([], 1)


async def test_strangers_speech_is_dropped_before_it_is_heard(line: TrunkLine) -> None:
    async with Phone(6118, tone(440)) as a, Phone(6119) as b:
        first, second = await asyncio.gather(answered(line, a), answered(line, b))
        first.join(second)
        await until(lambda: first.heard_ms > 200)
        assert a.remote is not None
        loop = asyncio.get_running_loop()
        forger, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=("127.0.0.2", 0)
        )
        forged = tone(1500)
        collecting = asyncio.create_task(b.hears(60))
        for n in range(60):
            part = forged[n % 50 * 160 : n % 50 * 160 + 160]
            forger.sendto(a.rtp(0, a.stamp, part), a.remote)
            await asyncio.sleep(0.02)
        forger.close()
        heard = await collecting
        assert share(heard, 440) > 0.7
        assert share(heard, 1500) < 0.05


async def test_a_flood_takes_the_lines_that_there_are_and_no_more(
    line: TrunkLine, trunk: TrunkDouble
) -> None:
    taken: list[PhoneLeg] = []
    line.on_incoming = taken.append
    async with Phone(6120) as phone:
        for n in range(200):
            phone.call(NUMBER, ("127.0.0.1", trunk.port))
            if n % 20 == 0:
                await asyncio.sleep(0.02)
        await until(lambda: len(taken) == 10)
        await until(lambda: sum(first.startswith("SIP/2.0 486") for first in trunk.seen) >= 190)
        assert line.away is Away.FULL
        with pytest.raises(LineAwayError):
            await line.dial(phone.number)


async def test_a_wrong_password_is_told(trunk: TrunkDouble) -> None:
    async with lines(trunk, password="falsch") as line:
        await until(lambda: line.away is Away.REFUSED)
        with pytest.raises(LineAwayError) as told:
            await line.dial("0312345679")
        assert told.value.why is Away.REFUSED


async def test_a_stack_that_takes_no_commands_is_told_dead(
    trunk: TrunkDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    died = asyncio.Event()
    monkeypatch.setattr("telephone.trunk.line.WATCH_SECONDS", 0.05)
    line = TrunkLine(terms_for(trunk), on_dead=died.set)
    await line.open()
    try:
        await asyncio.sleep(0.2)
        assert not died.is_set()

        async def stalls(_: str) -> None:
            raise baresip.CommandTimeout

        monkeypatch.setattr(line._runtime, "set_native_log_level", stalls)
        await asyncio.wait_for(died.wait(), 10)
    finally:
        await line.close()


class Mirror(asyncio.DatagramProtocol):
    """A STUN server that tells everybody an outer address, and their own port."""

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.way = transport

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        outer = (int(ip_address("127.0.0.5")) ^ 0x2112A442, peer[1] ^ 0x2112)
        told = struct.pack("!HHBBHI", 0x20, 8, 0, 1, outer[1], outer[0])
        self.way.sendto(struct.pack("!HH", 0x101, len(told)) + data[4:20] + told, peer)


async def test_behind_nat_the_outer_address_is_told(trunk: TrunkDouble) -> None:
    loop = asyncio.get_running_loop()
    way, _ = await loop.create_datagram_endpoint(Mirror, local_addr=("127.0.0.1", 0))
    stun = f"stun:127.0.0.1:{way.get_extra_info('sockname')[1]}"
    async with lines(trunk, register_seconds=0, stun=stun) as line, Phone(6124) as phone:
        leg = await answered(line, phone)
        assert phone.remote is not None
        assert "c=IN IP4 127.0.0.5" in phone.dialog["invite"].body
        await leg.hang_up()
    way.close()


async def test_a_trunk_that_was_away_is_asked_again_in_seconds() -> None:
    trunk = TrunkDouble("tcp")
    async with trunk:
        pass
    # Nobody listens where it was.
    async with lines(trunk) as line:
        await until(lambda: line.health.why)
        assert line.away is Away.SILENT
        async with TrunkDouble("tcp", at=trunk.port):
            await until(lambda: line.away is None, 20)


async def test_a_trunk_that_knows_our_address_needs_no_registration(trunk: TrunkDouble) -> None:
    async with lines(trunk, register_seconds=0) as line, Phone(6122) as phone:
        assert line.away is None
        await answered(line, phone)
        assert not any(first.startswith("REGISTER") for first in trunk.seen)


async def test_over_tls_an_unknown_certificate_is_refused_and_speech_is_never_in_the_clear(
    tmp_path: Path,
) -> None:
    tls, known = certify(tmp_path), tmp_path / "trunk.pem"
    async with TrunkDouble("tls", tls=tls) as trunk:
        async with lines(trunk) as line:
            await until(lambda: line.health.why)
            assert line.away is Away.SILENT
            assert trunk.registered == {}
        async with lines(trunk, srtp=True, certificates=known) as line:
            await until(lambda: line.away is None)
            # It answers without encryption, as telephones do that know none.
            async with Phone(6123, tone(440)) as phone:
                leg = await line.dial(phone.number)
                assert await over(leg) is End.SILENT
                assert leg.heard_ms == 0
                assert not phone.heard


async def test_a_trunk_that_fails_is_told_and_tried_again(
    line: TrunkLine, trunk: TrunkDouble
) -> None:
    trunk.failing = 503
    for _ in range(2):
        assert await over(await line.dial("09000006199")) is End.LINE_FAILED
    assert line.away is Away.UNAVAILABLE
    trunk.failing = 0
    line.health.call_went_through()
    async with Phone(6121) as phone:
        await answered(line, phone)


async def test_a_trunk_that_says_nothing_is_told_in_seconds(
    line: TrunkLine, trunk: TrunkDouble
) -> None:
    trunk.silent = True
    assert await over(await line.dial("09000006199"), 15) is End.LINE_FAILED
    assert line.away is Away.SILENT


async def test_a_call_that_is_given_up_while_it_is_being_made_rings_nobody(
    line: TrunkLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the command and its answer the INVITE has left, and no leg knows of it yet."""
    made, goes_on = asyncio.Event(), asyncio.Event()
    agent = line._agents[NUMBER]
    dial = agent.dial

    async def slow(uri: str) -> object:
        call = await dial(uri)
        made.set()
        await goes_on.wait()
        return call

    monkeypatch.setattr(agent, "dial", slow)
    async with Phone(6190, answers_after=-1) as phone:
        asked = asyncio.create_task(line.dial(phone.number))
        await asyncio.wait_for(made.wait(), 30)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        goes_on.set()
        await phone.until("cancelled")
        await until(lambda: not line.legs)
