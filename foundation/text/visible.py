"""What can be seen: every character of a name shows something, and nothing hides in it."""

import re
import unicodedata
from functools import cache

from babel import Locale

from foundation.text.clusters import (
    FIRST_LETTER,
    JOINER,
    NON_JOINER,
    clusters,
    is_flag_letter,
    is_picture,
)

MOST_MARKS = 4

# Of Unicode's ignorable and blank characters those that pass for letters, marks or symbols.
_BLANK = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\U0001d159"
)
_SELECTOR = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Nobody's, or not anybody's to see; unassigned (Cn) is also what Python does not know yet.
_NEVER = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3")
_PICTURE = "[^\u200d]"
_COLOUR = "[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]"
_SEQUENCE = re.compile(f"{_PICTURE}{_COLOUR}?(?:\u200d{_PICTURE}{_COLOUR}?)*")
# The flags of England, Scotland and Wales are spelled in tags after a black flag.
_TAGGED = {
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(c)) for c in name) + "\U000e007f"
    for name in ("gbeng", "gbsct", "gbwls")
}
_NO_REGIONS = {"EZ", "QO", "XA", "XB", "ZZ"}
_ARABIC = "[\u0620-\u064a\u066e-\u06d3\u06ee-\u06ff\u0750-\u077f\u08a0-\u08c9]"
_PERSIAN_JOIN = re.compile(f"(?<={_ARABIC}){NON_JOINER}(?={_ARABIC})")


def hides(text: str) -> bool:
    """Say whether anything in a text of one line can't be seen, or is drawn over its neighbours."""
    return not all(_is_seen(cluster) for cluster in clusters(_without_joins(text)))


def is_blank(text: str) -> bool:
    """Say whether nothing of a text can be seen, whatever it is made of."""
    return not any(_is_letter(character) for character in text)


def is_space(cluster: str) -> bool:
    """Say whether a character is one of the two spaces that a name may have."""
    return cluster in (" ", "\u3000")


def _without_joins(text: str) -> str:
    """Return a text without the joins that scripts write their words with, which are seen there.

    Persian parts letters with one; after the sign that kills a vowel they choose how letters join.
    """
    text = _PERSIAN_JOIN.sub("", text)
    kept = [
        character
        for before, character in zip(" " + text, text, strict=False)
        if character not in (JOINER, NON_JOINER) or unicodedata.combining(before) != 9
    ]
    return "".join(kept)


def _is_seen(cluster: str) -> bool:
    first = cluster[0]
    if is_space(first):
        return len(cluster) == 1
    if is_flag_letter(first):
        return _is_flag(cluster)
    if _KEYCAP.fullmatch(cluster) or cluster in _TAGGED:
        return True
    if is_picture(first) and len(cluster) > 1:
        return _is_picture_sequence(cluster)
    return _is_letter(first) and _may_follow(first, cluster[1:])


def _is_flag(cluster: str) -> bool:
    letters = "".join(chr(ord(c) - ord(FIRST_LETTER) + ord("A")) for c in cluster)
    return letters in _regions()


@cache
def _regions() -> frozenset[str]:
    known = (str(name) for name in Locale("en").territories)
    return frozenset(name for name in known if len(name) == 2 and name.isalpha()) - _NO_REGIONS


def _is_picture_sequence(cluster: str) -> bool:
    whole = _SEQUENCE.fullmatch(cluster) is not None
    pictures = re.sub(f"{JOINER}|{_COLOUR}", "", cluster)
    return whole and all(is_picture(character) for character in pictures)


def _is_letter(first: str) -> bool:
    if is_picture(first) or 0x20000 <= ord(first) <= 0x3FFFD:  # also younger than Python
        return True
    kind = unicodedata.category(first)
    return kind not in _NEVER and kind[0] != "M" and first not in _BLANK


def _may_follow(first: str, marks: str) -> bool:
    if _is_ideograph(first) and len(marks) == 1 and _SELECTOR.fullmatch(marks):
        return True  # another form of the same character, as names are written with
    seen = all(unicodedata.category(one) in ("Mn", "Mc", "Lm") for one in marks)
    blank = any(one in _BLANK or _SELECTOR.fullmatch(one) for one in marks)
    return len(marks) <= MOST_MARKS and seen and not blank


def _is_ideograph(character: str) -> bool:
    at = ord(character)
    return 0x3400 <= at <= 0x9FFF or 0xF900 <= at <= 0xFAFF or 0x20000 <= at <= 0x3FFFD
