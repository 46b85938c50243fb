"""The folder of the recordings: what is written to it, read from it, mended and removed."""

import fcntl
import os
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import structlog

from media.recording.finishing import Finisher, measured
from media.recording.live_part import LivePart
from media.recording.parts import (
    LIVE,
    OPENING,
    UNFINISHED,
    PartInfo,
    PartName,
    Side,
    parsed_name,
)
from media.recording.quota import FolderQuota
from media.recording.recorder import RecordingListener, TalkRecorder
from media.recording.sealing.chunks import SealBrokenError
from media.recording.sealing.keys import RecordingKeys, UnknownKeyError
from media.recording.sealing.reader import SealedReader, SealedStream
from media.recording.track_headers import TrackHeader
from media.recording.working import RecordingThread

log = structlog.get_logger(__name__)

BEFORE = {OPENING, LIVE, UNFINISHED}
LEAVINGS_SECONDS = 600


class RecordingFiles:
    """Recordings in one folder, sealed with one key, up to a quota.

    Several processes may share the folder: one that records keeps a lock on what it writes.
    """

    def __init__(
        self, folder: Path, key: str, quota_bytes: int, old_keys: Sequence[str] = ()
    ) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._keys = RecordingKeys(key, old_keys)
        self._quota = FolderQuota(folder, quota_bytes)
        self._finisher = Finisher(folder, self._keys, self._quota)
        self._thread = RecordingThread()
        self._finishing = ThreadPoolExecutor(1, thread_name_prefix="finishing")

    def begin(
        self,
        recording_id: int,
        ask_key_frame: Callable[[Side], None],
        on_part: Callable[[PartInfo], None],
        on_failed: Callable[[str], None],
    ) -> TalkRecorder:
        """Begin to record a talk; to be called in the loop, where the three are called as well.

        A recording that was begun before, by this process or another, goes on in further parts.
        `on_failed` is told "quota", "disk_full", "disk" or "bug", once; then nothing more is kept.
        """
        recorder = TalkRecorder(
            recording_id,
            RecordingListener(ask_key_frame, on_part, on_failed),
            self._first_part,
            self._open_part,
            self._finish_part,
        )
        self._thread.add(recorder)
        return recorder

    def open(self, name: str) -> SealedReader:
        """Open a finished file, to be closed by its reader.

        Raises FileNotFoundError, SealBrokenError, UnknownKeyError.
        """
        return SealedReader(self._folder / str(parsed_name(name)), self._keys, name)

    def remove(self, name: str) -> None:
        """Remove a file; one that isn't there is removed already. Raises FileNotFoundError for
        what no part is ever called."""
        (self._folder / str(parsed_name(name))).unlink(missing_ok=True)
        self._quota.count_again()

    def look(self, name: str) -> PartInfo:
        """Read again what was told of a finished file; takes as long as reading it does.

        For files that nobody remembers. Raises FileNotFoundError, SealBrokenError, UnknownKeyError.
        """
        part = parsed_name(name)
        with closing(self.open(name)) as reader:
            return self._finisher.told(part, measured(SealedStream(reader)), whole=reader.whole)

    def names(self) -> Collection[str]:
        """Return the names of all finished files."""
        return sorted(
            path.name for path in self._folder.iterdir() if path.suffix in {".webm", ".mp4"}
        )

    def left(self) -> int:
        """Return how many more bytes the quota allows."""
        return self._quota.left()

    def mend(self) -> list[PartInfo]:
        """Finish what killed processes left behind, and return what there is to tell of it.

        Takes as long as reading it does. What another process still writes is left alone, and so
        is what can't be read: it is logged.
        """
        found = []
        for live in sorted(self._folder.glob(f"*{LIVE}")):
            if (fd := _locked(live)) is None:
                continue
            try:
                info = self._finisher.finish(live)
                found += [info] if info is not None else []
            except (OSError, SealBrokenError, UnknownKeyError) as error:
                log.error("recording.not_mended", file=live.name, error=repr(error)[:200])
            finally:
                os.close(fd)
        self._remove_leavings()
        return found

    def close(self) -> None:
        """End the threads. What is still recorded is left for `mend`."""
        self._thread.close()
        self._finishing.shutdown(wait=True, cancel_futures=True)

    def _first_part(self, recording_id: int, side: Side) -> int:
        """Return from which number on a side's parts are free."""
        first = 0
        for path in self._folder.glob(f"{recording_id}-{side}-*"):
            with suppress(FileNotFoundError):
                part = parsed_name(path.name.removesuffix(path.suffix * (path.suffix in BEFORE)))
                first = max(first, part.part + 1)
        return first

    def _open_part(self, name: PartName, picture: TrackHeader | None, begun_at: float) -> LivePart:
        return LivePart(
            self._folder, name, self._keys, self._quota, picture=picture, begun_at=begun_at
        )

    def _finish_part(self, part: LivePart, tell: Callable[[PartInfo | None], None]) -> None:
        """Finish a file in a thread of its own: others are recorded meanwhile."""
        self._finishing.submit(self._finish, part, tell)

    def _finish(self, part: LivePart, tell: Callable[[PartInfo | None], None]) -> None:
        info = None
        try:
            info = self._finisher.finish(part.path, part.end())
        except Exception:
            # It stays as it is, for `mend`.
            log.exception("recording.not_finished", file=str(part.name))
        finally:
            part.close()
            tell(info)

    def _remove_leavings(self) -> None:
        """Remove what was begun and never came to be a file."""
        long_ago = time.time() - LEAVINGS_SECONDS
        for path in [*self._folder.glob(f"*{OPENING}"), *self._folder.glob(f"*{UNFINISHED}")]:
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < long_ago:
                    path.unlink()


def _locked(path: Path) -> int | None:
    """Lock a file that no living process writes; None where one does, or where it is gone."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    if os.fstat(fd).st_nlink == 0:
        os.close(fd)
        return None
    return fd
