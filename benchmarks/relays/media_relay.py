"""aiortc's own MediaRelay in a process of its own, spoken with as `benchmarks.relays.ours` is."""

import asyncio
import json
import sys
from typing import Any

import uvloop
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpTransceiver, RTCSessionDescription
from aiortc.contrib.media import MediaRelay

from media.relay.terms import other

RELAY = MediaRelay()
LEGS: dict[tuple[int, str], RTCPeerConnection] = {}


async def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Take one leg; its sound and picture go to the other, decoded and encoded anew."""
    key = (asked["talk_id"], asked["side"])
    leg = LEGS[key] = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    await leg.setRemoteDescription(RTCSessionDescription(sdp=asked["sdp"], type="offer"))
    for line in leg.getTransceivers():
        line.direction = "sendrecv"
    there = LEGS.get((key[0], other(asked["side"])))
    if there:
        _lead(leg, there)
        _lead(there, leg)
    await leg.setLocalDescription(await leg.createAnswer())
    return {"sdp": leg.localDescription.sdp}


def _lead(giver: RTCPeerConnection, taker: RTCPeerConnection) -> None:
    lines: dict[str, RTCRtpTransceiver] = {line.kind: line for line in taker.getTransceivers()}
    for line in giver.getTransceivers():
        lines[line.kind].sender.replaceTrack(RELAY.subscribe(line.receiver.track))


async def serve() -> None:
    """Answer until the input ends."""
    stream = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), sys.stdin
    )
    while line := await stream.readline():
        print(json.dumps(await answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    uvloop.run(serve())
