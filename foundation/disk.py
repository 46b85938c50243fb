"""Room on the disk: whether the database can write, as far as this process can know.

It knows of each statement that the database refused for want of room, and of the space that is
free where the embedded database lies. Of the disk of another machine it learns by the former only.
"""

import shutil
from pathlib import Path
from typing import Literal, TypeAlias

import psycopg
import structlog

log = structlog.get_logger(__name__)

Lack: TypeAlias = Literal["disk_full", "disk_low"]

MEGABYTE = 1024 * 1024


class Disk:
    """What is known of one database's disk. `folder` is where it lies, if that is on this machine.

    `low_mb` megabytes must be free there.
    """

    def __init__(self, folder: Path | None = None, low_mb: int = 0) -> None:
        self._folder = folder
        self._low = low_mb * MEGABYTE
        self.refused = False

    def note(self, error: BaseException | None) -> None:
        """Look at an error of the database's driver, whether it was for want of room."""
        if isinstance(error, psycopg.errors.DiskFull):
            if not self.refused:
                log.error("disk.full", error=str(error)[:300])
            self.refused = True

    def note_room(self) -> None:
        """Note that the database has written something that needed room."""
        if self.refused:
            log.info("disk.has_room_again")
        self.refused = False

    def free(self) -> int | None:
        """Return the bytes that are free where the database lies, or None where nobody knows."""
        if self._folder is None:
            return None
        try:
            return shutil.disk_usage(self._folder).free
        except OSError:
            return None

    def lack(self, times: int = 1) -> Lack | None:
        """Return what is wrong with the disk: it is full, or `times` the least is free no more."""
        if self.refused:
            return "disk_full"
        free = self.free()
        return "disk_low" if free is not None and free < times * self._low else None
