"""Whatever is sent to the relay, the talk goes on, no memory grows and nobody stumbles."""

import os
import random
import secrets
import socket
import struct
from contextlib import suppress

import pytest
from aioice.stun import Class, Message, Method
from aiortc import RTCIceParameters
from hypothesis import example, given
from hypothesis import strategies as st

from media.relay import rtcp, rtp
from media.relay.leg import Leg
from media.relay.notes import Notes
from media.relay.offers import MOST_OCTETS, read_offer
from media.relay.passage import HANDSHAKES, MOST_REPORTERS, STRANGE_REQUESTS, Passage
from media.relay.terms import LegKey, RelayError
from tests.media.relay.conftest import SETTINGS, Meeting, until
from tests.media.relay.peer import CHROMIUM, Names, Peer, offer_of, rtp_packet

OFFER = offer_of(CHROMIUM, Names(), RTCIceParameters("user", "p" * 22), ":".join(["AB"] * 32))
RANDOM = [os.urandom(size) for size in (1, 3, 11, 12, 13, 20, 100, 1400, 1500, 1501, 9000)]
FIRST = [bytes((first,)) + secrets.token_bytes(40) for first in range(256)]


def leg_of(meeting: Meeting, side: str = "caller") -> Leg:
    return next(leg for key, leg in meeting.relay._legs.items() if key.side == side)


async def goes_on(meeting: Meeting, two: tuple[Peer, Peer], number: int = 30_000) -> None:
    """Both still hear each other, and the relay has not stumbled."""
    caller, cast = two
    before = len(cast.heard), len(caller.heard)

    def heard() -> bool:
        nonlocal number
        number += 1
        caller.send(rtp_packet(caller.numbers.opus, number, number, caller.names.audio, b"on"))
        cast.send(rtp_packet(cast.numbers.opus, number, number, cast.names.audio, b"on"))
        return len(cast.heard) > before[0] and len(caller.heard) > before[1]

    await until(heard)
    assert cast.heard[-1].endswith(b"on")
    assert meeting.relay.totals().faults == 0
    assert len(meeting.relay.legs()) == 2


