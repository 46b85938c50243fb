"""Rows for a spreadsheet: CSV that Excel opens as it is meant, and that runs nothing."""

import csv
import io
import re
from collections.abc import Iterable

from babel import Locale, UnknownLocaleError

from foundation.text.bidi import CLOSE, OPEN, isolated

# Excel takes UTF-8 for the machine's old encoding unless the file begins with this mark.
BEGINNING = "\ufeff".encode()
COMMA, SEMICOLON = ",", ";"

# What begins with one of these is a formula to a spreadsheet, the full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# A spreadsheet that parts the row by another sign than ours finds a beginning within a text, too.
_WITHIN = re.compile(r"([;,|\t\r\n][\s\"']*)(?=[=+\-@＝＋－＠])")
# Figures that a spreadsheet would take for a number, and round or shorten.
_FIGURES = re.compile(r"0[0-9]+|[0-9]{12,}")
_TAG = re.compile(r"[A-Za-z]{2,3}(?=[-,;]|$)")


def separator_for(accept_language: str | None) -> str:
    """Return what parts the cells of a row where a reader lives, by what their browser speaks.

    Where decimals have a comma, spreadsheets part cells by a semicolon.
    """
    tag = _TAG.match((accept_language or "").strip())
    try:
        symbols = Locale.parse(tag[0].lower()).number_symbols if tag else {}
    except (UnknownLocaleError, ValueError):
        return COMMA
    return SEMICOLON if symbols.get("latn", {}).get("decimal") == "," else COMMA


def line(cells: Iterable[str | int | None], separator: str = COMMA) -> bytes:
    """Return one row. Numbers stay numbers; a text that would be a formula gets a ' before it."""
    row = io.StringIO()
    writer = csv.writer(row, delimiter=separator, lineterminator="\r\n")
    writer.writerow([_cell(cell) for cell in cells])
    return row.getvalue().encode()


def _cell(cell: str | int | None) -> str | int:
    if cell is None:
        return ""
    if isinstance(cell, int):
        return cell
    text = isolated(_WITHIN.sub(r"\1'", cell.replace("\x00", "")))
    marked = text.lstrip(f" \u3000{OPEN}{CLOSE}").startswith(_FORMULA) or _FIGURES.fullmatch(text)
    return f"'{text}" if marked else text
