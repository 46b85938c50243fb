"""What an operator's text may be. Pure; what it says of figures is looked at where it is drawn."""

import re
from dataclasses import dataclass

from foundation.errors import UserError
from foundation.language import N_
from record.texts.tables import AGREED, MOST_CHARACTERS, MOST_SUMMARY

# What turns the text around it, and what nobody sees; joiners and selectors have their uses.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b"
    "\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufeff\ufff9-\ufffb\uffa0"
    "\U000e0000-\U000e0fff]"
)


@dataclass(frozen=True)
class WrittenText:
    """A text as it is to be saved: a body is None where the shipped one shall stand."""

    name: str
    body_ja: str | None
    body_en: str | None
    summary_ja: str
    summary_en: str
    to_agree: bool


def body_of(text: str, most: int = MOST_CHARACTERS) -> str | None:
    """Return a text as it is kept, None for an empty one.

    Raises UserError (422) `text_long` and `text_hidden`, with the line where something hides.
    """
    kept = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ").strip("\n")
    if not kept.strip():
        return None
    if len(kept) > most:
        raise UserError(
            "text_long", N_("%(most)s文字までで入力してください。"), status=422, most=f"{most:,}"
        )
    hidden = _HIDDEN.search(kept)
    if hidden:
        raise UserError(
            "text_hidden",
            N_("%(line)s行目に、見えない文字（%(character)s）があります。消してください。"),
            status=422,
            line=kept.count("\n", 0, hidden.start()) + 1,
            character=f"U+{ord(hidden[0]):04X}",
        )
    return kept or None


def summary_of(text: str) -> str:
    """Return what changed, on one line. Raises as `body_of` does."""
    return " ".join((body_of(text, MOST_SUMMARY) or "").split())


def must_say_what(name: str, summary_ja: str, *, to_agree: bool) -> None:
    """Refuse to ask for an agreement that isn't explained. Raises UserError `summary_missing`."""
    if to_agree and name not in AGREED:
        raise UserError(
            "never_agreed_to", N_("この文章に、同意を求めることはできません。"), status=422
        )
    if to_agree and not summary_ja:
        raise UserError(
            "summary_missing",
            N_("同意をお願いするときは、何が変わるのかを日本語で書いてください。"),
            status=422,
        )
