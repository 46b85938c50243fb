"""A file that is sealed while it is written."""

import io
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from media.recording.sealing.chunks import (
    CHUNK,
    HEAD,
    LAST,
    WORD,
    SealHeader,
    nonce,
    sealed_with,
)
from media.recording.sealing.keys import SALT_BYTES, RecordingKeys


class SealedWriter:
    """Takes plain bytes, writes whole chunks; what it holds itself was never on the disk.

    What stands in the first chunk can be written over, as containers do when they end: then it is
    written once more, at the end. `take` is asked for room before each write and may raise. After
    an error nothing more can be written, and the file ends with its last whole chunk.
    """

    def __init__(
        self,
        path: Path,
        keys: RecordingKeys,
        name: str,
        begun_at: float,
        *,
        take: Callable[[int], None],
    ) -> None:
        header = SealHeader(keys.newest_id, secrets.token_bytes(SALT_BYTES), begun_at)
        self._cipher = keys.cipher(header.key_id, header.salt, name)
        self._header = header.packed()
        self._take = take
        self._head = b""
        self._new_head: bytearray | None = None
        self._pending = bytearray()
        self._number = 0
        self._position = 0
        self.size = 0
        self.failed = False
        self.fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            self._end = 0
            self._append(self._header)
        except BaseException:
            os.close(self.fd)
            path.unlink(missing_ok=True)
            raise

    def write(self, data: bytes) -> int:
        """Take bytes at the present position; the muxer's way of writing."""
        if self.failed:
            raise OSError("the file has failed")
        if self._position < self.size:
            self._write_over(data)
            return len(data)
        self._pending += data
        self.size += len(data)
        self._position = self.size
        while len(self._pending) >= CHUNK:
            self._chunk(CHUNK)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move the position: back into the head, or to the end."""
        bases = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}
        position = bases[whence] + offset
        if not 0 <= position <= self.size:
            raise OSError("there is nothing yet")
        self._position = position
        return position

    def tell(self) -> int:
        """Return the position, in plain bytes."""
        return self._position

    def flush_chunk(self) -> None:
        """Write what has come so far as a chunk of its own, so that it outlives this process."""
        if self._pending:
            self._chunk(len(self._pending))

    def ask_for_room(self, take: Callable[[int], None]) -> None:
        """Ask another one for room from now on."""
        self._take = take

    def end(self) -> None:
        """Write the last chunk, and wait for the disk. Raises OSError where there is no room."""
        if self.failed:
            raise OSError("the file has failed")
        if self._new_head is not None:
            self.flush_chunk()
            self._append_chunk(bytes(self._new_head), HEAD)
        self._chunk(len(self._pending), LAST)
        os.fsync(self.fd)

    def close(self) -> None:
        """Close the file, ended or not."""
        os.close(self.fd)

    def _write_over(self, data: bytes) -> None:
        place, end = self._pending, self._position + len(data)
        if self._number:
            place = self._new_head = self._new_head or bytearray(self._head)
        if end > len(place):
            raise OSError("only the head can be written over")
        place[self._position : end] = data
        self._position = end

    def _chunk(self, length: int, kind: int = 0) -> None:
        plain = bytes(self._pending[:length])
        del self._pending[:length]
        if self._number == 0:
            self._head = plain
        self._append_chunk(plain, kind)

    def _append_chunk(self, plain: bytes, kind: int) -> None:
        word = WORD.pack(len(plain) | kind)
        aside = sealed_with(self._header, self._number, word)
        self._append(word + self._cipher.encrypt(nonce(self._number), plain, aside))
        self._number += 1

    def _append(self, data: bytes) -> None:
        try:
            self._take(len(data))
            view = memoryview(data)
            while view:
                view = view[os.write(self.fd, view) :]
        except BaseException:
            self.failed = True
            with suppress(OSError):
                os.ftruncate(self.fd, self._end)
            raise
        self._end += len(data)