@pytest.mark.parametrize("datagrams", [RANDOM, FIRST], ids=["random", "every first octet"])
async def test_noise_from_a_browser_and_from_strangers(
    meeting: Meeting, two: tuple[Peer, Peer], datagrams: list[bytes]
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for datagram in datagrams:
            two[0].raw(datagram)
            stranger.sendto(datagram, two[0].place)
    await goes_on(meeting, two)


async def test_packets_cut_short_lengthened_and_changed(
    meeting: Meeting, two: tuple[Peer, Peer]
) -> None:
    caller, cast = two
    await goes_on(meeting, two)
    cast.heard.clear()
    for number in range(40):
        whole = caller.protected(
            rtp_packet(111, 31_000 + number, number, caller.names.audio, b"x" * 50)
        )
        changed = whole[:20] + bytes((whole[20] ^ 1,)) + whole[21:]
        for bad in (whole[:number], whole + b"x", whole[:-1], changed):
            caller.raw(bad)
        report = caller.protected(rtcp.picture_wanted(1, 2), reports=True)
        for bad in (report[:number], report + b"x", report[:-1]):
            caller.raw(bad)
    await goes_on(meeting, two, 32_000)
    assert all(packet.endswith(b"on") for packet in cast.heard)


async def test_what_comes_again_passes_once(meeting: Meeting, two: tuple[Peer, Peer]) -> None:
    caller, cast = two
    datagram = caller.protected(rtp_packet(111, 1, 1, caller.names.audio, b"once"))
    for _ in range(50):
        caller.raw(datagram)
    await goes_on(meeting, two)
    assert sum(packet.endswith(b"once") for packet in cast.heard) == 1
    assert meeting.counts("caller").audio.came == len(b"once") + 2 * sum(
        packet.endswith(b"on") for packet in cast.heard
    )


async def test_names_that_were_not_offered_cost_nothing(
    meeting: Meeting, two: tuple[Peer, Peer]
) -> None:
    caller, cast = two
    for ssrc in range(1, 300):
        caller.send(rtp_packet(111, 1, 1, ssrc, b"stranger"))
        caller.tell(struct.pack("!BBHI", 128, 201, 1, ssrc))
    # A payload type that was not agreed on.
    caller.send(rtp_packet(0, 1, 1, caller.names.audio, b"stranger"))
    await goes_on(meeting, two)
    passage = leg_of(meeting).passage
    assert set(passage.streams) == {caller.names.audio, caller.names.video, caller.names.again}
    assert len(passage._reporters) <= MOST_REPORTERS
    assert not any(packet.endswith(b"stranger") for packet in cast.heard)


async def test_the_other_side_may_not_speak_for_ones_browser(
    meeting: Meeting, two: tuple[Peer, Peer]
) -> None:
    caller, cast = two
    # The cast's packet at the caller's leg: another key.
    cast_sound = cast.protected(rtp_packet(109, 1, 1, caller.names.audio, b"forged"))
    for _ in range(5):
        caller.raw(cast_sound)
    await goes_on(meeting, two)
    assert not any(packet.endswith(b"forged") for packet in cast.heard)


async def test_malformed_extensions_and_padding(meeting: Meeting, two: tuple[Peer, Peer]) -> None:
    caller, _ = two
    await goes_on(meeting, two)
    before = meeting.counts("caller").video.came
    for number, body in enumerate(
        (b"\xbe\xde\xff\xff", b"\xbe\xde\0\1\x3f\0\0\0", b"\x10\0\0\1\1\1\1\1", b"\xbe\xde\0\0")
    ):
        head = struct.pack("!BBHII", 144, 96, number, 3000 * number, caller.names.video)
        with suppress(AssertionError):
            # Some of it libsrtp does not even protect.
            caller.send(head + body)
    # Nothing but padding, as browsers try a line out; and more padding than there is packet.
    for number, padding in enumerate((b"\0\0\0\4", b"\xff", b"\0")):
        head = struct.pack("!BBHII", 160, 96, 10 + number, 90_000 + number, caller.names.video)
        caller.send(head + padding)
    await goes_on(meeting, two, 31_000)
    # The last has no padding that it speaks of, and carries one octet.
    assert meeting.counts("caller").video.came <= before + 1


async def test_reports_that_make_no_sense(meeting: Meeting, two: tuple[Peer, Peer]) -> None:
    caller, _ = two
    for kind in range(192, 224):
        for size in (0, 1, 2, 6, 65_535):
            for first in (128, 129, 143, 159, 160, 191):
                caller.tell(
                    struct.pack("!BBHII", first, kind, size, 1, caller.names.audio) + b"z" * 24
                )
    await goes_on(meeting, two)
    assert leg_of(meeting).up


async def test_a_flood_of_requests(meeting: Meeting, two: tuple[Peer, Peer]) -> None:
    name = leg_of(meeting)._connection.local_username
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.setblocking(False)
        for _ in range(20):
            for _ in range(100):
                request = Message(Method.BINDING, Class.REQUEST)
                request.attributes["USERNAME"] = f"{name}:whoever"
                request.attributes["PRIORITY"] = 1
                request.add_message_integrity(b"a guess")
                stranger.sendto(bytes(request), two[0].place)
            await goes_on(meeting, two)
        with pytest.raises(BlockingIOError):
            # Nobody is told that they guessed wrong.
            stranger.recv(1500)
        assert stranger.getsockname() not in leg_of(meeting).passage.heard


async def test_a_browser_that_comes_from_everywhere(
    meeting: Meeting, two: tuple[Peer, Peer]
) -> None:
    connection = leg_of(meeting)._connection
    key = connection.local_password.encode()
    for number in range(60):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as place:
            request = Message(Method.BINDING, Class.REQUEST)
            request.attributes["USERNAME"] = (
                f"{connection.local_username}:{connection.remote_username}"
            )
            request.attributes["PRIORITY"] = 1
            request.attributes["ICE-CONTROLLING"] = 1
            request.add_message_integrity(key)
            place.sendto(bytes(request), two[0].place)
        if number % 20 == 19:
            await goes_on(meeting, two)
            leg_of(meeting).passage.renew()
    assert len(connection.heard) == 32
    assert len(connection._check_list) <= 33
    assert len(connection.remote_candidates) <= 33


async def test_requests_that_make_no_sense(meeting: Meeting, two: tuple[Peer, Peer]) -> None:
    dice = random.Random(7)
    name = leg_of(meeting)._connection.local_username.encode()
    for _ in range(20):
        for _ in range(60):
            size = dice.choice((0, 1, 4, 8, 20, 65_535))
            attribute = struct.pack(
                "!HH", dice.choice((1, 6, 8, 9, 32, 36, 37, 0x8028, 0x802A)), size
            )
            body = (attribute + dice.randbytes(dice.choice((0, 4, 8, 20)))) * dice.randrange(3)
            body += struct.pack("!HH", 6, len(name)) + name
            head = struct.pack("!HHI", dice.choice((1, 0x101, 0x111, 0x11)), len(body), 0x2112A442)
            two[0].raw(head + dice.randbytes(12) + body)
        leg_of(meeting).passage.renew()
        await goes_on(meeting, two)


async def test_no_more_requests_are_read_than_may_be() -> None:
    meeting = Meeting()
    read: list[bytes] = []
    passage = Passage(SETTINGS, meeting.relay._buffer, meeting.relay._tally)
    packets = iter([(20, ("192.0.2.1", number)) for number in range(31)])

    def receive(octets: bytearray, _size: int) -> tuple[int, tuple[str, int]]:
        octets[0] = 0
        try:
            return next(packets)
        except StopIteration:
            raise BlockingIOError from None

    passage.read(receive, lambda data, place: read.append(data))
    assert len(read) == STRANGE_REQUESTS
    await meeting.close()


async def test_no_more_of_the_handshake_is_read_than_may_be() -> None:
    meeting = Meeting()
    passage = Passage(SETTINGS, meeting.relay._buffer, meeting.relay._tally)
    read: list[bytes] = []
    passage.handshake = read.append
    place = ("192.0.2.1", 9)

    def receive(octets: bytearray, _size: int) -> tuple[int, tuple[str, int]]:
        octets[0] = 22
        return 20, place

    passage.read(receive, lambda data, place: None)
    # Whoever has not proved themselves shakes no hands.
    assert read == []
    passage.heard.add(place)
    for _ in range(20):
        passage.read(receive, lambda data, place: None)
    assert len(read) == HANDSHAKES
    await meeting.close()


async def test_no_more_notes_pass_than_may() -> None:
    passed: list[bytes] = []

    async def send(data: bytes) -> None:
        passed.append(data)

    one, other = Notes(send), Notes(send)
    one.peer = other
    await one._handle_data(bytes(1501))
    assert passed == []
    one.renew()
    for _ in range(100):
        await one._handle_data(bytes(1000))
    assert len(passed) == 32
    one.renew()
    await one._handle_data(b"again")
    assert passed[-1] == b"again"


async def test_one_who_sends_far_too_much_is_cut_short(
    meeting: Meeting, two: tuple[Peer, Peer]
) -> None:
    caller, cast = two
    leg_of(meeting).passage._octets_left = 5200
    leg_of(meeting).passage.renew = lambda: None  # type: ignore[method-assign]
    for number in range(20):
        caller.send(rtp_packet(96, number, number, caller.names.video, b"x" * 1000))
    cast.send(rtp_packet(109, 1, 1, cast.names.audio, b"the other is not"))
    await until(lambda: caller.heard)
    await until(lambda: meeting.relay.totals().dropped >= 16)
    assert len(cast.heard) == 4


async def test_a_line_that_takes_no_more_holds_nothing(
    meeting: Meeting, two: tuple[Peer, Peer]
) -> None:
    caller, cast = two

    def full(data: object, place: object) -> int:
        raise BlockingIOError

    outlet = leg_of(meeting, "cast").passage.outlet
    sends, outlet._send = outlet._send, full
    for number in range(50):
        caller.send(rtp_packet(111, number, number, caller.names.audio, b"lost"))
    await until(lambda: meeting.counts("caller").audio.came == 200)
    outlet._send = sends
    await goes_on(meeting, two)
    assert not any(packet.endswith(b"lost") for packet in cast.heard)
    assert meeting.counts("cast").packets < 50


@given(st.binary(max_size=1500))
@example(b"\x80\xc8\x00\x06" + b"\0" * 24)
@example(b"\xaf\xcd\x00\x05" + b"\0" * 19 + b"\x01")
def test_reports_of_any_octets_are_read_or_refused(data: bytes) -> None:
    told = rtcp.read(data, {0: 5, 1: 6}, 9)
    if told is not None:
        assert sum(map(len, told.parts)) <= len(data)
        assert all(len(part) % 4 == 0 for part in told.parts)


@given(st.lists(st.sampled_from((192, 200, 201, 202, 205, 206)), max_size=6), st.data())
def test_reports_that_are_nearly_right(kinds: list[int], data: st.DataObject) -> None:
    parts = []
    for kind in kinds:
        body = data.draw(st.binary(max_size=60).map(lambda raw: raw[: len(raw) // 4 * 4]))
        first = data.draw(st.integers(128, 191))
        parts.append(bytes((first, kind)) + (len(body) // 4).to_bytes(2, "big") + body)
    told = rtcp.read(b"".join(parts), {0: 5}, 9)
    if told is not None and told.parts:
        again = rtcp.read(b"".join(told.parts), {5: 0, 9: 9}, 9)
        assert again is not None


@given(
    st.binary(min_size=12, max_size=1500), st.dictionaries(st.integers(1, 14), st.integers(0, 14))
)
def test_packets_of_any_octets_keep_their_size(data: bytes, ids: dict[int, int]) -> None:
    packet = bytearray(data)
    start, end = rtp.body(packet, len(packet))
    if end < 0:
        return
    assert 12 <= start <= end <= len(data)
    rtp.map_extensions(packet, start, ids)
    assert len(packet) == len(data)
    assert packet[start:] == data[start:]
    repeated = rtp.unwrapped(data, start, end, 7, 96)
    assert repeated is None or len(repeated) == len(data) - 2


@given(st.text(max_size=300))
def test_no_text_is_taken_for_an_offer(text: str) -> None:
    with pytest.raises(RelayError):
        read_offer(text)


@given(st.integers(0, OFFER.count("\r\n") - 1), st.text(max_size=40), st.booleans())
def test_an_offer_with_one_line_changed(number: int, text: str, replaces: bool) -> None:
    lines = OFFER.split("\r\n")
    lines[number] = text if replaces else lines[number] + text
    with suppress(RelayError):
        read_offer("\r\n".join(lines))


@pytest.mark.parametrize(
    "change",
    [
        ("a=setup:actpass", "a=setup:active"), ("BUNDLE 0 1 2", "BUNDLE 0 1"),
        ("a=rtcp-mux", "a=x"), ("a=mid:1", "a=mid:0"), ("opus/48000", "opus/8000"),
        ("m=application", "m=audio"),
        ("a=ice-pwd:" + "p" * 22, "a=x"), ("a=fingerprint:sha-256", "a=x"),
        ("m=video", "m=text"), ("s=-", "s=" + "-" * MOST_OCTETS),
    ],
)  # fmt: skip
async def test_offers_that_do_not_fit(meeting: Meeting, change: tuple[str, str]) -> None:
    with pytest.raises(RelayError, match="bad_offer"):
        await meeting.relay.answer(LegKey(1, 1, "cast"), OFFER.replace(*change))
    assert not meeting.relay.legs()


async def test_it_knocks_nowhere(meeting: Meeting) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as inside:
        inside.bind(("127.0.0.1", 0))
        inside.setblocking(False)
        candidate = f"candidate:1 1 udp 1 127.0.0.1 {inside.getsockname()[1]} typ host"
        peer = Peer()
        offer = (await peer.offer()).replace("a=mid:0\r\n", f"a=mid:0\r\na={candidate}\r\n")
        key = LegKey(7, 1, "caller")
        answer = await meeting.relay.answer(key, offer)
        await meeting.relay.add_candidate(key, candidate)
        await peer.accept(answer)
        await until(lambda: key in meeting.up)
        with pytest.raises(BlockingIOError):
            inside.recv(1500)
        with pytest.raises(RelayError):
            await meeting.relay.add_candidate(key, "x" * 1001)
        await peer.vanish()
