"""Records performances with a clock of the test's own, and looks at what came of it."""

import asyncio
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import av

from media.recording.files import RecordingFiles
from media.recording.parts import PartInfo, Side
from media.recording.recorder import TalkRecorder
from media.recording.sealing.reader import SealedStream
from tests.media.recording.performances import Sent

KEY = "k" * 32
MEGABYTE = 1024 * 1024
STEP_SECONDS = 0.5


class Studio:
    """A folder of recordings whose thread is the test itself."""

    def __init__(self, folder: Path, quota: int = 100 * MEGABYTE) -> None:
        self.folder = folder
        self.files = RecordingFiles(folder, KEY, quota)
        self.files._thread.add = lambda one: None  # type: ignore[method-assign]
        self.parts: list[PartInfo] = []
        self.failed: list[str] = []
        self.asked: list[Side] = []
        self.now = 0.0

    def begin(self, recording_id: int = 7) -> TalkRecorder:
        return self.files.begin(
            recording_id, self.asked.append, self.parts.append, self.failed.append
        )

    async def play(
        self,
        recorder: TalkRecorder,
        sent: Iterable[Sent],
        *,
        side: Side = "cast",
        until: float | None = None,
    ) -> None:
        """Tell what is sent, and let the thread's steps pass between."""
        for one in sent:
            if self.now == 0.0:
                self.now = one.at
            while one.at > self.now + STEP_SECONDS:
                await self.step(recorder)
            if one.packet is not None:
                recorder.packet(side, one.kind, one.packet, one.at)
            if one.report is not None:
                recorder.sender_report(side, one.kind, *one.report, at=one.at)
        while until is not None and self.now < until:
            await self.step(recorder)

    async def step(self, recorder: TalkRecorder) -> None:
        self.now += STEP_SECONDS
        recorder.work(self.now)
        await asyncio.sleep(0)

    async def stop(self, recorder: TalkRecorder) -> list[PartInfo]:
        """Stop, and return the parts."""
        stopping = asyncio.create_task(recorder.stop())
        await asyncio.sleep(0)
        recorder.work(self.now + STEP_SECONDS)
        async with asyncio.timeout(60):
            await stopping
        return self.parts


def describe(
    recorder: TalkRecorder, codec: str | None, *, side: Side = "cast", pair: int = 1
) -> None:
    """Tell the codecs of a pair."""
    recorder.codec(side, "audio", "opus", 48_000, pair)
    if codec is not None:
        recorder.codec(side, "video", codec, 90_000, pair)


@dataclass
class Seen:
    """What a decoder makes of a file; moments are seconds from its beginning."""

    pictures: list[float]
    sizes: list[tuple[int, int]]
    flashes: list[float]
    beeps: list[float]
    sounds: list[float]
    length: float | None


def watch(files: RecordingFiles, name: str) -> Seen:
    """Decode a whole file."""
    with closing(files.open(name)) as reader:
        return _decoded(SealedStream(reader))


def _decoded(stream: SealedStream) -> Seen:
    seen = Seen([], [], [], [], [], None)
    dark = True
    last_loud = -1.0
    with av.open(stream, "r") as container:
        seen.length = container.duration / 1e6 if container.duration else None
        frames = [frame for packet in container.demux() for frame in packet.decode()]
    for frame in frames:
        assert isinstance(frame, av.VideoFrame | av.AudioFrame)
        assert frame.pts is not None
        assert frame.time_base is not None
        at = float(frame.pts * frame.time_base)
        if isinstance(frame, av.VideoFrame):
            seen.pictures.append(at)
            seen.sizes.append((frame.width, frame.height))
            bright = _is_bright(frame)
            if bright and dark:
                seen.flashes.append(at)
            dark = not bright
        else:
            seen.sounds.append(at)
            last_loud = _hear(frame, at, seen.beeps, last_loud)
    return seen


def _is_bright(frame: av.VideoFrame) -> bool:
    plane = frame.planes[0]
    return bytes(plane)[plane.line_size * (plane.height // 2) + 8] > 120


def _hear(frame: av.AudioFrame, at: float, beeps: list[float], last_loud: float) -> float:
    """Note where a beep begins; return when it was loud for the last time."""
    planar = frame.format.is_planar
    samples = memoryview(bytes(frame.planes[0])).cast("f" if "flt" in frame.format.name else "h")
    step = 1 if planar else 2
    threshold = 0.1 if "flt" in frame.format.name else 3000
    for index in range(0, frame.samples * step, step):
        if abs(samples[index]) > threshold:
            moment = at + index / step / frame.sample_rate
            if moment - last_loud > 0.3:
                beeps.append(moment)
            last_loud = moment
    return last_loud


def offsets(seen: Seen) -> list[float]:
    """Return by how much each flash is from its beep, in seconds."""
    return [min((flash - beep for beep in seen.beeps), key=abs) for flash in seen.flashes]


def worst(seen: Seen) -> float:
    return max(abs(one) for one in offsets(seen))


def middle(seen: Seen) -> float:
    return median(offsets(seen))
