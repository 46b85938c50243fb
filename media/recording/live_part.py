"""One file of a side while it is written."""

import errno
import fcntl
from collections.abc import Sequence
from pathlib import Path

import av
import structlog
from av import Packet
from av.stream import Stream

from media.recording.containers import Contents, live_container, packet_of
from media.recording.parts import LIVE, OPENING, Kind, PartName
from media.recording.quota import FolderQuota, QuotaError
from media.recording.rtp.source import TimedFrame
from media.recording.sealing.keys import RecordingKeys
from media.recording.sealing.writer import SealedWriter
from media.recording.track_headers import OPUS, TrackHeader, opened

log = structlog.get_logger(__name__)

FLUSH_SECONDS = 0.4
# Nothing to hear: MP4 wants a track's first piece to begin where the file does.
SILENCE = b"\xf8\xff\xfe"
SILENCE_SECONDS = 0.02
LAST_MICROSECONDS: dict[Kind, int] = {"audio": 20_000, "video": 33_000}
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


class PartFailedError(Exception):
    """Nothing more can be written; the code says why: "quota", "disk_full" or "disk"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class LivePart:
    """A container of one or two tracks that is sealed as it is written.

    A lock on the file tells other processes that somebody writes it; it goes with the process.
    """

    def __init__(
        self,
        folder: Path,
        name: PartName,
        keys: RecordingKeys,
        quota: FolderQuota,
        *,
        picture: TrackHeader | None,
        begun_at: float,
    ) -> None:
        """Begin the file. Raises PartFailedError."""
        self.name = name
        self.path = folder / f"{name}{LIVE}"
        self.codec = picture and picture.codec
        self.begun_at = begun_at
        self._quota = quota
        self._flushed_at = begun_at
        self._last: dict[Kind, int] = {}
        self._unmeasured: dict[Kind, Packet[Stream]] = {}
        opening = folder / f"{name}{OPENING}"
        try:
            self._file = SealedWriter(opening, keys, str(name), begun_at, take=quota.take)
            fcntl.flock(self._file.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            opening.rename(self.path)
        except (OSError, QuotaError) as error:
            raise _failed(error) from error
        self._container = live_container(self._file, name.ending)
        self._streams: dict[Kind, Stream] = {"audio": self._add(OPUS)}
        if picture is not None:
            self._streams["video"] = self._add(picture)

    def takes(self, frame: TimedFrame) -> bool:
        """Say whether this file has a track for a frame."""
        header = frame.frame.header
        if frame.kind == "audio":
            return True
        return self.codec is not None and (header is None or header.codec == self.codec)

    def write(self, frames: Sequence[tuple[float, TimedFrame]]) -> None:
        """Write frames with their moments, in Unix time. Raises PartFailedError."""
        try:
            if not self._last and self.name.ending == "mp4" and not self._sounds_at_once(frames):
                self._write("audio", SILENCE, 0, key=True)
            for moment, (kind, _, _, frame) in frames:
                at = max(round((moment - self.begun_at) * 1e6), 0)
                self._write(kind, frame.data, at, key=frame.header is not None)
        except (OSError, QuotaError, av.FFmpegError) as error:
            raise _failed(error) from error

    def flush(self, now: float) -> None:
        """Bring to the disk what has come, once it is due. Raises PartFailedError."""
        if now - self._flushed_at < FLUSH_SECONDS:
            return
        self._flushed_at = now
        try:
            self._file.flush_chunk()
        except (OSError, QuotaError) as error:
            raise _failed(error) from error

    def end(self) -> Contents | None:
        """End the file, still locked; return what it holds, None if its end couldn't be written."""
        self._file.ask_for_room(self._quota.take_last)
        try:
            for kind, packet in self._unmeasured.items():
                packet.duration = LAST_MICROSECONDS[kind]
                self._container.mux_one(packet)
            self._container.close()
            self._file.end()
        except (OSError, QuotaError, av.FFmpegError) as error:
            log.warning("recording.not_ended", file=str(self.name), error=repr(error)[:200])
            return None
        lasts = [(at + LAST_MICROSECONDS[kind]) / 1e6 for kind, at in self._last.items()]
        return Contents(round(max(lasts, default=0.0), 3), picture="video" in self._last)

    def close(self) -> None:
        """Close the file, and with it the lock."""
        self._file.close()

    def _add(self, header: TrackHeader) -> Stream:
        with opened(header) as template:
            return self._container.add_stream_from_template(template.streams[0])

    def _sounds_at_once(self, frames: Sequence[tuple[float, TimedFrame]]) -> bool:
        soon = self.begun_at + SILENCE_SECONDS
        return any(frame.kind == "audio" and moment < soon for moment, frame in frames)

    def _write(self, kind: Kind, data: bytes, at: int, *, key: bool) -> None:
        # A container wants each piece of a track after the one before; WebM counts milliseconds.
        at = max(at, self._last.get(kind, -1000) + 1000)
        self._last[kind] = at
        packet = packet_of(data, self._streams[kind], at, key=key)
        if self.name.ending == "mp4":
            self._write_measured(kind, packet)
        else:
            self._container.mux_one(packet)

    def _write_measured(self, kind: Kind, packet: "Packet[Stream]") -> None:
        """Write the packet before this one: MP4 adds up lengths, and a gap is one."""
        before, self._unmeasured[kind] = self._unmeasured.get(kind), packet
        if before is not None:
            before.duration = (packet.pts or 0) - (before.pts or 0)
            self._container.mux_one(before)


def _failed(error: Exception) -> PartFailedError:
    if isinstance(error, QuotaError):
        return PartFailedError("quota")
    full = isinstance(error, OSError) and error.errno in NO_ROOM
    return PartFailedError("disk_full" if full else "disk")
