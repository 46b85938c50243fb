"""The list of banks and branches, as it lies packed beside this file and in the database. Pure.

One line a bank (its code of four digits, name, kana), followed by one a branch (three digits, name,
kana), compressed. Branches are read of one bank at a time: all of them as objects would take up ten
times the memory.
"""

import lzma
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from payouts.banks.holders import half_width

T = TypeVar("T", "Bank", "Branch")

HEAD = "banks 1"
# Unpacked it is a megabyte; more than this is no list of Japan's banks.
MOST_UNPACKED = 16 * 2**20
MOST_MEMORY = 32 * 2**20
MOST_FOUND = 30

# A window of twice the text: the usual one takes up 64 MB to unpack.
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 2 * 2**20}]
# A bank's line alone begins with four digits.
_BANK = re.compile(r"^[0-9]{4}\t", re.MULTILINE)

# What people write in full, and the list doesn't.
_SHORT = (
    ("信用金庫", "信金"), ("信用組合", "信組"), ("労働金庫", "労金"), ("農業協同組合", "農協"),
    ("信用農業協同組合連合会", "信連"), ("銀行", ""), ("支店", ""), ("出張所", ""), (" ", ""),
)  # fmt: skip


class BankListError(Exception):
    """What was to be a list of banks is none."""


@dataclass(frozen=True)
class Branch:
    """A branch: its code of three digits, its name, and its half-width kana."""

    code: str
    name: str
    kana: str


@dataclass(frozen=True)
class Bank:
    """A bank: its code of four digits, its name, and its half-width kana; `lines` its branches."""

    code: str
    name: str
    kana: str
    lines: str

    @property
    def branches(self) -> Mapping[str, Branch]:
        """Its branches by their codes."""
        read = (line.split("\t") for line in self.lines.splitlines())
        return {code: Branch(code, name, kana) for code, name, kana in read}

    def find(self, text: str) -> list[Branch]:
        """Return the branches that somebody may mean, the likeliest first, at most 30."""
        return _likeliest(self.branches.values(), text)


class BankList:
    """All banks of Japan with their branches, as they were on a day."""

    def __init__(self, made_on: date, banks: Mapping[str, Bank]) -> None:
        self.made_on = made_on
        self._banks = banks

    def __len__(self) -> int:
        return len(self._banks)

    @property
    def branches(self) -> int:
        """How many branches all banks have together."""
        return sum(one.lines.count("\n") + 1 for one in self._banks.values())

    def bank(self, code: str) -> Bank | None:
        """Return the bank that has a code."""
        return self._banks.get(code)

    def find_all(self) -> Iterable[Bank]:
        """Return all banks in the order of their codes."""
        return self._banks.values()

    def find(self, text: str) -> list[Bank]:
        """Return the banks that somebody may mean by a name, kana or a code, at most 30."""
        return _likeliest(self._banks.values(), text)


def pack(made_on: date, banks: Iterable[Bank]) -> bytes:
    """Return a list as it is stored."""
    lines = [f"{HEAD}\t{made_on.isoformat()}"]
    for bank in banks:
        lines += (f"{bank.code}\t{bank.name}\t{bank.kana}", bank.lines)
    return lzma.compress("\n".join(lines).encode(), filters=_FILTERS)


def unpack(packed: bytes) -> BankList:
    """Return a list that was packed. Raises BankListError for what is none."""
    try:
        text = (
            lzma.LZMADecompressor(memlimit=MOST_MEMORY).decompress(packed, MOST_UNPACKED).decode()
        )
        head, _, rest = text.partition("\n")
        named, _, made_on = head.partition("\t")
        if named != HEAD:
            raise BankListError("its first line is another")
        return BankList(date.fromisoformat(made_on), _read(rest))
    except (lzma.LZMAError, ValueError) as error:
        raise BankListError(str(error)) from error


def _read(text: str) -> dict[str, Bank]:
    found: dict[str, Bank] = {}
    starts = [match.start() for match in _BANK.finditer(text)]
    for start, end in zip(starts, [*starts[1:], len(text) + 1], strict=True):
        own, _, lines = text[start : end - 1].partition("\n")
        code, name, kana = own.split("\t")
        found[code] = Bank(code, name, kana, lines)
    return found


def _likeliest(them: Iterable[T], text: str) -> list[T]:
    name = plain_name(text[:100])
    kana = half_width(name).replace(" ", "")
    if not name:
        return []
    ranked = [(rank, one.code, one) for one in them if (rank := _rank(one, name, kana)) is not None]
    return [one for _, _, one in sorted(ranked, key=lambda found: found[:2])[:MOST_FOUND]]


def _rank(one: Bank | Branch, name: str, kana: str) -> int | None:
    """Say how likely somebody means one by what they typed: 0 is the likeliest, None not at all."""
    own, sound = plain_name(one.name), one.kana.replace(" ", "")
    ways = (
        one.code == name, own == name, sound == kana, own.startswith(name),
        bool(kana) and sound.startswith(kana), name in own, bool(kana) and kana in sound,
    )  # fmt: skip
    return ways.index(True) if any(ways) else None


def plain_name(text: str) -> str:
    """Return a name as names are compared: without case, and in the list's own short words."""
    name = unicodedata.normalize("NFKC", text).casefold()
    for full, short in _SHORT:
        name = name.replace(full, short)
    return name.strip() or unicodedata.normalize("NFKC", text).casefold().strip()
