"""Sealed files: read from anywhere, and nothing in them can be changed unnoticed."""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.recording.sealing.chunks import (
    CHUNK,
    HEAD,
    HEADER,
    LAST,
    LENGTH,
    TAG,
    WORD,
    SealBrokenError,
)
from media.recording.sealing.keys import RecordingKeys, UnknownKeyError
from media.recording.sealing.reader import SealedReader
from media.recording.sealing.writer import SealedWriter

NAME = "7-cast-0.webm"
KEYS = RecordingKeys("k" * 32)
# Three full chunks, a short one in the middle, and an end.
PLAIN = os.urandom(3 * CHUNK + 1000)


def free(size: int) -> None:
    """There is room for everything."""


def sealed(
    path: Path, plain: bytes = PLAIN, *, keys: RecordingKeys = KEYS, end: bool = True
) -> Path:
    writer = SealedWriter(path, keys, NAME, 12.5, take=free)
    writer.write(plain[: CHUNK + 300])
    writer.flush_chunk()
    writer.write(plain[CHUNK + 300 :])
    if end:
        writer.end()
    writer.close()
    return path


def read_all(path: Path, *, keys: RecordingKeys = KEYS, name: str = NAME) -> tuple[bytes, bool]:
    with closing(SealedReader(path, keys, name)) as reader:
        return reader.read(0, reader.size), reader.whole


def noticed(path: Path) -> bool:
    """Say whether a changed file is refused, or at least told as one that lacks its end."""
    try:
        return not read_all(path)[1]
    except (SealBrokenError, UnknownKeyError):
        return True


def chunks(data: bytes) -> list[bytes]:
    """Cut a sealed file into its chunks, the header first."""
    found, place = [data[: HEADER.size]], HEADER.size
    while place < len(data):
        length = WORD.size + (WORD.unpack_from(data, place)[0] & LENGTH) + TAG
        found.append(data[place : place + length])
        place += length
    return found


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = sealed(tmp_path / "a")
    assert read_all(path) == (PLAIN, True)
    with closing(SealedReader(path, KEYS, NAME)) as reader:
        assert reader.begun_at == 12.5
        assert reader.size == len(PLAIN)


def test_no_plain_byte_is_on_the_disk(tmp_path: Path) -> None:
    data = sealed(tmp_path / "a", b"spoken words " * 20_000).read_bytes()
    assert b"spoken" not in data
    assert b"words" not in data


