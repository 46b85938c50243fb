"""Packets as they may come: disordered, twice, never; cut, forged, endless."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.recording.rtp.clocks import MOST_AWAY, BrowserClock, StreamClock
from media.recording.rtp.frames import PictureFrames, frames_of
from media.recording.rtp.h264 import H264Pieces
from media.recording.rtp.packets import RtpPacket, parse
from media.recording.rtp.reordering import MOST_LATE, MOST_WAITING, PATIENCE_SECONDS, Reordering
from media.recording.rtp.sps import picture_size
from media.recording.rtp.vp8 import MOST_FRAME_BYTES, Vp8Pieces
from tests.media.recording.performances import (
    packets_of_h264,
    packets_of_vp8,
    pictures,
    units,
)

PAYLOADS = st.binary(min_size=1, max_size=64)


def packet(number: int, at: float = 0.0, payload: bytes = b"x") -> RtpPacket:
    return RtpPacket(number & 0xFFFF, 0, 1, True, payload, at)


def in_order(reordering: Reordering, numbers: list[int], *, end: float = 0.0) -> list[int]:
    """Push packets a millisecond apart, and return the numbers that come out."""
    found: list[RtpPacket] = []
    for place, number in enumerate(numbers):
        found += [one for one, _ in reordering.push(packet(number, place / 1000))]
        found += [one for one, _ in reordering.late(place / 1000)]
    found += [one for one, _ in reordering.late(end)] if end else []
    found += [one for one, _ in reordering.rest()]
    return [one.number for one in found]


@given(st.integers(0, 65_535), st.integers(1, 400), st.integers(0, 60), st.randoms())
def test_any_disorder_is_put_in_order(
    first: int, many: int, reach: int, rng: random.Random
) -> None:
    """Across the wrap-around of numbers, with every packet moved by up to `reach` places."""
    numbers = [(first + place) & 0xFFFF for place in range(many)]
    moved = [
        n for _, n in sorted((place + rng.random() * reach, n) for place, n in enumerate(numbers))
    ]
    twice = [n for n in moved for _ in range(rng.choice([1, 1, 1, 2]))]
    assert in_order(Reordering(), twice) == numbers


@given(st.lists(st.integers(0, 65_535), max_size=3000))
@settings(max_examples=50, deadline=None)
def test_any_numbers_are_bounded_and_come_once(numbers: list[int]) -> None:
    reordering = Reordering()
    for number in numbers:
        for _ in reordering.push(packet(number)):
            pass
        assert len(reordering._waiting) <= MOST_WAITING + 1
        assert len(reordering._order) <= len(numbers)
    assert len(list(reordering.rest())) <= MOST_WAITING + 1


def test_what_lacks_is_given_up_after_a_while_and_told() -> None:
    reordering = Reordering()
    list(reordering.push(packet(1, 0.0)))
    assert [one.number for one, _ in reordering.late(0.2)] == [1]
    assert list(reordering.push(packet(3, 0.3))) == []
    assert list(reordering.push(packet(4, 0.4))) == []
    assert list(reordering.late(0.3 + PATIENCE_SECONDS)) == []
    late = [(one.number, hole) for one, hole in reordering.late(0.31 + PATIENCE_SECONDS)]
    assert late == [(3, True), (4, False)]
    # It comes after all: too late.
    assert list(reordering.push(packet(2, 3.0))) == []
    assert [one.number for one, _ in reordering.push(packet(5, 3.1))] == [5]


def test_a_sender_that_counts_anew_is_followed() -> None:
    reordering = Reordering()
    begun = [one for n in (40_000, 40_001) for one in reordering.push(packet(n))]
    begun += list(reordering.late(1.0))
    assert len(begun) == 2
    came = [one for n in range(MOST_LATE + 5) for one in reordering.push(packet(20_000 + n))]
    assert came[0][1], "the jump is told as a hole"
    assert [one.number for one, _ in came][-1] == 20_000 + MOST_LATE + 4


@given(st.binary(max_size=80), st.floats(0, 2e9))
def test_any_bytes_are_a_packet_or_none(data: bytes, at: float) -> None:
    found = parse(data, at)
    assert found is None or len(found.payload) <= len(data) - 12


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80" * 11,
        b"\x40" + bytes(20),
        # More sources, a longer extension, more padding than there are bytes.
        b"\x8f" + bytes(20),
        b"\x90" + bytes(11) + b"\xbe\xde\xff\xff" + bytes(8),
        b"\xa0" + bytes(12) + b"\xff",
        b"\xa0" + bytes(13),
        b"\x80" + bytes(3000),
    ],
)
def test_what_lies_about_its_length_is_no_packet(data: bytes) -> None:
    assert parse(data, 0.0) is None


def test_padding_alone_is_an_empty_packet() -> None:
    data = b"\xa0\x60" + bytes(10) + b"\x00\x00\x00\x04"
    found = parse(data, 1.0)
    assert found is not None
    assert found.payload == b""


@settings(max_examples=300)
@given(
    st.sampled_from(["vp8", "h264", "opus"]),
    st.lists(st.tuples(PAYLOADS, st.integers(0, 5), st.booleans(), st.booleans()), max_size=30),
)
def test_any_payloads_harm_nothing(codec: str, came: list[tuple[bytes, int, bool, bool]]) -> None:
    frames = frames_of(codec)
    for number, (payload, stamp, marker, hole) in enumerate(came):
        for frame in frames.feed(RtpPacket(number, stamp, 1, marker, payload, 0.0), hole):
            assert frame.data


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["vp8", "h264"]), st.randoms())
def test_a_spoilt_picture_is_whole_or_missing(codec: str, rng: random.Random) -> None:
    """Bits fall over and packets are cut short: frames come out, or don't, and none is made up."""
    cut = packets_of_vp8 if codec == "vp8" else packets_of_h264
    frames = frames_of(codec)
    number = 0
    for stamp, data in enumerate(pictures(codec, 2)):
        payloads = cut(data)
        for place, whole in enumerate(payloads):
            payload = bytearray(whole)
            if rng.random() < 0.1:
                payload[rng.randrange(len(payload))] ^= 1 << rng.randrange(8)
            if rng.random() < 0.05:
                payload = payload[: rng.randrange(len(payload) + 1)]
            last = place == len(payloads) - 1
            one = RtpPacket(number, stamp, 1, last, bytes(payload), 0.0)
            for frame in frames.feed(one, False):
                assert 0 < len(frame.data) <= 2 * len(data) + 4000
            number += 1


