"""Rows for a spreadsheet: CSV that Excel opens as it is meant, and that runs nothing."""

import csv
import io
from collections.abc import Iterable

from foundation.text.bidi import CLOSE, OPEN, isolated

# Excel takes UTF-8 for the machine's old encoding unless the file begins with this mark.
BEGINNING = "\ufeff".encode()

# What begins with one of these is a formula to a spreadsheet, the full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def line(cells: Iterable[str | int | None]) -> bytes:
    """Return one row. Numbers stay numbers; a text that would be a formula gets a ' before it."""
    row = io.StringIO()
    csv.writer(row, lineterminator="\r\n").writerow([_cell(cell) for cell in cells])
    return row.getvalue().encode()


def _cell(cell: str | int | None) -> str | int:
    if cell is None:
        return ""
    if isinstance(cell, int):
        return cell
    text = isolated(cell.replace("\x00", ""))
    return f"'{text}" if text.lstrip(f" \u3000{OPEN}{CLOSE}").startswith(_FORMULA) else text
