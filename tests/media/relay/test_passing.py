"""What passes between two browsers: sound, picture, repetitions, reports and notes."""

import struct

from media.relay.rtcp import picture_wanted
from tests.media.relay.conftest import Meeting, until
from tests.media.relay.peer import Peer, rtp_packet


async def test_sound_arrives_under_the_other_sides_names(two: tuple[Peer, Peer]) -> None:
    caller, cast = two
    level = bytes((1 << 4, 55, 0, 0))
    caller.send(
        rtp_packet(caller.numbers.opus, 500, 960, caller.names.audio, b"a word", extension=level)
    )
    await until(lambda: cast.heard)
    assert cast.heard == [
        rtp_packet(cast.numbers.opus, 500, 960, cast.coming["audio"][0], b"a word", extension=level)
    ]


async def test_extensions_are_renamed(two: tuple[Peer, Peer]) -> None:
    caller, cast = two
    at = bytes((caller.numbers.arrivals << 4 | 1, 0, 9, 0))
    caller.send(
        rtp_packet(caller.numbers.vp8, 1, 3000, caller.names.video, b"picture", extension=at)
    )
    await until(lambda: cast.heard)
    renamed = bytes((cast.numbers.arrivals << 4 | 1, 0, 9, 0))
    assert cast.heard == [
        rtp_packet(
            cast.numbers.vp8, 1, 3000, cast.coming["video"][0], b"picture", extension=renamed
        )
    ]


async def test_h264_passes_too(two: tuple[Peer, Peer]) -> None:
    caller, cast = two
    caller.send(rtp_packet(caller.numbers.h264, 1, 3000, caller.names.video, b"picture"))
    caller.send(rtp_packet(caller.numbers.h264_again, 1, 3000, caller.names.again, b"\0\1more"))
    await until(lambda: len(cast.heard) == 2)
    assert cast.heard == [
        rtp_packet(cast.numbers.h264, 1, 3000, cast.coming["video"][0], b"picture"),
        rtp_packet(cast.numbers.h264_again, 1, 3000, cast.coming["video"][1], b"\0\1more"),
    ]


async def test_repetitions_pass_as_repetitions(two: tuple[Peer, Peer]) -> None:
    caller, cast = two
    cast.send(rtp_packet(cast.numbers.vp8_again, 1, 3000, cast.names.again, b"\0\1picture"))
    await until(lambda: caller.heard)
    assert caller.heard == [
        rtp_packet(caller.numbers.vp8_again, 1, 3000, caller.coming["video"][1], b"\0\1picture")
    ]


async def test_requests_reach_whom_they_concern(two: tuple[Peer, Peer]) -> None:
    caller, cast = two
    await until(lambda: caller.told and cast.told)
    caller.told.clear()
    # Firefox' and Chromium's own names differ from what the other calls them.
    picture = picture_wanted(cast.names.video, cast.coming["video"][0])
    missing = struct.pack("!BBHIIHH", 129, 205, 3, 1, cast.coming["video"][0], 17, 3)
    arrivals = struct.pack("!BBHIIII", 143, 205, 4, 1, cast.coming["video"][0], 5, 6)
    cast.tell(picture + missing + arrivals)
    await until(lambda: caller.told)
    own, audio = caller.coming["video"][0], caller.coming["audio"][0]
    assert caller.told == [
        picture_wanted(own, caller.names.video)
        + struct.pack("!BBHIIHH", 129, 205, 3, audio, caller.names.video, 17, 3)
        + struct.pack("!BBHIIII", 143, 205, 4, audio, caller.names.video, 5, 6)
    ]


async def test_arrivals_as_chromium_pads_them_pass(two: tuple[Peer, Peer]) -> None:
    caller, cast = two
    await until(lambda: caller.told)
    caller.told.clear()
    told = bytes((0, 5, 0, 1, 0, 0, 1, 2, 0x20, 1, 4, 1))
    head = struct.pack("!BBHII", 175, 205, 5, 1, cast.coming["video"][0])
    cast.tell(head + told)
    await until(lambda: caller.told)
    audio = caller.coming["audio"][0]
    assert caller.told == [struct.pack("!BBHII", 175, 205, 5, audio, caller.names.video) + told]


async def test_estimates_of_a_bandwidth_do_not_pass(two: tuple[Peer, Peer]) -> None:
    caller, cast = two
    await until(lambda: caller.told)
    caller.told.clear()
    remb = struct.pack("!BBHII4sII", 143, 206, 5, 1, 0, b"REMB", 1 << 24, 9)
    cast.tell(remb)
    cast.tell(picture_wanted(cast.names.video, cast.coming["video"][0]))
    await until(lambda: caller.told)
    assert b"REMB" not in b"".join(caller.told)


async def test_sender_reports_keep_their_clocks(two: tuple[Peer, Peer]) -> None:
    caller, cast = two
    report = struct.pack("!BBHIQIII", 128, 200, 6, caller.names.video, 1 << 40, 90_000, 3, 4)
    caller.tell(report)
    wanted = struct.pack("!BBHIQIII", 128, 200, 6, cast.coming["video"][0], 1 << 40, 90_000, 3, 4)
    await until(lambda: wanted in cast.told)


async def test_both_are_asked_for_a_picture_to_begin_with(two: tuple[Peer, Peer]) -> None:
    caller, cast = two
    await until(lambda: caller.told and cast.told)
    for peer in two:
        assert peer.told[0] == picture_wanted(peer.coming["video"][0], peer.names.video)


async def test_notes_pass_as_they_are(two: tuple[Peer, Peer]) -> None:
    caller, cast = two
    await caller.transports.send_notes(b"a packet of SCTP")
    await until(lambda: cast.notes == [b"a packet of SCTP"])


async def test_a_note_before_the_other_is_there_is_kept(meeting: Meeting) -> None:
    caller = await meeting.join("caller")
    for number in range(6):
        await caller.transports.send_notes(b"%d" % number)
    cast = await meeting.join("cast")
    # No more than four are.
    await until(lambda: cast.notes == [b"2", b"3", b"4", b"5"])


async def test_what_moves_is_counted(meeting: Meeting, two: tuple[Peer, Peer]) -> None:
    caller, cast = two
    for number in range(10):
        caller.send(rtp_packet(111, number, 960 * number, caller.names.audio, b"12345"))
        for part in range(3):
            packet = rtp_packet(
                96, 3 * number + part, 3000 * number, caller.names.video, b"part", marker=part == 2
            )
            caller.send(packet)
    await until(lambda: len(cast.heard) == 40)
    counts = meeting.counts("caller")
    assert (counts.audio.came, counts.video.came) == (50, 10)
    assert counts.audio.came_ago_ms is not None
    assert (counts.audio.passed, counts.video.passed) == (0, 0)
    await until(lambda: meeting.counts("cast").audio.passed == 50)
    counts = meeting.counts("cast")
    assert (counts.video.passed, counts.packets, counts.video.came) == (10, 40, 0)
    assert counts.video.came_ago_ms is None
