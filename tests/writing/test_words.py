"""What somebody writes is counted as people count it, and hides nothing."""

import pytest

from foundation.errors import UserError
from writing.ground.words import longest_kept, words_of

FAMILY = "👨‍👩‍👧‍👦"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
BLANK = [
    "",
    " ",
    "\u3000\n",
    "\u200b",
    "\u202e\u202c",
    "\u2800",
    "\u3164",
    "\ufeff\u00ad",
    "\u200d",
]
DARK_FAMILY = "👨🏿‍👩🏿‍👧🏿‍👦🏿"


@pytest.mark.parametrize(
    "one", [*"あａaが", "か\u3099", FAMILY, DARK_FAMILY, "🇯🇵", "葛\U000e0100", ENGLAND]
)
def test_a_thousand_of_anything_are_a_thousand(one: str) -> None:
    assert words_of(one * 1000, 1000) == one * 1000
    with pytest.raises(UserError) as found:
        words_of(one * 1001, 1000)
    assert (found.value.code, found.value.params) == (
        "words_too_long",
        {"most": "1,000", "now": "1,001"},
    )


@pytest.mark.parametrize("text", BLANK)
def test_what_shows_nothing_is_no_text(text: str) -> None:
    with pytest.raises(UserError) as found:
        words_of(text, 1000)
    assert found.value.code == "words_blank"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("見て\u202eすまい", "見てすまい"),
        ("\u2067abc\u2069", "abc"),
        ("zero\u200bwidth", "zerowidth"),
        (" 前後 \r\n", "前後"),
        ("a\n\n\n\n\n\nb", "a\n\n\nb"),
        ("nul\x00l", "null"),
        (FAMILY, FAMILY),
        # What scripts are written with stays.
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_nothing_turns_or_hides(typed: str, kept: str) -> None:
    assert words_of(typed, 1000) == kept


def test_marks_piled_up_are_cut() -> None:
    assert words_of("a" + "\u0301" * 500, 10) == "a" + "\u0301" * 4
    chained = "\u200d".join(["👩"] * 400)
    assert len(words_of(chained, 10)) <= longest_kept(1)
