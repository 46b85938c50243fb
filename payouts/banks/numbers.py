"""Numbers of accounts: seven digits, and how the post office's bank writes them. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from payouts.banks.refusals import (
    giro_number_malformed,
    kind_unknown,
    number_malformed,
    post_kind,
    post_number_malformed,
    symbol_malformed,
)

# 普通, 当座, 貯蓄: as transfers number them.
Kind = Literal["1", "2", "4"]
POST_BANK = "9900"

_BETWEEN = re.compile(r"[\s\-‐‑‒–—―−\u30fc]")


@dataclass(frozen=True)
class PostAccount:
    """Where transfers reach an account of the post office's bank."""

    branch: str
    kind: Kind
    number: str


def kind_of(text: str) -> Kind:
    """Return the kind of an account. Raises UserError `account_kind` (422)."""
    if text == "1":
        return "1"
    if text == "2":
        return "2"
    if text == "4":
        return "4"
    raise kind_unknown()


def number_of(text: str) -> str:
    """Return a number of an account, filled up to seven digits. Raises UserError (422)."""
    digits = _digits(text)
    if not re.fullmatch(r"[0-9]{1,7}", digits, re.ASCII) or not digits.strip("0"):
        raise number_malformed()
    return digits.zfill(7)


def symbol_of(text: str) -> str:
    """Return a 記号 of five digits. Raises UserError `account_symbol` (422).

    A sixth, which some books have behind a dash, is for the bank alone.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found = re.fullmatch(r"([01][0-9]{4})(?:\s*[-‐−\u30fc]\s*[0-9])?", plain, re.ASCII)
    if found is None:
        raise symbol_malformed()
    return found[1]


def post_account(symbol: str, number: str, kind: Kind) -> PostAccount:
    """Turn 記号 and 番号 into what transfers want, by the bank's own rule.

    Of savings (the 記号 begins with 1), the branch is its second and third digit with an 8 behind,
    and the last digit of the 番号, always a 1, goes. Of giro accounts (0), a 9 stands behind, and
    the 番号 is kept. Raises UserError (422).
    """
    digits = _digits(number)
    if symbol[0] == "1":
        if not re.fullmatch(r"[0-9]{1,7}1", digits, re.ASCII) or not digits[:-1].strip("0"):
            raise post_number_malformed()
        if kind == "2":
            raise post_kind()
        return PostAccount(f"{symbol[1:3]}8", kind, digits[:-1].zfill(7))
    if not re.fullmatch(r"[0-9]{1,6}", digits, re.ASCII) or not digits.strip("0"):
        raise giro_number_malformed()
    return PostAccount(f"{symbol[1:3]}9", "2", digits.zfill(7))


def _digits(text: str) -> str:
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text[:100]))
