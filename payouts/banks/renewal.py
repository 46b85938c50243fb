"""A newer list of banks, out of the package `zengin-code`: read with doubt, and stored."""

import io
import json
import re
import tarfile
import unicodedata
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from foundation.database import Tx
from payouts.banks.holders import half_width, is_bank_text
from payouts.banks.lists import bank_list
from payouts.banks.packed import Bank, BankList, BankListError, pack, unpack
from payouts.tables import bank_lists

# The package and its largest file are a tenth of this.
MOST_FILE, MOST_READ = 8 * 2**20, 64 * 2**20
MOST_NAME = 60
# A list that lost more is rather broken than new.
LEAST_LEFT_PERCENT = 80
DATA, SHEET = "lib/zengin-data.js", "package.json"
_JS = re.compile(r"^\s*module\.exports\s*=\s*(\{.*\})\s*;?\s*$", re.DOTALL)


def read_package(path: Path) -> bytes:
    """Return the packed list out of `zengin-code`, as `npm pack` brings it or unpacked.

    Raises BankListError for anything else.
    """
    sheet, data = _of_folder(path) if path.is_dir() else _of_archive(path)
    try:
        version = json.loads(sheet)["version"]
        made_on = re.search(r"p(\d{4})(\d{2})(\d{2})$", version)
        found = _JS.match(data)
        if made_on is None or found is None:
            raise BankListError("its version names no day, or its data are none")
        day = date(*map(int, made_on.groups()))
        return pack(day, [_bank(code, one) for code, one in sorted(json.loads(found[1]).items())])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BankListError(str(error)) from error


async def renew(tx: Tx, packed: bytes) -> BankList:
    """Let a packed list count from now on, and return it.

    Raises BankListError where it is older than what counts, or lost more than a fifth of it.
    """
    newer, known = unpack(packed), await bank_list(tx)
    if newer.made_on <= known.made_on:
        raise BankListError(f"it is of {newer.made_on}, and the list of {known.made_on} is in use")
    for what, now, before in (
        ("banks", len(newer), len(known)),
        ("branches", newer.branches, known.branches),
    ):
        if now * 100 < before * LEAST_LEFT_PERCENT:
            raise BankListError(f"it has {now} {what}, and there were {before}")
    await tx.execute(sa.insert(bank_lists).values(made_on=newer.made_on, packed=packed))
    return newer


def _of_folder(path: Path) -> tuple[str, str]:
    return _text(path / SHEET), _text(path / DATA)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return _bounded(file.read(MOST_READ + 1))
    except OSError as error:
        raise BankListError(f"{path.name} can't be read") from error


def _of_archive(path: Path) -> tuple[str, str]:
    try:
        if path.stat().st_size > MOST_FILE:
            raise BankListError("it is too large")
        with tarfile.open(fileobj=io.BytesIO(path.read_bytes()), mode="r:gz") as archive:
            return _member(archive, SHEET), _member(archive, DATA)
    except (OSError, tarfile.TarError, EOFError, KeyError) as error:
        raise BankListError(f"{path.name} is not the package") from error


def _member(archive: tarfile.TarFile, name: str) -> str:
    file = archive.extractfile(f"package/{name}")
    if file is None:
        raise BankListError(f"it has no {name}")
    return _bounded(file.read(MOST_READ + 1))


def _bounded(read: bytes) -> str:
    if len(read) > MOST_READ:
        raise BankListError("it is too large")
    return read.decode()


def _bank(code: str, one: Mapping[str, Any]) -> Bank:
    name, kana = _names(one)
    branches = one["branches"]
    if not re.fullmatch(r"[0-9]{4}", code) or not branches:
        raise BankListError(f"a bank is odd: {code!r}")
    lines = (_line(number, branch) for number, branch in sorted(branches.items()))
    return Bank(code, _full_name(code, name), kana, "\n".join(lines))


def _line(code: str, one: Mapping[str, Any]) -> str:
    if not re.fullmatch(r"[0-9]{3}", code):
        raise BankListError(f"a branch is odd: {code!r}")
    return "\t".join((code, *_names(one)))


def _names(one: Mapping[str, Any]) -> tuple[str, str]:
    name, kana = unicodedata.normalize("NFKC", one["name"]).strip(), half_width(one["kana"])
    if not 1 <= len(name) <= MOST_NAME or not name.isprintable():
        raise BankListError(f"a name is odd: {name[:MOST_NAME]!r}")
    if not 1 <= len(kana) <= MOST_NAME or not is_bank_text(kana):
        raise BankListError(f"the kana of {name} are odd")
    return name, kana


def _full_name(code: str, name: str) -> str:
    """Return a bank's name as people know it: the list leaves 「銀行」 out of Japanese banks'."""
    domestic = code < "0400" or "0500" <= code < "0600" or code == "9900"
    return f"{name}銀行" if domestic and not name.endswith("銀行") else name
