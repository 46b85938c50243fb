"""A process that is killed while it records: what was written is there, and plays."""

import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from media.recording.files import RecordingFiles
from media.recording.finishing import Finisher, measured
from media.recording.parts import LIVE, UNFINISHED
from media.recording.sealing.reader import SealedReader, SealedStream
from media.recording.sealing.writer import SealedWriter
from tests.media.recording.performances import Performance
from tests.media.recording.studio import KEY, MEGABYTE, Studio, describe, watch, worst

ROOT = Path(__file__).parents[3]
PATIENCE = 90


def killed_after(folder: Path, seconds: float, *, codec: str, recording_id: int = 7) -> float:
    """Let a process record until so much is on the disk, and kill it; return how much it was."""
    command = [sys.executable, "-m", "tests.media.recording.recording_process"]
    command += [str(folder), str(recording_id), codec]
    process = subprocess.Popen(command, cwd=ROOT)
    files = RecordingFiles(folder, KEY, MEGABYTE)
    written, end = 0.0, time.monotonic() + PATIENCE
    try:
        while written < seconds:
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.1)
            written = written_of(files)
        # Another process leaves alone what this one writes.
        assert files.mend() == []
    finally:
        process.kill()
        process.wait(PATIENCE)
    return written


def written_of(files: RecordingFiles) -> float:
    """Return how many seconds of a live file are on the disk."""
    for live in files._folder.glob(f"*{LIVE}"):
        name = live.name.removesuffix(LIVE)
        with closing(SealedReader(live, files._keys, name)) as reader:
            return measured(SealedStream(reader)).seconds
    return 0.0


@pytest.mark.parametrize("codec", ["vp8", "h264"])
def test_what_a_killed_process_wrote_is_finished_by_another(tmp_path: Path, codec: str) -> None:
    written = killed_after(tmp_path, 5, codec=codec)
    (live,) = tmp_path.iterdir()
    assert live.name.endswith(LIVE)
    files = RecordingFiles(tmp_path, KEY, 100 * MEGABYTE)
    (part,) = files.mend()
    assert not part.whole
    assert part.seconds >= written
    seen = watch(files, part.name)
    assert worst(seen) <= 0.04
    assert len(seen.flashes) >= 3
    assert seen.length == pytest.approx(part.seconds, abs=0.2)
    assert files.mend() == []
    assert [path.name for path in tmp_path.iterdir()] == [part.name]
    files.close()


@pytest.mark.parametrize("codec", ["vp8", "h264"])
async def test_two_seconds_and_a_half_are_all_that_a_kill_costs(tmp_path: Path, codec: str) -> None:
    studio = Studio(tmp_path)
    recorder = studio.begin()
    describe(recorder, codec)
    performance = Performance(codec=codec, seconds=12)
    written = []
    for second in range(1, 12):
        until = performance.begins + second
        sent = [one for one in performance.sent() if until - 1 <= one.at < until]
        await studio.play(recorder, sent, until=until)
        written.append(second - written_of(studio.files))
    # At the beginning three are held back, until it is known how sound and picture go together.
    assert max(written[:3]) <= 3.5
    assert max(written[3:]) <= 2.5
    await studio.stop(recorder)


async def test_a_recording_goes_on_in_a_further_part(tmp_path: Path) -> None:
    killed_after(tmp_path, 2, codec="vp8", recording_id=7)
    studio = Studio(tmp_path)
    recorder = studio.begin(7)
    describe(recorder, "vp8")
    await studio.play(recorder, Performance().sent())
    mended = studio.files.mend()
    (part,) = await studio.stop(recorder)
    assert [one.name for one in mended] == ["7-cast-0.webm"]
    assert part.name == "7-cast-1.webm"
    # The numbers count on from what is there, also where only the other process's parts are.
    again = studio.begin(7)
    assert studio.files._first_part(7, "cast") == 2
    assert studio.files._first_part(7, "caller") == studio.files._first_part(77, "cast") == 0
    await studio.stop(again)


async def live_file(folder: Path, codec: str = "vp8") -> Path:
    """Leave a file as a process that was killed would."""
    studio = Studio(folder)
    recorder = studio.begin()
    describe(recorder, codec)
    performance = Performance(seconds=6, codec=codec)
    await studio.play(recorder, performance.sent(), until=performance.begins + 6)
    part = recorder._sides["cast"]._part
    assert part is not None
    part.close()
    return part.path


