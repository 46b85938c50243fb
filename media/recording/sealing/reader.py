"""A sealed file, read from anywhere."""

import io
import os
from array import array
from bisect import bisect_right
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag

from media.recording.sealing.chunks import (
    CHUNK,
    HEAD,
    HEADER,
    LAST,
    LENGTH,
    MOST_CHUNKS,
    TAG,
    WORD,
    SealBrokenError,
    nonce,
    read_header,
    sealed_with,
)
from media.recording.sealing.keys import RecordingKeys


class SealedReader:
    """The plain bytes of a sealed file, for one thread at a time; every chunk is proved when read.

    `size` counts plain bytes. `whole` is False where the file ends before its end: nothing was
    changed, the rest was never written or was cut off. `begun_at` is what the writer was told.
    """

    def __init__(self, path: Path, keys: RecordingKeys, name: str) -> None:
        """Open a file. Raises FileNotFoundError, SealBrokenError, UnknownKeyError."""
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._header = os.pread(self._fd, HEADER.size, 0)
            header = read_header(self._header)
            self._cipher = keys.cipher(header.key_id, header.salt, name)
            self.begun_at = header.begun_at
            # Where each chunk begins in the file, and where each stretch of the plain bytes does
            # among them, with the number of its chunk.
            self._places, self._starts, self._numbers = array("Q"), array("Q"), array("Q")
            self._words: list[bytes] = []
            self.size = 0
            self.whole = False
            self._index(os.fstat(self._fd).st_size)
            self._position = 0
            self._number, self._plain = -1, b""
            if self._words:
                self._load(len(self._words) - 1)
        except BaseException:
            os.close(self._fd)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` plain bytes from `offset`: less only at the end.

        Raises SealBrokenError.
        """
        end = min(offset + length, self.size)
        pieces = []
        while piece := self.read_some(offset, end - offset):
            pieces.append(piece)
            offset += len(piece)
        return b"".join(pieces)

    def read_some(self, offset: int, length: int) -> bytes:
        """Return the same, but of one chunk at most. Raises SealBrokenError."""
        if offset < 0 or length <= 0 or offset >= self.size:
            return b""
        stretch = bisect_right(self._starts, offset) - 1
        self._load(self._numbers[stretch])
        begin = offset - self._starts[stretch]
        return self._plain[begin : begin + length]

    def _index(self, file_size: int) -> None:
        place = HEADER.size
        while place + WORD.size + TAG <= file_size and not self.whole:
            word = os.pread(self._fd, WORD.size, place)
            said = WORD.unpack(word)[0]
            length, end = said & LENGTH, place + WORD.size + (said & LENGTH) + TAG
            # A chunk of nothing is what a power cut leaves: room without bytes.
            if end > file_size or said == 0:
                return
            if length > CHUNK or len(self._words) >= MOST_CHUNKS:
                raise SealBrokenError("no chunk is so long, no file has so many")
            self._words.append(word)
            self._places.append(place)
            self._note(said & HEAD, length)
            self.whole, place = bool(said & LAST), end
        if self.whole and place != file_size:
            raise SealBrokenError("something follows the last chunk")

    def _note(self, is_head: int, length: int) -> None:
        """Note where a chunk's bytes belong among the plain ones."""
        number = len(self._words) - 1
        if not is_head:
            self._numbers.append(number)
            self._starts.append(self.size)
            self.size += length
        elif self._numbers and length == WORD.unpack(self._words[0])[0]:
            self._numbers[0] = number
        else:
            raise SealBrokenError("a new head is as long as the old one")

    def _load(self, number: int) -> None:
        """Decrypt a chunk, unless it is the one that was read last."""
        if number == self._number:
            return
        word = self._words[number]
        length = (WORD.unpack(word)[0] & LENGTH) + TAG
        sealed = os.pread(self._fd, length, self._places[number] + WORD.size)
        try:
            self._plain = self._cipher.decrypt(
                nonce(number), sealed, sealed_with(self._header, number, word)
            )
        except InvalidTag:
            raise SealBrokenError(f"chunk {number} is not as it was written") from None
        self._number = number


class SealedStream:
    """A reader as a file object, as the demuxer wants it; `broken` tells where it had to end."""

    def __init__(self, reader: SealedReader, *, up_to_breaks: bool = False) -> None:
        self._reader = reader
        self._up_to_breaks = up_to_breaks
        self._position = 0
        self.broken = False

    def read(self, size: int = -1) -> bytes:
        """Return some of the next bytes; with `up_to_breaks`, a broken chunk is the end."""
        length = self._reader.size if size < 0 else size
        try:
            data = self._reader.read_some(self._position, length)
        except SealBrokenError:
            self.broken = True
            if not self._up_to_breaks:
                raise
            data = b""
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move the position."""
        bases = {
            io.SEEK_SET: 0,
            io.SEEK_CUR: self._position,
            io.SEEK_END: self._reader.size,
        }
        self._position = max(0, bases[whence] + offset)
        return self._position

    def tell(self) -> int:
        """Return the position, in plain bytes."""
        return self._position
