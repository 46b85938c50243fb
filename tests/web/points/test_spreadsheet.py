"""What people take home as a table opens as it is meant, and runs nothing."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.text.bidi import isolated
from web.pages.points import spreadsheet

BEGINNINGS = "=+-@\t\r\n＝＋－＠"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "　＝１", '=HYPERLINK("//evil")']
)
def test_a_text_that_would_be_a_formula_is_made_a_text(text: str) -> None:
    assert _read(spreadsheet.line([text])) == [f"'{text}"]


def test_a_text_from_right_to_left_turns_no_other_cell() -> None:
    assert _read(spreadsheet.line(["שלום", 5])) == ["\u2068שלום\u2069", "5"]
    assert _read(spreadsheet.line(["\u2069=1+1\u05d0"])) == ["'\u2068=1+1\u05d0\u2069"]


def test_numbers_stay_numbers_and_nothing_stays_empty() -> None:
    assert spreadsheet.line([-1200, 0, None, "さくらさん"]) == "-1200,0,,さくらさん\r\n".encode()


@pytest.mark.parametrize("text", ["007", "1234567890123456", "0312345678"])
def test_figures_that_a_spreadsheet_would_shorten_stay_as_they_are(text: str) -> None:
    assert _read(spreadsheet.line([text])) == [f"'{text}"]


@pytest.mark.parametrize(
    "text",
    [
        "さくら;=1+1",
        "a,+1",
        "a\n=1",
        'a;"=1',
        "a|@b",
        "a;　＝１",
        "a\t-1",
        "\t=1",
        "\n-1",
        "a; '=1",
        ";,=1",
    ],
)
@pytest.mark.parametrize("separator", [",", ";"])
def test_a_formula_hides_behind_no_sign_that_another_country_parts_by(
    text: str, separator: str
) -> None:
    row = spreadsheet.line(["x", text, 1], separator).decode()
    for sign in ",;|\t\n":
        for piece in row.split(sign):
            assert not piece.strip(' 　"\r\n').startswith(tuple(BEGINNINGS)), row


@pytest.mark.parametrize(
    ("language", "separator"),
    [
        ("ja,en;q=0.8", ","), ("en-GB", ","), ("ko", ","), ("zh-TW", ","), ("de-DE,de;q=0.9", ";"),
        ("fr", ";"), ("pt-BR", ";"), ("es-419,es", ";"), ("", ","), (None, ","), ("*", ","),
        ("xx-YY", ","), ("abcdefg", ","), (" de", ";"),
    ],
)  # fmt: skip
def test_cells_are_parted_as_where_one_lives(language: str | None, separator: str) -> None:
    assert spreadsheet.separator_for(language) == separator


@given(st.text(max_size=30))
def test_whatever_a_browser_speaks_cells_are_parted(language: str) -> None:
    assert spreadsheet.separator_for(language) in (",", ";")


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=5),
    st.sampled_from(",;"),
)
def test_no_text_breaks_a_row_or_begins_a_formula(cells: list[str], separator: str) -> None:
    found = _read(spreadsheet.line(cells, separator), separator)
    assert len(found) == len(cells)
    for cell, text in zip(found, cells, strict=True):
        assert not cell.lstrip(" \u3000\u2068\u2069").startswith(tuple(BEGINNINGS))
        shown = isolated(text.replace("\x00", ""))
        assert cell.replace("'", "") == shown.replace("'", "")


def _read(row: bytes, separator: str = ",") -> list[str]:
    (found,) = csv.reader(io.StringIO(row.decode(), newline=""), delimiter=separator)
    return found
