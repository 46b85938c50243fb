"""Legs come and go: bounds, silence, farewells, new pairs; and what counts as passed."""

import asyncio
import gc
import socket
import weakref
from dataclasses import replace
from pathlib import Path

import pytest

from media.relay.offers import ARRIVALS
from media.relay.relay import Relay
from media.relay.sockets import open_socket
from media.relay.terms import SIDES, LegKey, MediaAddress, RelayError, RelaySettings
from tests.media.relay.conftest import SETTINGS, Meeting, until
from tests.media.relay.peer import FIREFOX, HOME, Peer, rtp_packet


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as asked:
            asked.bind(("::1", 0))
    except OSError:
        return False
    return True


CALLER, CAST = LegKey(7, 1, "caller"), LegKey(7, 1, "cast")


async def test_who_does_not_come_in_time_is_gone() -> None:
    meeting = Meeting(replace(SETTINGS, connect_seconds=0.2))
    await meeting.relay.answer(CALLER, await Peer().offer())
    transport = meeting.relay._legs[CALLER]._connection._protocols[0].transport
    await until(lambda: meeting.down == [CALLER])
    await until(transport.is_closing)
    assert not meeting.relay.legs()
    assert meeting.up == []
    await meeting.close()


async def test_silence_ends_a_leg_and_only_that() -> None:
    meeting = Meeting(replace(SETTINGS, silent_seconds=2.0))
    caller = await meeting.join("caller")
    cast = await meeting.join("cast")
    cast.deaf = True
    await until(lambda: meeting.down == [CAST])
    assert list(meeting.relay.legs()) == [CALLER]
    # What is sent to nobody is dropped.
    caller.send(rtp_packet(111, 1, 1, caller.names.audio))
    await until(lambda: meeting.counts("caller").audio.came)
    assert meeting.relay.counts(CAST) is None
    await meeting.close()


async def test_who_only_listens_and_answers_is_alive() -> None:
    meeting = Meeting(replace(SETTINGS, silent_seconds=2.0))
    await meeting.join("caller")
    asked_until = asyncio.get_running_loop().time() + 4
    await until(lambda: asyncio.get_running_loop().time() > asked_until)
    assert meeting.down == []
    assert meeting.counts("caller").rtt_ms < 1000
    await meeting.close()


async def test_who_waits_in_vain_is_gone_in_the_end(
    meeting: Meeting, two: tuple[Peer, Peer]
) -> None:
    await meeting.join("caller", talk_id=8)
    await until(lambda: all(leg._alone_since for leg in meeting.relay._legs.values()))
    for leg in meeting.relay._legs.values():
        leg._alone_since -= SETTINGS.alone_seconds
    await until(lambda: meeting.down)
    assert meeting.down == [LegKey(8, 1, "caller")]


async def test_a_farewell_is_heard(meeting: Meeting, two: tuple[Peer, Peer]) -> None:
    await two[0].close()
    await until(lambda: meeting.down == [CALLER])
    assert list(meeting.relay.legs()) == [CAST]


async def test_what_is_sent_to_a_browser_that_is_gone_never_counts() -> None:
    meeting = Meeting(replace(SETTINGS, silent_seconds=60.0, proved_seconds=1.0))
    caller, cast = await meeting.join("caller"), await meeting.join("cast")
    numbers = iter(range(1, 30_000))

    def more_counts(before: int) -> bool:
        number = next(numbers)
        caller.send(rtp_packet(111, number, number, caller.names.audio, b"word"))
        return meeting.counts("cast").audio.passed > before

    await until(lambda: more_counts(0))
    cast.deaf = True
    proved = meeting.relay._legs[CAST].passage
    now = asyncio.get_running_loop().time
    await until(lambda: now() - proved.proved_at > 1.5)
    before, sent = meeting.counts("cast").audio.passed, meeting.counts("cast").packets
    # Its page may say what it likes, and its browser send what it likes.
    cast.send(rtp_packet(111, 1, 1, cast.names.audio, b"from the deaf"))
    for _ in range(30):
        more_counts(before)
    await until(lambda: meeting.counts("cast").packets == sent + 30)
    assert meeting.counts("cast").audio.passed == before
    cast.deaf = False
    await until(lambda: now() - proved.proved_at < 0.5)
    assert meeting.counts("cast").audio.passed == before
    await until(lambda: more_counts(before))
    await meeting.close()


