"""What people write, to each other or to staff: plain text within its length."""

import unicodedata

from foundation.errors import UserError
from foundation.language import N_


def plain(text: str, spaces: str = "\n") -> str:
    """Return a text without control characters, but for these spaces, and without outer ones."""
    kept = (c for c in text if c in spaces or unicodedata.category(c) not in ("Cc", "Cs"))
    return "".join(kept).strip()


def written(text: str, most: int) -> str:
    """Return a text without control characters and outer spaces.

    Raises UserError `text_too_long` (400, most).
    """
    kept = plain(text)
    if len(kept) > most:
        raise UserError(
            "text_too_long", N_("%(most)s文字までで入力してください。"), status=400, most=most
        )
    return kept


def needed_words(text: str, most: int) -> str:
    """Return a text as `written` does. Raises UserError `words_needed` (400) for an empty one."""
    kept = written(text, most)
    if not kept:
        raise UserError("words_needed", N_("相手へのひとことをお書きください。"), status=400)
    return kept


def some_text(text: str, most: int) -> str:
    """Return a text as `written` does. Raises UserError `text_missing` (422) for an empty one."""
    kept = written(text, most)
    if not kept:
        raise UserError("text_missing", N_("入力してください。"), status=422)
    return kept


def one_line_of(text: str, most: int) -> str:
    """Return a text as `some_text` does, on one line."""
    return some_text(" ".join(text.split()), most)
