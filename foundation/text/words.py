"""How words are compared: one form for all ways of writing, and what is looked for. Pure.

カナ and かな, full and half width, capitals and small letters are one form. A reading is written in
hiragana; whose it is stands in `readings.py`.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_TEXT, MOST_TERMS, MOST_TERM = 60, 5, 30
# From so many letters on, one of them may be wrong.
LEAST_MISTYPED = 4
# Kana stand within others by chance: 「ねこ」 is meant as a word, 「りょう」 begins one.
WHOLE_KANA, BEGINNING_KANA = 2, 3

_KANA = re.compile(r"[ぁ-ゖー]+")
_HIRAGANA = {ord(kata): ord(kata) - 0x60 for kata in map(chr, range(ord("ァ"), ord("ヶ") + 1))}
_LIKE = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})


@dataclass(frozen=True)
class Pattern:
    """What a text must contain: one of `parts`, in the column `readings` or in `words`.

    Any such text has all the grams of one of `either`. With `sure` these say all; with `likes` a
    text must be like one of them as well.
    """

    term: str
    parts: list[str]
    either: list[list[int]]
    in_readings: bool = False
    sure: bool = False
    likes: tuple[str, ...] = ()


def plain(text: str) -> str:
    """Return a text in the form in which it is compared: letters and digits, else one blank."""
    same = unicodedata.normalize("NFKC", text).lower().translate(_HIRAGANA)
    # A capital İ leaves a mark of its own behind.
    kept = (c if c.isalnum() or c == "ー" else " " for c in unicodedata.normalize("NFC", same))
    return " ".join("".join(kept).split())


def terms(typed: str) -> list[str]:
    """Return the words that somebody typed, each to be found by itself; too long is cut off."""
    found = dict.fromkeys(plain(typed[:MOST_TEXT]).split())
    return [term[:MOST_TERM] for term in found][:MOST_TERMS]


def is_kana(term: str) -> bool:
    """Say whether a word in its plain form is written in kana alone."""
    return _KANA.fullmatch(term) is not None


def grams(text: str) -> list[int]:
    """Return a plain text's letters and neighbouring pairs of letters, each as one number."""
    pairs = (_gram(*pair) for line in text.split("\n") for pair in itertools.pairwise(line))
    return sorted({*map(_gram, text.replace("\n", "")), *pairs})


def _gram(first: str, second: str = "\0") -> int:
    # Letters beyond the 16 bits share a number with others: the pattern tells them apart.
    number = (ord(first) & 0xFFFF) << 16 | ord(second) & 0xFFFF
    return number - (1 << 32) if number >= 1 << 31 else number


def needed(term: str) -> list[int]:
    """Return the grams of every text that contains a word."""
    return grams(term) if len(term) < 2 else [_gram(*two) for two in itertools.pairwise(term)]


def patterns(term: str, reading: str | None = None) -> list[Pattern]:
    """Return what finds a word, any of them; `reading` is its own where it isn't all kana."""
    found = [_as_it_stands(term)]
    if reading and reading != term:
        found.append(_as_it_stands(reading))
    return found


def _as_it_stands(term: str) -> Pattern:
    if is_kana(term) and len(term) <= BEGINNING_KANA:
        ends = " " if len(term) <= WHOLE_KANA else ""
        return Pattern(term, [f" {term}{ends}"], [needed(term)], in_readings=True)
    # One gram says all of a word of one or two letters.
    return Pattern(term, [term], [needed(term)], sure=len(term) <= 2)


def mistyped(term: str) -> list[Pattern]:
    """Return what finds a word of which one letter was left out, added, swapped or wrong.

    Nothing for a short one: nearly every other would do. One mistake leaves one half as it is,
    unless the two letters in the middle were swapped.
    """
    if len(term) < LEAST_MISTYPED:
        return []
    half = len(term) // 2
    swapped = f"{term[: half - 1]}{term[half]}{term[half - 1]}{term[half + 1 :]}"
    parts = [term[:half], term[half:], swapped]
    likes = tuple(f"%{like}%" for like in dict.fromkeys(_mistakes(term)))
    return [Pattern(term, parts, [needed(part) for part in parts], likes=likes)]


def _mistakes(term: str) -> Iterable[str]:
    for at in range(len(term)):
        before, after = term[:at].translate(_LIKE), term[at + 1 :].translate(_LIKE)
        yield f"{before}_{after}"
        yield before + after
        if at:
            yield f"{before}_{term[at:].translate(_LIKE)}"
        if at + 1 < len(term):
            yield f"{before}{term[at + 1]}{term[at]}{term[at + 2 :]}"


def joined(lines: Sequence[str]) -> str:
    """Return plain lines, each once: no word reaches from one into the next."""
    return "\n".join(dict.fromkeys(line for line in lines if line))