async def test_a_picture_counts_once_whatever_its_order(
    meeting: Meeting, two: tuple[Peer, Peer]
) -> None:
    caller, cast = two
    for number, timestamp in ((1, 10), (2, 10), (4, 20), (3, 10), (5, 20), (6, 30), (2000, 5)):
        caller.send(rtp_packet(96, number, timestamp, caller.names.video, b"part"))
    await until(lambda: len(cast.heard) == 7)
    assert meeting.counts("caller").video.came == 4


async def test_a_newer_pair_takes_the_place_of_the_older(
    meeting: Meeting, two: tuple[Peer, Peer]
) -> None:
    caller = await meeting.join("caller", pair=2)
    assert set(meeting.down) == {CALLER, CAST}
    cast = await meeting.join("cast", FIREFOX, pair=2)
    caller.send(rtp_packet(111, 1, 1, caller.names.audio, b"the new one"))
    await until(lambda: cast.heard)
    assert {key.pair for key in meeting.relay.legs()} == {2}
    assert meeting.counts("cast", pair=2).audio.came == 0
    with pytest.raises(RelayError, match="stale"):
        await meeting.relay.answer(CALLER, await Peer().offer())


async def test_the_same_leg_is_offered_again_only_until_it_is_up(meeting: Meeting) -> None:
    await meeting.relay.answer(CALLER, await Peer().offer())
    await meeting.join("caller")
    assert meeting.down == [CALLER]
    with pytest.raises(RelayError, match="stale"):
        await meeting.relay.answer(CALLER, await Peer().offer())
    assert len(meeting.relay.legs()) == 1


async def test_talks_do_not_hear_each_other(meeting: Meeting, two: tuple[Peer, Peer]) -> None:
    other = await meeting.join("cast", talk_id=8)
    two[0].send(rtp_packet(111, 1, 1, two[0].names.audio))
    await until(lambda: two[1].heard)
    assert other.heard == []


async def test_no_more_legs_than_may_be() -> None:
    meeting = Meeting(replace(SETTINGS, most_legs=1))
    await meeting.join("caller")
    with pytest.raises(RelayError, match="full"):
        await meeting.relay.answer(CAST, await Peer().offer())
    # A newer pair needs no place of its own.
    await meeting.join("caller", pair=2)
    await meeting.close()


async def test_no_more_ports_than_there_are() -> None:
    with open_socket("127.0.0.1", (39_990, 39_990)):
        relay = Relay(RelaySettings(addresses=(HOME,), ports=(39_990, 39_990)))
        with pytest.raises(RelayError, match="full"):
            await relay.answer(CALLER, await Peer().offer())
        assert not relay.legs()
        await relay.close()


async def test_hanging_up(meeting: Meeting, two: tuple[Peer, Peer]) -> None:
    await meeting.relay.hang_up(7, below_pair=1)
    assert len(meeting.relay.legs()) == 2
    await meeting.relay.hang_up(7)
    assert set(meeting.down) == {CALLER, CAST}
    for peer in two:
        await until(lambda peer=peer: peer.transports.dtls.state == "closed")  # type: ignore[misc]


async def test_closing_leaves_no_socket_open(meeting: Meeting, two: tuple[Peer, Peer]) -> None:
    legs = list(meeting.relay._legs.values())
    transports = [each.transport for leg in legs for each in leg._connection._protocols]
    await meeting.relay.close()
    assert all(each.is_closing() for each in transports)
    assert meeting.down == []


