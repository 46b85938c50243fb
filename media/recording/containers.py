"""Containers of recordings: which file holds what, and how FFmpeg is to write it."""

from fractions import Fraction
from typing import NamedTuple, Protocol

import av
from av import Packet
from av.container import InputContainer, OutputContainer
from av.stream import Stream

from media.recording.parts import Ending
from media.recording.track_headers import UNDECODED

MICROSECOND = Fraction(1, 1_000_000)
BUFFER_BYTES = 64 * 1024
# Written at least once a second, and none waits longer than that for the other kind.
LIVE_OPTIONS: dict[Ending, dict[str, str]] = {
    "webm": {"cluster_time_limit": "1000"},
    "mp4": {"movflags": "delay_moov+default_base_moof", "frag_duration": "1000000"},
}
AT_ONCE = {"flush_packets": "1", "max_interleave_delta": "500000"}


class Target(Protocol):
    """What FFmpeg writes into."""

    def write(self, data: bytes) -> int: ...


class Origin(Protocol):
    """What FFmpeg reads from."""

    def read(self, size: int = -1) -> bytes: ...
    def seek(self, offset: int, whence: int = 0) -> int: ...
    def tell(self) -> int: ...


class Appended:
    """What can only be appended to: FFmpeg goes by whether there is a way to seek."""

    def __init__(self, target: Target) -> None:
        self.write = target.write


class Contents(NamedTuple):
    """What a container holds: how many seconds, and whether there is a picture."""

    seconds: float
    picture: bool


def live_container(target: Target, ending: Ending) -> OutputContainer:
    """Open a container that can be read up to wherever it ends.

    WebM gets its length and its index when it ends, into its head and behind everything. MP4 would
    keep all of its index in memory until then: it is only appended to, and finished afterwards.
    """
    options = LIVE_OPTIONS[ending] | AT_ONCE
    file = target if ending == "webm" else Appended(target)
    return av.open(file, "w", format=ending, options=options, buffer_size=BUFFER_BYTES)


def finished_container(target: Target, ending: Ending) -> OutputContainer:
    """Open a container with a length and an index, which FFmpeg writes at its end."""
    return av.open(target, "w", format=ending, buffer_size=BUFFER_BYTES)


def read_container(origin: Origin) -> InputContainer:
    """Open a container for its packets."""
    return av.open(origin, "r", options=UNDECODED, buffer_size=BUFFER_BYTES)


def packet_of(data: bytes, stream: Stream, at: int, *, key: bool) -> "Packet[Stream]":
    """Return a packet to write; `at` counts microseconds from the container's beginning."""
    packet = Packet(data)
    packet.stream = stream
    packet.time_base = MICROSECOND
    packet.pts = packet.dts = at
    packet.is_keyframe = key
    return packet


def media_type(ending: Ending, *, picture: bool) -> str:
    """Return the media type of a part."""
    return f"{'video' if picture else 'audio'}/{ending}"