def test_a_frame_without_end_is_let_go() -> None:
    for frames, first, more in (
        (PictureFrames(Vp8Pieces()), b"\x10\x00", b"\x00" + bytes(1200)),
        (PictureFrames(H264Pieces()), b"\x7c\x85" + b"x", b"\x7c\x05" + bytes(1200)),
        (PictureFrames(H264Pieces()), b"\x61x", b"\x78" + b"\x00\x01x" * 400),
    ):
        list(frames.feed(packet(0, payload=first)._replace(marker=False), False))
        for number in range(1, MOST_FRAME_BYTES // 1000):
            one = packet(number, payload=more)._replace(marker=False)
            assert list(frames.feed(one, False)) == []
        kept = frames._pieces
        assert isinstance(kept, Vp8Pieces | H264Pieces)
        assert kept._size <= MOST_FRAME_BYTES + 2000
        assert frames.wants_key


@pytest.mark.parametrize(
    "payload",
    [
        b"\x78",
        b"\x78\x00",
        b"\x78\xff\xffx",
        b"\x78\x00\x00",
        b"\x78\x00\x01x\x00",
        b"\x7c",
        b"\x7c\x85",
        b"\x7c\x05x",
        b"\x1f",
        b"\x00",
    ],
)
def test_pieces_that_make_no_sense_are_refused(payload: bytes) -> None:
    assert not H264Pieces().add(payload)


@pytest.mark.parametrize(
    "payload", [b"\x90", b"\x90\x80", b"\x90\x80\x80", b"\x90\xf0\x80\x80\x80\x80"]
)
def test_descriptors_that_end_too_early_are_refused(payload: bytes) -> None:
    assert not Vp8Pieces().add(payload)


@pytest.mark.parametrize("size", [(160, 120), (320, 240), (640, 360), (1280, 720), (176, 144)])
def test_the_size_of_a_picture_is_read(size: tuple[int, int]) -> None:
    (sequence,) = [unit for unit in units(pictures("h264", 1, *size)[0]) if unit[0] & 0x1F == 7]
    assert picture_size(sequence) == size


@given(st.binary(max_size=1100))
def test_any_parameters_are_a_size_or_none(data: bytes) -> None:
    found = picture_size(data)
    assert found is None or min(found) > 0


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1)), max_size=50
    )
)
def test_no_clock_leads_far_from_the_arrival(said: list[tuple[bool, int, int]]) -> None:
    for kind in ("audio", "video"):
        clock = StreamClock("audio" if kind == "audio" else "video", 48_000, BrowserClock())
        for second, (is_report, ntp, stamp) in enumerate(said):
            at = 1.7e9 + second
            if is_report:
                clock.report(ntp, stamp, at)
            else:
                assert abs(clock.moment(clock.count(stamp), at) - at) <= MOST_AWAY


def test_a_clock_that_drifts_is_followed() -> None:
    """The sound card's second is 0.1 % too long; an hour later sound and clock are together."""
    clock = StreamClock("audio", 48_000, BrowserClock())
    worst = 0.0
    for tick in range(3600 * 2):
        now = 1.7e9 + tick / 2
        stamp = int(tick / 2 * 48_000 * 1.001) & 0xFFFFFFFF
        moment = clock.moment(clock.count(stamp), now)
        if tick % 10 == 0:
            ntp = int((now + 2_208_988_800) * 2**32)
            clock.report(ntp, stamp, now)
        if tick > 20:
            worst = max(worst, abs(moment - now))
    assert worst < 0.02