async def test_the_second_is_told_only_what_the_first_knows(meeting: Meeting) -> None:
    await meeting.join("caller", formats=("vp8",))
    peer = Peer(FIREFOX)
    answer = await meeting.relay.answer(CAST, await peer.offer())
    assert "VP8/90000" in answer
    assert "H264" not in answer


async def test_two_without_a_picture_in_common_are_told(meeting: Meeting) -> None:
    await meeting.join("caller", formats=("vp8",))
    with pytest.raises(RelayError, match="bad_offer"):
        await meeting.relay.answer(CAST, await Peer(formats=("h264",)).offer())


async def test_the_answer_keeps_what_speech_needs_and_both_pictures(meeting: Meeting) -> None:
    answer = await meeting.relay.answer(CALLER, await Peer().offer())
    assert "a=fmtp:111 minptime=10;useinbandfec=1" in answer
    assert answer.index("VP8/90000") < answer.index("H264/90000")
    assert "a=rtcp-fb:96 transport-cc" in answer
    # What one browser numbers and the other does not report would count as lost.
    assert "a=rtcp-fb:111" not in answer
    assert answer.count(ARRIVALS) == 1
    assert "remb" not in answer


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no loopback of IPv6")
async def test_by_ipv6_too() -> None:
    home = MediaAddress("::1", "::1")
    meeting = Meeting(replace(SETTINGS, addresses=(home, HOME)))
    caller = await meeting.join("caller", address=home)
    cast = await meeting.join("cast")
    for peer, number in ((caller, 111), (cast, 111)):
        peer.send(rtp_packet(number, 1, 1, peer.names.audio, b"word"))
    await until(lambda: caller.heard and cast.heard)
    await until(lambda: all(meeting.counts(side).audio.passed for side in SIDES))
    assert caller.place[0] == "::1"
    assert cast.place[0] == "127.0.0.1"
    await meeting.close()


def test_an_address_of_the_settings() -> None:
    assert MediaAddress.read("192.0.2.1") == MediaAddress("192.0.2.1", "192.0.2.1")
    assert MediaAddress.read("10.0.0.5=192.0.2.1") == MediaAddress("10.0.0.5", "192.0.2.1")


async def test_a_talk_by_voice_has_no_picture(meeting: Meeting) -> None:
    caller = await meeting.join("caller", video=False)
    cast = await meeting.join("cast", video=False)
    caller.send(rtp_packet(111, 1, 1, caller.names.audio, b"voice"))
    await until(lambda: cast.heard)
    assert set(cast.coming) == {"audio"}
    meeting.relay.ask_key_frame(7, "caller")


async def test_a_listener_that_fails_stops_nothing() -> None:
    meeting = Meeting(replace(SETTINGS, connect_seconds=0.2))

    def fail(key: LegKey) -> None:
        meeting.down.append(key)
        raise RuntimeError("nobody listens")

    meeting.relay.on_down = fail
    await meeting.relay.answer(CALLER, await Peer().offer())
    await until(lambda: meeting.down == [CALLER])
    await meeting.relay.answer(CAST, await Peer().offer())
    await until(lambda: meeting.down == [CALLER, CAST])
    assert meeting.relay.totals().faults == 2
    await meeting.close()


async def test_what_is_gone_leaves_nothing_behind() -> None:
    meeting = Meeting()
    files = len(list(Path("/proc/self/fd").iterdir()))
    gone = []
    for talk_id in range(10):
        for side in SIDES:
            await meeting.join(side, talk_id=talk_id)
        gone += [weakref.ref(leg) for leg in meeting.relay._of(talk_id)]
        await meeting.relay.hang_up(talk_id)
    for peer in meeting.peers:
        await peer.vanish()
    meeting.peers.clear()
    await until(lambda: not meeting.relay._tasks)
    assert len(gone) == 20
    await until(lambda: gc.collect() >= 0 and not any(leg() for leg in gone))
    assert len(list(Path("/proc/self/fd").iterdir())) <= files
    await meeting.close()
