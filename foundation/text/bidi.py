"""Texts that run from right to left among others: each keeps to itself, and turns nothing."""

import re
import unicodedata

OPEN, CLOSE = "\u2068", "\u2069"  # first strong isolate, pop directional isolate

# Where letters that run from right to left, or signs that turn what follows, can be at all.
_MAY_TURN = re.compile(
    "[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2067\ufb1d-\ufdff\ufe70-\ufefe"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_TURNS = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "PDF"})
_ISOLATED = re.compile(f"[\u2066-{OPEN}][^\u2066-{CLOSE}]*{CLOSE}")


def isolated(text: str) -> str:
    """Return a text that turns nothing around it, as it is where it runs from left to right.

    The two signs do what `<bdi>` does, also in a title, an attribute, a mail and a table.
    """
    if text.isascii() or not _MAY_TURN.search(text) or not _turns(text):
        return text
    # What would close it from within would let the rest out.
    return f"{OPEN}{_balanced(text)}{CLOSE}"


def _turns(text: str) -> bool:
    before = None
    while before != text:
        before, text = text, _ISOLATED.sub("", text)
    return any(unicodedata.bidirectional(character) in _TURNS for character in text)


def _balanced(text: str) -> str:
    kept, depth = [], 0
    for character in text:
        if character == CLOSE:
            if depth == 0:
                continue
            depth -= 1
        depth += character in (OPEN, "\u2066", "\u2067")
        kept.append(character)
    return "".join(kept) + CLOSE * depth
