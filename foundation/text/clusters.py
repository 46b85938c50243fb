"""Characters as people count them: a family, a flag or a letter with its marks is one.

The rules that matter for names, of Unicode's UAX #29, with what Python knows of characters.
"""

import unicodedata

JOINER, NON_JOINER = "\u200d", "\u200c"
MODIFIERS = ("\U0001f3fb", "\U0001f3ff")
FIRST_LETTER, LAST_LETTER = "\U0001f1e6", "\U0001f1ff"
FIRST_TAG, LAST_TAG = "\U000e0020", "\U000e007f"

# Blocks and single characters that hold pictures. Newer pictures than Python knows are among them.
_PICTURES = (
    ("\u00a9", "\u00a9"), ("\u00ae", "\u00ae"), ("\u203c", "\u203c"), ("\u2049", "\u2049"),
    ("\u2122", "\u2122"), ("\u2139", "\u2139"), ("\u2194", "\u21aa"), ("\u231a", "\u23ff"),
    ("\u24c2", "\u24c2"), ("\u25aa", "\u25fe"), ("\u2600", "\u27bf"), ("\u2934", "\u2935"),
    ("\u2b05", "\u2b55"), ("\u3030", "\u3030"), ("\u303d", "\u303d"), ("\u3297", "\u3299"),
    ("\U0001f000", "\U0001f1e5"), ("\U0001f200", "\U0001f3fa"), ("\U0001f400", "\U0001faff"),
)  # fmt: skip


def clusters(text: str) -> list[str]:
    """Return a text's characters as people count them."""
    found: list[str] = []
    for character in text:
        if found and _belongs(found[-1], character):
            found[-1] += character
        else:
            found.append(character)
    return found


def is_picture(character: str) -> bool:
    """Say whether a character is a picture by itself, or becomes one with a selector."""
    return any(first <= character <= last for first, last in _PICTURES)


def is_modifier(character: str) -> bool:
    """Say whether a character gives the picture before it a colour of skin."""
    return MODIFIERS[0] <= character <= MODIFIERS[1]


def is_flag_letter(character: str) -> bool:
    """Say whether a character is one of the letters of which two make a flag."""
    return FIRST_LETTER <= character <= LAST_LETTER


def _belongs(before: str, character: str) -> bool:
    if unicodedata.category(character)[0] == "M" or character in (JOINER, NON_JOINER):
        return True
    if is_modifier(character) or FIRST_TAG <= character <= LAST_TAG:
        return True
    if character in ("\uff9e", "\uff9f"):  # the half-width marks of voiced kana
        return True
    if before[-1] == JOINER:
        return is_picture(before[0]) and is_picture(character)
    return is_flag_letter(character) and is_flag_letter(before) if len(before) == 1 else False
