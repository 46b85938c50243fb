"""The file of a backup: a tar with what it is, the database's dump, recordings, and their sums.

The sums come last, so a file that was cut off has none.
"""

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

ABOUT, DUMP, SUMS = "about.json", "database.dump", "sums.json"
RECORDINGS = "recordings"
# A recording's name, and nothing that leads out of a folder.
_RECORDING = re.compile(rf"{RECORDINGS}/[\w-][\w.-]{{0,200}}", re.ASCII)
_CHUNK = 1 << 20
# What is read into memory: a few lines, and one for each recording.
MOST_WORDS = 64 << 20


class DamagedBackupError(Exception):
    """The file is no backup, or not whole."""


class About(BaseModel):
    """What a backup is of: when it was taken (UTC), by which migration, sealed with which key."""

    model_config = ConfigDict(extra="forbid")

    product: Literal["hitotoki"] = "hitotoki"
    form: Literal[1] = 1
    taken_at: AwareDatetime
    migration: str
    key: str | None
    recordings: bool


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that gets its name once it is whole; nobody else may read it.

    Raises FileExistsError.
    """
    if path.exists():
        raise FileExistsError(path)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with open(partial, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # Never in the place of another's.
        os.link(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def write(file: IO[bytes], about: About, dump: Path, recordings: Iterable[Path]) -> int:
    """Write a backup; return how many recordings are in it. One that is gone meanwhile is not."""
    sums: dict[str, str] = {}
    with tarfile.open(fileobj=file, mode="w") as tar:
        _add_words(tar, ABOUT, about.model_dump_json())
        _add_file(tar, DUMP, dump, sums)
        for recording in recordings:
            try:
                _add_file(tar, f"{RECORDINGS}/{recording.name}", recording, sums)
            except FileNotFoundError:
                continue
        _add_words(tar, SUMS, json.dumps(sums))
    return len(sums) - 1


def _add_words(tar: tarfile.TarFile, name: str, words: str) -> None:
    facts = tarfile.TarInfo(name)
    facts.size = len(words.encode())
    tar.addfile(facts, io.BytesIO(words.encode()))


def _add_file(tar: tarfile.TarFile, name: str, path: Path, sums: dict[str, str]) -> None:
    with path.open("rb") as file:
        facts = tarfile.TarInfo(name)
        facts.size = os.fstat(file.fileno()).st_size
        tar.addfile(facts, file)
        file.seek(0)
        # As much as went in: a recording that is being written grows meanwhile.
        sums[name] = _digest(file, facts.size)


def _digest(file: IO[bytes], size: int) -> str:
    digest = hashlib.sha256()
    while size > 0 and (chunk := file.read(min(size, _CHUNK))):
        digest.update(chunk)
        size -= len(chunk)
    return digest.hexdigest()


def unpack(path: Path, folder: Path) -> About:
    """Unpack a backup into a folder, as it was; return what it is of.

    Raises DamagedBackupError, and OSError where there is no such file or no room.
    """
    about: About | None = None
    sums: dict[str, str] | None = None
    found: dict[str, str] = {}
    (folder / RECORDINGS).mkdir()
    try:
        with tarfile.open(path, mode="r:") as tar:
            for facts in tar:
                content = tar.extractfile(facts) if facts.isreg() else None
                if content is None or sums is not None:
                    raise DamagedBackupError
                if facts.name == ABOUT:
                    about = About.model_validate_json(_words(content))
                elif facts.name == SUMS:
                    sums = dict(json.loads(_words(content)))
                else:
                    found[facts.name] = _unpack_one(facts.name, content, folder)
    except (tarfile.TarError, ValidationError, ValueError, EOFError) as error:
        raise DamagedBackupError from error
    if about is None or sums is None or DUMP not in found or found != sums:
        raise DamagedBackupError
    return about


def _words(content: IO[bytes]) -> bytes:
    words = content.read(MOST_WORDS + 1)
    if len(words) > MOST_WORDS:
        raise DamagedBackupError
    return words


def _unpack_one(name: str, content: IO[bytes], folder: Path) -> str:
    if name != DUMP and not _RECORDING.fullmatch(name):
        raise DamagedBackupError
    digest = hashlib.sha256()
    with (folder / name).open("xb") as file:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()
