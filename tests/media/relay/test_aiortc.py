"""Two real clients of another make, aiortc's own, talk by the relay."""

import asyncio

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaBlackhole
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from media.relay.terms import SIDES, LegKey, Side
from tests.media.relay.conftest import Meeting, until


async def join(meeting: Meeting, side: Side) -> tuple[RTCPeerConnection, list[str], MediaBlackhole]:
    connection = RTCPeerConnection()
    notes: list[str] = []
    channel = connection.createDataChannel("notes", negotiated=True, id=0)
    channel.on("message", notes.append)
    channel.on("open", lambda: channel.send(f"from {side}"))
    sink = MediaBlackhole()
    connection.on("track", sink.addTrack)
    connection.addTrack(AudioStreamTrack())
    connection.addTrack(VideoStreamTrack())
    await connection.setLocalDescription(await connection.createOffer())
    answer = await meeting.relay.answer(LegKey(7, 1, side), connection.localDescription.sdp)
    await connection.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
    return connection, notes, sink


async def test_what_is_lost_comes_again(meeting: Meeting) -> None:
    """Every tenth packet to the cast is lost behind the relay; the cast asks and gets it."""
    caller, _, one = await join(meeting, "caller")
    cast, _, other = await join(meeting, "cast")
    await asyncio.gather(one.start(), other.start())
    await until(lambda: len(meeting.up) == 2)
    leg = meeting.relay._legs[LegKey(7, 1, "cast")]
    send, repeated = leg.passage.outlet._send, []
    sent = 0

    def lossy(data: memoryview, place: tuple[str, int]) -> int:
        nonlocal sent
        sent += 1
        ssrc = int.from_bytes(data[8:12], "big")
        if ssrc == leg.own["video"][1]:
            repeated.append(bytes(data[2:4]))
        elif sent % 10 == 0 and ssrc == leg.own["video"][0]:
            return 0
        assert send
        return send(data, place)

    leg.passage.outlet.go(lossy, leg.passage.outlet._place)
    try:
        await until(lambda: len(repeated) > 5)
        seen = meeting.counts("cast").video.passed
        await until(lambda: meeting.counts("cast").video.passed > seen + 20)
        assert meeting.relay.totals().faults == 0
    finally:
        await asyncio.gather(one.stop(), other.stop())
        await asyncio.gather(caller.close(), cast.close())


async def test_two_of_aiortcs_see_and_hear_each_other(meeting: Meeting) -> None:
    caller, caller_notes, one = await join(meeting, "caller")
    cast, cast_notes, other = await join(meeting, "cast")
    await asyncio.gather(one.start(), other.start())
    try:
        await until(lambda: all(meeting.counts(side).audio.passed > 500 for side in SIDES))
        await until(lambda: all(meeting.counts(side).video.passed > 20 for side in SIDES))
        await until(lambda: caller_notes == ["from cast"] and cast_notes == ["from caller"])
        assert meeting.relay.totals().faults == 0
    finally:
        await asyncio.gather(one.stop(), other.stop())
        await asyncio.gather(caller.close(), cast.close())