@pytest.mark.parametrize("codec", ["vp8", "h264"])
async def test_wherever_a_file_ends_it_can_be_mended(tmp_path: Path, codec: str) -> None:
    data = (await live_file(tmp_path, codec)).read_bytes()
    seconds = 0.0
    for place, cut in enumerate(range(100, len(data), len(data) // 12)):
        folder = tmp_path / str(cut)
        folder.mkdir()
        name = f"7-cast-0.{'webm' if codec == 'vp8' else 'mp4'}"
        (folder / f"{name}{LIVE}").write_bytes(data[:cut])
        files = RecordingFiles(folder, KEY, 100 * MEGABYTE)
        for part in files.mend():
            assert not part.whole
            assert part.seconds >= seconds
            seconds = part.seconds
            if seconds > 1:
                assert watch(files, part.name).pictures
        assert [path.name for path in folder.iterdir()] in ([], [name]), place
        files.close()
    assert seconds > 3


async def test_a_file_that_was_tampered_with_is_kept_up_to_there(tmp_path: Path) -> None:
    live = await live_file(tmp_path)
    data = bytearray(live.read_bytes())
    data[len(data) // 2] ^= 1
    live.write_bytes(data)
    files = RecordingFiles(tmp_path, KEY, 100 * MEGABYTE)
    (part,) = files.mend()
    assert not part.whole
    assert 0.5 < part.seconds < 5.5
    files.close()


async def test_killed_while_it_is_finished(tmp_path: Path) -> None:
    live = await live_file(tmp_path)
    (tmp_path / live.name.replace(LIVE, UNFINISHED)).write_bytes(b"half of it")
    files = RecordingFiles(tmp_path, KEY, 100 * MEGABYTE)
    (part,) = files.mend()
    assert [path.name for path in tmp_path.iterdir()] == [part.name]
    with closing(files.open(part.name)) as reader:
        assert reader.whole
    files.close()


async def test_killed_after_it_was_finished(tmp_path: Path) -> None:
    live = await live_file(tmp_path)
    data = live.read_bytes()
    files = RecordingFiles(tmp_path, KEY, 100 * MEGABYTE)
    (first,) = files.mend()
    live.write_bytes(data)
    (second,) = files.mend()
    assert first.seconds == second.seconds
    assert files.names() == [first.name]
    files.close()


async def test_what_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / f"7-cast-0.webm{LIVE}").write_bytes(os.urandom(5000))
    live = tmp_path / f"7-caller-0.webm{LIVE}"
    files = RecordingFiles(tmp_path, KEY, 100 * MEGABYTE)
    other = RecordingFiles(tmp_path / "other", "o" * 32, 100 * MEGABYTE)
    writer = SealedWriter(live, other._keys, "7-caller-0.webm", 1.0, take=other._quota.take_last)
    writer.close()
    assert files.mend() == []
    assert len(list(tmp_path.glob(f"*{LIVE}"))) == 2
    files.close()


async def test_without_room_for_a_second_file_the_live_one_stays_and_plays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Finisher, "_remuxed", lambda *_: None)
    for codec in ("vp8", "h264"):
        studio = Studio(tmp_path / codec)
        recorder = studio.begin()
        describe(recorder, codec)
        await studio.play(recorder, Performance(codec=codec).sent())
        (part,) = await studio.stop(recorder)
        assert part.whole
        assert part.seconds == pytest.approx(4, abs=0.05)
        seen = watch(studio.files, part.name)
        assert len(seen.pictures) == 60
        assert worst(seen) <= 0.04


async def test_a_finished_file_is_written_without_a_plain_byte(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    recorder = studio.begin()
    describe(recorder, "h264")
    sent = Performance(codec="h264").sent()
    await studio.play(recorder, sent)
    (part,) = await studio.stop(recorder)
    data = (tmp_path / part.name).read_bytes()
    for word in (b"ftyp", b"moov", b"OpusHead", b"\x00\x00\x00\x01"):
        assert word not in data.replace(bytes(8), b"")
    for one in sent[:200]:
        if one.packet is not None and len(one.packet) > 60:
            assert one.packet[-30:] not in data
    with closing(SealedReader(tmp_path / part.name, studio.files._keys, part.name)) as reader:
        assert b"moov" in reader.read(0, reader.size)