@settings(max_examples=200, deadline=None)
@given(st.integers(-10, len(PLAIN) + 10), st.integers(-10, len(PLAIN) + 10))
def test_a_range_reads_as_the_whole_does(
    tmp_path_factory: pytest.TempPathFactory, offset: int, length: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "ranges"
    if not path.exists():
        sealed(path)
    with closing(SealedReader(path, KEYS, NAME)) as reader:
        expected = PLAIN[offset : offset + length] if offset >= 0 and length > 0 else b""
        assert reader.read(offset, length) == expected


@pytest.mark.parametrize("number", range(6))
def test_a_change_in_any_chunk_is_noticed(tmp_path: Path, number: int) -> None:
    parts = chunks(sealed(tmp_path / "a").read_bytes())
    assert len(parts) == 6
    for place in {0, 1, 3, len(parts[number]) // 2, len(parts[number]) - 1}:
        changed = bytearray(parts[number])
        changed[place] ^= 0x01
        path = tmp_path / "b"
        path.write_bytes(b"".join([*parts[:number], bytes(changed), *parts[number + 1 :]]))
        assert noticed(path), f"byte {place}"


def swapped(parts: list[bytes]) -> list[bytes]:
    return [parts[0], parts[1], parts[4], parts[3], parts[2], parts[5]]


def repeated(parts: list[bytes]) -> list[bytes]:
    return [*parts[:3], parts[2], *parts[3:]]


def left_out(parts: list[bytes]) -> list[bytes]:
    return [*parts[:2], *parts[3:]]


def followed(parts: list[bytes]) -> list[bytes]:
    return [*parts, parts[1]]


@pytest.mark.parametrize("change", [swapped, repeated, left_out, followed])
def test_chunks_keep_their_places(
    tmp_path: Path, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    path = sealed(tmp_path / "a")
    path.write_bytes(b"".join(change(chunks(path.read_bytes()))))
    with pytest.raises(SealBrokenError):
        read_all(path)


def test_a_chunk_of_another_file_is_no_chunk(tmp_path: Path) -> None:
    one = chunks(sealed(tmp_path / "a").read_bytes())
    other = chunks(sealed(tmp_path / "b").read_bytes())
    (tmp_path / "a").write_bytes(b"".join([*one[:2], other[2], *one[3:]]))
    with pytest.raises(SealBrokenError):
        read_all(tmp_path / "a")


def test_a_file_is_not_another_under_its_name(tmp_path: Path) -> None:
    path = sealed(tmp_path / "a")
    with pytest.raises(SealBrokenError):
        read_all(path, name="8-cast-0.webm")


def test_a_cut_file_is_told_apart_wherever_it_is_cut(tmp_path: Path) -> None:
    data = sealed(tmp_path / "a").read_bytes()
    parts = chunks(data)
    ends = [sum(map(len, parts[: count + 1])) for count in range(len(parts))]
    for cut in {*ends[:-1], *(end - 1 for end in ends[1:]), *(end + 2 for end in ends[:-1])}:
        path = tmp_path / "cut"
        path.write_bytes(data[:cut])
        plain, whole = read_all(path)
        assert not whole
        assert PLAIN.startswith(plain)
        kept = sum(end <= cut for end in ends[1:])
        assert len(plain) == sum(len(part) - WORD.size - TAG for part in parts[1 : kept + 1])


def test_less_than_a_header_is_no_recording(tmp_path: Path) -> None:
    data = sealed(tmp_path / "a").read_bytes()
    for cut in (0, 1, HEADER.size - 1):
        (tmp_path / "cut").write_bytes(data[:cut])
        with pytest.raises(SealBrokenError):
            read_all(tmp_path / "cut")


def test_a_file_that_was_not_ended_is_not_whole(tmp_path: Path) -> None:
    plain, whole = read_all(sealed(tmp_path / "a", end=False))
    assert not whole
    # What had not filled a chunk, and was not flushed, was never written.
    assert plain == PLAIN[: len(plain)]
    assert len(plain) >= 3 * CHUNK


def test_keys_follow_each_other(tmp_path: Path) -> None:
    old = sealed(tmp_path / "old", keys=RecordingKeys("o" * 32))
    both = RecordingKeys("n" * 32, ["o" * 32])
    new = sealed(tmp_path / "new", keys=both)
    assert read_all(old, keys=both) == read_all(new, keys=both) == (PLAIN, True)
    with pytest.raises(UnknownKeyError):
        read_all(old, keys=RecordingKeys("n" * 32))
    with pytest.raises(UnknownKeyError):
        read_all(new, keys=RecordingKeys("o" * 32))


def with_new_head(path: Path, patches: list[tuple[int, bytes]], size: int) -> bytes:
    """Write a file whose head is written over when it ends; return what it then holds."""
    expected = bytearray(os.urandom(size))
    writer = SealedWriter(path, KEYS, NAME, 1.0, take=free)
    writer.write(bytes(expected[:64]))
    writer.flush_chunk()
    writer.write(bytes(expected[64:]))
    for place, patch in patches:
        short = patch[: 64 - place]
        writer.seek(place)
        writer.write(short)
        expected[place : place + len(short)] = short
    writer.seek(0, os.SEEK_END)
    writer.write(b"end")
    writer.end()
    writer.close()
    return bytes(expected) + b"end"


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 63), st.binary(max_size=64)), max_size=8),
    st.integers(64, 3 * CHUNK),
)
def test_the_head_can_be_written_over(
    tmp_path_factory: pytest.TempPathFactory, patches: list[tuple[int, bytes]], size: int
) -> None:
    path = tmp_path_factory.mktemp("head") / "a"
    expected = with_new_head(path, patches, size)
    assert read_all(path) == (expected, True)


def test_a_new_head_is_as_safe_as_all_else(tmp_path: Path) -> None:
    path = tmp_path / "a"
    expected = with_new_head(path, [(3, b"new")], 3 * CHUNK)
    data = path.read_bytes()
    parts = chunks(data)
    (head,) = [part for part in parts[1:] if WORD.unpack_from(part)[0] & HEAD]
    # Before the new one is there, the old one counts.
    path.write_bytes(data[: data.index(head)])
    plain, whole = read_all(path)
    assert not whole
    assert plain[3:6] != b"new"
    assert plain[6:] == expected[6 : len(plain)]
    for change in (
        data.replace(head, head[:-1] + bytes([head[-1] ^ 1])),
        data.replace(head, WORD.pack(WORD.unpack_from(head)[0] & ~HEAD) + head[4:]),
        data.replace(head, parts[1]),
        data.replace(head, b""),
        data.replace(head, head + head),
        data.replace(parts[2], WORD.pack(WORD.unpack_from(parts[2])[0] | HEAD) + parts[2][4:]),
    ):
        path.write_bytes(change)
        assert noticed(path)


def test_behind_the_head_nothing_is_written_over(tmp_path: Path) -> None:
    writer = SealedWriter(tmp_path / "a", KEYS, NAME, 1.0, take=free)
    writer.write(PLAIN)
    writer.seek(CHUNK - 1)
    with pytest.raises(OSError, match="only the head"):
        writer.write(b"ab")
    with pytest.raises(OSError, match="nothing yet"):
        writer.seek(len(PLAIN) + 1)
    writer.close()


def test_hostile_lengths_cost_nothing(tmp_path: Path) -> None:
    data = sealed(tmp_path / "a").read_bytes()[: HEADER.size]
    for word in (CHUNK + 1, LAST | (CHUNK + 1)):
        (tmp_path / "b").write_bytes(data + WORD.pack(word) + bytes(3 * CHUNK))
        with pytest.raises(SealBrokenError):
            read_all(tmp_path / "b")
    (tmp_path / "b").write_bytes(data + WORD.pack(LENGTH) + bytes(1000))
    assert read_all(tmp_path / "b") == (b"", False)
