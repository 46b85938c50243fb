"""How many bytes the recordings of a folder may take."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

# Others write into the folder and remove from it as well.
COUNT_SECONDS = 10.0


class QuotaError(Exception):
    """The folder of the recordings holds as much as it may."""


class FolderQuota:
    """Counts what a folder holds: by looking now and then, and in between by what is taken."""

    def __init__(
        self, folder: Path, most: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._used = 0
        self._counted_at: float | None = None

    def take(self, size: int) -> None:
        """Take room for `size` more bytes. Raises QuotaError where there is none."""
        with self._lock:
            self._count()
            if self._used + size > self._most:
                raise QuotaError
            self._used += size

    def take_last(self, size: int) -> None:
        """Take room for the end of a file, which is small and is written in any case."""
        with self._lock:
            self._used += size

    def left(self) -> int:
        """Return how many bytes may still be written."""
        with self._lock:
            self._count()
            return max(0, self._most - self._used)

    def count_again(self) -> None:
        """Look at the folder before the next answer."""
        with self._lock:
            self._counted_at = None

    def _count(self) -> None:
        now = self._clock()
        if self._counted_at is None or now - self._counted_at >= COUNT_SECONDS:
            self._used = sum(_size(path) for path in self._folder.iterdir())
            self._counted_at = now


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
