"""Nothing that goes wrong with a recording reaches the talk: it is told, and bounded."""

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from media.recording import recorder as recorder_module
from media.recording.files import RecordingFiles
from media.recording.parts import MOST_PARTS, PartInfo
from media.recording.recorder import MOST_QUEUED
from media.recording.sealing.writer import SealedWriter
from media.recording.side import ASK_SECONDS
from tests.faults.test_full_disk import fill, small_disk
from tests.media.recording.performances import RATE, Performance
from tests.media.recording.studio import KEY, MEGABYTE, Studio, describe, watch


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path / "recordings")


async def test_a_full_quota_ends_the_recording_and_says_so(tmp_path: Path) -> None:
    studio = Studio(tmp_path, quota=20_000)
    recorder = studio.begin()
    describe(recorder, "vp8")
    await studio.play(recorder, Performance(seconds=10).sent())
    (part,) = await studio.stop(recorder)
    assert studio.failed == ["quota"]
    assert 2 < part.seconds < 10
    # What there is plays.
    assert len(watch(studio.files, part.name).pictures) > RATE
    # The end of the file comes on top.
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 20_000 + 10_000
    again = studio.begin(8)
    describe(again, "vp8")
    await studio.play(again, Performance(seconds=10, begins=studio.now + 5).sent())
    await studio.stop(again)
    assert studio.failed == ["quota", "quota"]
    studio.files.remove(part.name)
    assert studio.files.left() > 15_000


@pytest.fixture
def disk() -> Iterator[Path]:
    """A disk of its own, of eight megabytes."""
    with small_disk(8) as folder:
        yield folder


async def test_a_full_disk_ends_the_recording_and_says_so(disk: Path) -> None:
    studio = Studio(disk / "recordings")
    recorder = studio.begin()
    describe(recorder, "vp8")
    performance = Performance(seconds=10)
    sent = performance.sent()
    half = performance.begins + 5
    await studio.play(recorder, [one for one in sent if one.at < half], until=half)
    fill(disk / "fill")
    await studio.play(recorder, [one for one in sent if one.at >= half], until=half + 5)
    (part,) = await studio.stop(recorder)
    assert studio.failed == ["disk_full"]
    assert not part.whole
    seen = watch(studio.files, part.name)
    assert len(seen.pictures) > 2 * RATE
    assert not seen.length or seen.length < 8


async def test_a_disk_that_fails_is_told_apart(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = studio.begin()
    describe(recorder, "vp8")
    sent = Performance().sent()
    await studio.play(recorder, sent[: len(sent) * 3 // 4], until=sent[-1].at)

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(SealedWriter, "_append", fail)
    await studio.play(recorder, sent[len(sent) * 3 // 4 :], until=sent[-1].at + 2)
    await studio.stop(recorder)
    assert studio.failed == ["disk"]


async def test_a_bug_of_ours_is_told_and_ends_that_recording_alone(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = studio.begin()
    describe(recorder, "vp8")
    monkeypatch.setattr(recorder._sides["cast"], "packet", lambda *_: 1 / 0)
    await studio.play(recorder, Performance().sent())
    assert recorder.work(studio.now)
    await studio.stop(recorder)
    assert studio.failed == ["bug"]


async def test_what_the_thread_cannot_keep_up_with_is_dropped_and_counted(studio: Studio) -> None:
    recorder = studio.begin()
    describe(recorder, "vp8")
    performance = Performance(seconds=30)
    sent = [one for one in performance.sent() if one.packet is not None]
    assert 3 * len(sent) > MOST_QUEUED
    for _ in range(3):
        for one in sent:
            assert one.packet is not None
            recorder.packet("cast", one.kind, one.packet, one.at)
    assert recorder.dropped == 3 * len(sent) + 2 - MOST_QUEUED
    assert len(recorder._queue) == MOST_QUEUED
    await studio.stop(recorder)
    assert not studio.failed


async def test_a_hanging_disk_does_not_hold_up_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = RecordingFiles(tmp_path, KEY, 10 * MEGABYTE)
    parts: list[PartInfo] = []
    recorder = files.begin(7, lambda _: None, parts.append, lambda _: None)
    hanging, goes_on = threading.Event(), threading.Event()
    append = SealedWriter._append

    def hang(writer: SealedWriter, data: bytes) -> None:
        hanging.set()
        assert goes_on.wait(60)
        append(writer, data)

    monkeypatch.setattr(SealedWriter, "_append", hang)
    describe(recorder, "vp8")
    sent = Performance(seconds=4, begins=time.time() - 10).sent()
    for one in sent:
        if one.packet is not None:
            recorder.packet("cast", one.kind, one.packet, one.at)
    async with asyncio.timeout(60):
        while not hanging.is_set():
            await asyncio.sleep(0.01)
    # The thread stands; here all goes on, and is bounded.
    for _ in range(2 * MOST_QUEUED):
        recorder.packet("cast", "audio", b"\x80" * 100, time.time())
    assert recorder.dropped >= MOST_QUEUED
    goes_on.set()
    await recorder.stop()
    assert [part.whole for part in parts] == [True]
    files.close()


async def test_a_stop_that_waits_too_long_returns(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "STOP_SECONDS", 0.01)
    recorder = studio.begin()
    async with asyncio.timeout(60):
        await recorder.stop()
    assert studio.parts == []


async def test_hostile_packets_spoil_no_recording(studio: Studio) -> None:
    rng = random.Random(4)
    recorder = studio.begin()
    describe(recorder, "h264")
    sent = Performance(codec="h264", seconds=6).sent()
    for one in sent:
        if one.packet is not None and rng.random() < 0.1:
            spoilt = bytearray(one.packet)
            for _ in range(rng.randrange(1, 6)):
                spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
            one.packet = bytes(spoilt[: rng.randrange(1, len(spoilt) + 1)])
    await studio.play(recorder, sent)
    parts = await studio.stop(recorder)
    assert studio.failed == []
    assert parts
    assert sum(part.size for part in parts) < MEGABYTE
    assert max(part.seconds for part in parts) < 20


async def test_codecs_that_alternate_make_no_endless_files(studio: Studio) -> None:
    recorder = studio.begin()
    performance = Performance(seconds=1)
    for pair in range(MOST_PARTS // 50):
        for codec in ("vp8", "h264"):
            describe(recorder, codec, pair=2 * pair + (codec == "h264"))
            other = Performance(codec=codec, seconds=1, begins=performance.begins + 2 * pair)
            await studio.play(recorder, other.sent())
    parts = await studio.stop(recorder)
    assert len(parts) <= MOST_PARTS
    assert len({part.name for part in parts}) == len(parts)


@pytest.mark.parametrize(("kind", "codec"), [("video", "av1"), ("video", "opus"), ("audio", "vp8")])
async def test_other_codecs_are_refused(studio: Studio, kind: str, codec: str) -> None:
    recorder = studio.begin()
    with pytest.raises(ValueError, match="no codec"):
        recorder.codec("cast", "video" if kind == "video" else "audio", codec, 90_000, 1)
    await studio.stop(recorder)


async def test_key_frames_are_asked_for_at_most_once_a_second(studio: Studio) -> None:
    recorder = studio.begin()
    describe(recorder, "vp8")
    performance = Performance(seconds=10)
    # Nothing but sound, and now and then a piece of a picture that nothing comes of.
    sent = [
        one
        for place, one in enumerate(performance.sent())
        if one.kind == "audio" or (place % 7 == 0 and one.at > performance.begins + 1)
    ]
    await studio.play(recorder, sent)
    assert 1 < len(studio.asked) <= 10 / ASK_SECONDS + 1
    await studio.stop(recorder)
