"""What a recording hears of a talk."""

import struct
import time

from media.relay.rtcp import picture_wanted
from media.relay.terms import Kind, Side
from tests.media.relay.conftest import Meeting, until
from tests.media.relay.peer import FIREFOX, Peer, rtp_packet


class Listener:
    """A tap that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[object, ...]] = []

    def codec(self, side: Side, kind: Kind, name: str, clock_rate: int, pair: int) -> None:
        self.heard.append((side, kind, name, clock_rate, pair))

    def packet(self, side: Side, kind: Kind, packet: bytes, at: float) -> None:
        assert abs(at - time.time()) < 60
        self.heard.append((side, kind, packet))

    def sender_report(self, side: Side, kind: Kind, ntp: int, rtp: int) -> None:
        self.heard.append((side, kind, ntp, rtp))


class Broken(Listener):
    """A tap that fails."""

    def packet(self, side: Side, kind: Kind, packet: bytes, at: float) -> None:
        raise RuntimeError("the disk is full")


async def test_it_hears_what_each_side_sends_and_what_it_is(
    meeting: Meeting, two: tuple[Peer, Peer]
) -> None:
    caller, cast = two
    tap = Listener()
    meeting.relay.tap(7, tap)
    sound = rtp_packet(109, 1, 960, cast.names.audio, b"word")
    cast.send(sound)
    await until(lambda: len(tap.heard) == 2)
    assert tap.heard == [("cast", "audio", "opus", 48_000, 1), ("cast", "audio", sound)]
    tap.heard.clear()
    h264 = rtp_packet(106, 1, 3000, caller.names.video, b"picture")
    vp8 = rtp_packet(96, 2, 6000, caller.names.video, b"picture")
    caller.send(h264)
    caller.send(vp8)
    await until(lambda: len(tap.heard) == 4)
    assert tap.heard == [
        ("caller", "video", "h264", 90_000, 1), ("caller", "video", h264),
        ("caller", "video", "vp8", 90_000, 1), ("caller", "video", vp8),
    ]  # fmt: skip


async def test_repetitions_are_unwrapped(meeting: Meeting, two: tuple[Peer, Peer]) -> None:
    caller, _ = two
    tap = Listener()
    meeting.relay.tap(7, tap)
    caller.send(rtp_packet(97, 9, 3000, caller.names.again, b"\x01\x02picture", marker=True))
    # Padding, by which a browser tries its line out, is none.
    caller.send(rtp_packet(97, 10, 3000, caller.names.again, b""))
    await until(lambda: len(tap.heard) == 2)
    whole = rtp_packet(96, 0x102, 3000, caller.names.video, b"picture", marker=True)
    assert tap.heard[1] == ("caller", "video", whole)


async def test_padding_that_has_a_number_is_heard(meeting: Meeting, two: tuple[Peer, Peer]) -> None:
    caller, cast = two
    tap = Listener()
    meeting.relay.tap(7, tap)
    padding = struct.pack("!BBHII", 160, 96, 5, 3000, caller.names.video) + b"\0\0\0\4"
    caller.send(padding)
    await until(lambda: len(tap.heard) == 2)
    assert tap.heard[1] == ("caller", "video", padding)
    # It passes, and is no picture.
    await until(lambda: cast.heard)
    assert meeting.counts("caller").video.came == 0


async def test_clocks_are_told(meeting: Meeting, two: tuple[Peer, Peer]) -> None:
    tap = Listener()
    meeting.relay.tap(7, tap)
    names = two[1].names
    for ssrc in (names.video, names.again):
        two[1].tell(struct.pack("!BBHIQIII", 128, 200, 6, ssrc, 5 << 32, 90_000, 3, 4))
    await until(lambda: tap.heard)
    assert tap.heard == [("cast", "video", 5 << 32, 90_000)]


async def test_it_survives_a_new_pair_and_hears_of_it(
    meeting: Meeting, two: tuple[Peer, Peer]
) -> None:
    tap = Listener()
    meeting.relay.tap(7, tap)
    caller = await meeting.join("caller", pair=2)
    cast = await meeting.join("cast", FIREFOX, pair=2)
    for peer, number in ((caller, 111), (cast, 109)):
        peer.send(rtp_packet(number, 1, 1, peer.names.audio))
    await until(lambda: len(tap.heard) == 4)
    assert ("cast", "audio", "opus", 48_000, 2) in tap.heard
    meeting.relay.tap(7, None)
    cast.send(rtp_packet(109, 2, 2, cast.names.audio, b"unheard"))
    await until(lambda: any(packet.endswith(b"unheard") for packet in caller.heard))
    assert len(tap.heard) == 4


async def test_one_that_fails_does_the_talk_no_harm(
    meeting: Meeting, two: tuple[Peer, Peer]
) -> None:
    meeting.relay.tap(7, Broken())
    two[0].send(rtp_packet(111, 1, 1, two[0].names.audio, b"heard all the same"))
    await until(lambda: two[1].heard)
    assert meeting.relay.totals().faults == 1


async def test_a_picture_to_begin_with_is_asked_for_twice_a_second_at_most(
    meeting: Meeting, two: tuple[Peer, Peer]
) -> None:
    caller, _ = two
    wanted = picture_wanted(caller.coming["video"][0], caller.names.video)

    def asked() -> bool:
        meeting.relay.ask_key_frame(7, "caller")
        return len(caller.told) >= 3

    begun = time.monotonic()
    await until(asked)
    assert caller.told[:3] == [wanted] * 3
    assert time.monotonic() - begun > 0.5
