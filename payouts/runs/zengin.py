"""A file of transfers as Japan's banks take it (全銀協 総合振込): records of 120 bytes. Pure.

Codes and figures stand right, filled with zeros, texts stand left, filled with blanks; a record
ends with CR LF. Texts are of JIS X 0201: half-width kana are one byte each.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

RECORD = 120
END_OF_LINE = b"\r\n"
ENCODING = "shift_jis"
# 総合振込; 電信.
_KIND, _BY_WIRE = "21", "7"
# Small kana are none of the banks' letters.
_KANA = [chr(code) for code in (0xFF66, *range(0xFF70, 0xFFA0))]
_ALLOWED = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ ()-./,｢｣\\").union(_KANA)


class MisfitError(Exception):
    """A value that a field can't hold. `field` is its name in the code."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True)
class BankPlace:
    """A branch of a bank, as the file names it: codes, and names in half-width kana."""

    bank_code: str
    bank_kana: str
    branch_code: str
    branch_kana: str


@dataclass(frozen=True)
class Payer:
    """The site: its code at its bank, its name, and the account that is debited."""

    code: str
    name: str
    place: BankPlace
    kind: str
    number: str


@dataclass(frozen=True)
class Transfer:
    """One transfer: yen to an account. `reference` comes back with the bank's result."""

    place: BankPlace
    kind: str
    number: str
    holder: str
    amount: int
    reference: int


def file_of(payer: Payer, pay_on: date, transfers: Sequence[Transfer]) -> bytes:
    """Return the whole file. Raises MisfitError for what no field holds."""
    return b"".join(record + END_OF_LINE for record in _records(payer, pay_on, transfers))


def _records(payer: Payer, pay_on: date, transfers: Sequence[Transfer]) -> Iterator[bytes]:
    yield header(payer, pay_on)
    for transfer in transfers:
        yield data(transfer)
    total = sum(transfer.amount for transfer in transfers)
    count = _figure("count", len(transfers), 6)
    yield _record("8", count, _figure("total", total, 12), " " * 101)
    yield _record("9", " " * 119)


def header(payer: Payer, pay_on: date) -> bytes:
    """Return the record of who pays, from which account and when."""
    return _record(
        "1",
        _KIND,
        "0",
        _code("payer_code", payer.code, 10),
        _text("payer_name", payer.name, 40),
        f"{pay_on:%m%d}",
        _place(payer.place),
        _code("kind", payer.kind, 1),
        _code("number", payer.number, 7),
        " " * 17,
    )


def data(transfer: Transfer) -> bytes:
    """Return the record of one transfer."""
    bank, branch = _place(transfer.place)[:19], _place(transfer.place)[19:]
    return _record(
        "2",
        bank,
        branch,
        "0000",
        _code("kind", transfer.kind, 1),
        _code("number", transfer.number, 7),
        _text("holder", transfer.holder, 30),
        _figure("amount", transfer.amount, 10),
        "0",
        _figure("reference", transfer.reference, 10),
        "0" * 10,
        _BY_WIRE,
        " ",
        " " * 7,
    )


def _place(place: BankPlace) -> str:
    return (
        _code("bank_code", place.bank_code, 4)
        + _name("bank_kana", place.bank_kana, 15)
        + _code("branch_code", place.branch_code, 3)
        + _name("branch_kana", place.branch_kana, 15)
    )


def _record(*parts: str) -> bytes:
    record = "".join(parts).encode(ENCODING)
    assert len(record) == RECORD
    return record


def _code(field: str, text: str, width: int) -> str:
    if not (text.isascii() and text.isdecimal() and len(text) == width):
        raise MisfitError(field)
    return text


def _figure(field: str, number: int, width: int) -> str:
    if not 0 <= number < 10**width:
        raise MisfitError(field)
    return f"{number:0{width}}"


def _text(field: str, text: str, width: int) -> str:
    if not text.strip() or len(text) > width or not _ALLOWED.issuperset(text):
        raise MisfitError(field)
    return text.ljust(width)


def _name(field: str, text: str, width: int) -> str:
    # The code says which bank it is; a long name of one is cut off, as banks themselves do.
    return _text(field, text[:width], width)
