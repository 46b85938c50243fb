"""The figures of ratings, and what is written in them. Pure."""

from typing import Literal

from foundation.errors import UserError
from foundation.language import N_
from foundation.text.written import written
from rooms.ground.rating_tables import HIDING_REASONS

Link = Literal["card", "account", "device", "address"]

MOST_STARS = 5
MOST_TEXT = 400
MOST_ANSWER = 400
MOST_WORDS = 200
# Fewer say more of those who gave them than of whom they were given.
SHOWN_FROM = 3
# What stands for the site's mean where nobody has rated anybody yet.
MIDDLE = 3.0


def sorting_mean(stars: int, rated: int, prior: float, weight: int) -> float:
    """Return by what casts are sorted: their mean, with `weight` ratings at `prior` beside it.

    One good rating does not stand before a hundred of which one was less good.
    """
    if rated + weight == 0:
        return prior
    return (stars + weight * prior) / (rated + weight)


def stars_of(text: str) -> int:
    """Return a number of stars. Raises UserError `stars_needed` (400) for what is none."""
    if text not in ("1", "2", "3", "4", "5"):
        raise UserError("stars_needed", N_("星の数を選んでください。"), status=400)
    return int(text)


def words_of(text: str) -> str:
    """Return what a caller writes of a cast. Raises UserError `text_too_long` (400)."""
    return written(text, MOST_TEXT)


def answer_of(text: str) -> str:
    """Return a cast's answer. Raises UserError `text_too_long` or `answer_needed` (400)."""
    kept = written(text, MOST_ANSWER)
    if not kept:
        raise UserError("answer_needed", N_("お返事をお書きください。"), status=400)
    return kept


def good_of(text: str) -> bool:
    """Return whether a caller was good. Raises UserError `good_needed` (400) for neither."""
    if text not in ("0", "1"):
        raise UserError(
            "good_needed", N_("「良かった」か「良くなかった」を選んでください。"), status=400
        )
    return text == "1"


def private_words_of(text: str) -> str:
    """Return what a cast tells staff of a caller. Raises UserError `text_too_long` (400)."""
    return written(text, MOST_WORDS)


def hiding_reason_of(text: str) -> str:
    """Return a reason to hide, none for being low. Raises UserError `hiding_reason_unknown`."""
    if text not in HIDING_REASONS:
        raise UserError(
            "hiding_reason_unknown", N_("非表示にする理由を選んでください。"), status=400
        )
    return text
