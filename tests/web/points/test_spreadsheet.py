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
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "　＝１", '=HYPERLINK("//evil")']
)
def test_a_text_that_would_be_a_formula_is_made_a_text(text: str) -> None:
    assert _read(spreadsheet.line([text])) == [f"'{text}"]


def test_a_text_from_right_to_left_turns_no_other_cell() -> None:
    assert _read(spreadsheet.line(["שלום", 5])) == ["\u2068שלום\u2069", "5"]
    assert _read(spreadsheet.line(["\u2069=1+1\u05d0"])) == ["'\u2068=1+1\u05d0\u2069"]


def test_numbers_stay_numbers_and_nothing_stays_empty() -> None:
    assert spreadsheet.line([-1200, 0, None, "さくらさん"]) == "-1200,0,,さくらさん\r\n".encode()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=5))
def test_no_text_breaks_a_row_or_begins_a_formula(cells: list[str]) -> None:
    found = _read(spreadsheet.line(cells))
    assert len(found) == len(cells)
    for cell, text in zip(found, cells, strict=True):
        assert not cell.lstrip(" \u3000\u2068\u2069").startswith(tuple(BEGINNINGS))
        shown = isolated(text.replace("\x00", ""))
        assert cell.removeprefix("'") == shown or cell == shown


def _read(row: bytes) -> list[str]:
    (found,) = csv.reader(io.StringIO(row.decode(), newline=""))
    return found
