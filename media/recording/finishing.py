"""A file that is complete gets a length and an index, without being decoded or ever lying plain."""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import av
import structlog
from av import Packet
from av.container import InputContainer
from av.stream import Stream

from media.recording.containers import (
    Contents,
    finished_container,
    media_type,
    read_container,
)
from media.recording.parts import LIVE, UNFINISHED, PartInfo, PartName, parsed_name
from media.recording.quota import FolderQuota, QuotaError
from media.recording.sealing.keys import RecordingKeys
from media.recording.sealing.reader import SealedReader, SealedStream
from media.recording.sealing.writer import SealedWriter

log = structlog.get_logger(__name__)

# How long the last sound or picture is there, where nothing follows it.
LAST_SECONDS = 0.02
# The index, beside what the live file held; and what can't even hold one second of sound.
INDEX_BYTES = 4 * 1024 * 1024
NOTHING_BYTES = 16 * 1024
PACKETS_A_TURN = 50


class Finisher:
    """Turns live files into finished ones."""

    def __init__(self, folder: Path, keys: RecordingKeys, quota: FolderQuota) -> None:
        self._folder = folder
        self._keys = keys
        self._quota = quota

    def finish(self, live: Path, ended: Contents | None = None) -> PartInfo | None:
        """Finish a file that nobody writes any more, and that is locked; None for an empty one.

        `ended` is what it holds, where its end could be written. Where there is no room for a
        second file, the live one itself stays: it plays, but its player can't jump. Raises
        SealBrokenError, OSError.
        """
        name = parsed_name(live.name.removesuffix(LIVE))
        new = self._folder / f"{name}{UNFINISHED}"
        new.unlink(missing_ok=True)
        with closing(SealedReader(live, self._keys, str(name))) as reader:
            stream = SealedStream(reader, up_to_breaks=True)
            contents = ended if name.ending == "webm" else None
            contents = contents or self._remuxed(stream, reader, name, new) or measured(stream)
            whole = ended is not None and reader.whole and not stream.broken
            empty = contents.seconds == 0 and reader.size < NOTHING_BYTES
        self._put_in_place(live, new, name, empty=empty)
        return None if empty else self.told(name, contents, whole=whole)

    def _remuxed(
        self, stream: SealedStream, reader: SealedReader, name: PartName, new: Path
    ) -> Contents | None:
        """Write the finished file beside the live one; None where that can't be done."""
        if self._quota.left() < reader.size + INDEX_BYTES:
            return None
        try:
            file = SealedWriter(new, self._keys, str(name), reader.begun_at, take=self._quota.take)
            with closing(file):
                contents = _copied(stream, file, name)
                file.end()
            return contents
        except (OSError, QuotaError, av.FFmpegError) as error:
            log.warning("recording.not_finished", file=str(name), error=repr(error)[:200])
            new.unlink(missing_ok=True)
            self._quota.count_again()
            return None

    def _put_in_place(self, live: Path, new: Path, name: PartName, *, empty: bool) -> None:
        if not empty:
            (new if new.exists() else live).replace(self._folder / str(name))
        live.unlink(missing_ok=True)
        new.unlink(missing_ok=True)
        self._quota.count_again()
        folder = os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def told(self, name: PartName, contents: Contents, *, whole: bool) -> PartInfo:
        """Return what there is to tell of a file in its place."""
        with closing(SealedReader(self._folder / str(name), self._keys, str(name))) as reader:
            return PartInfo(
                recording_id=name.recording_id,
                side=name.side,
                part=name.part,
                name=str(name),
                media_type=media_type(name.ending, picture=contents.picture),
                begun_at=reader.begun_at,
                seconds=contents.seconds,
                size=reader.size,
                whole=whole,
            )


def measured(stream: SealedStream) -> Contents:
    """Read a container to its end, or to where it can't be read any more."""
    stream.seek(0)
    seconds, picture = 0.0, False
    try:
        with read_container(stream) as container:
            for packet, end in _packets(container):
                seconds = max(seconds, end)
                picture = picture or packet.stream.type == "video"
    except av.FFmpegError:
        pass
    return Contents(round(seconds, 3), picture)


def _copied(stream: SealedStream, file: SealedWriter, name: PartName) -> Contents:
    """Copy every packet as it is. Raises FFmpegError, OSError, QuotaError."""
    seconds, picture = 0.0, False
    stream.seek(0)
    with read_container(stream) as live, finished_container(file, name.ending) as finished:
        streams = [finished.add_stream_from_template(one) for one in live.streams]
        for packet, end in _packets(live):
            seconds = max(seconds, end)
            picture = picture or packet.stream.type == "video"
            packet.stream = streams[packet.stream.index]
            finished.mux_one(packet)
    return Contents(round(seconds, 3), picture)


def _packets(container: InputContainer) -> Iterator[tuple["Packet[Stream]", float]]:
    """Yield packets, each with the second at which it is over."""
    for number, packet in enumerate(container.demux()):
        if number % PACKETS_A_TURN == 0:
            # The loop, which carries packets of talks, goes first.
            time.sleep(0)
        if packet.pts is not None and packet.dts is not None:
            base = packet.time_base
            length = float((packet.duration or 0) * base) or LAST_SECONDS
            yield packet, float(packet.pts * base) + min(length, 1.0)
