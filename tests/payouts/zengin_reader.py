"""A reader of the banks' file of transfers, from the description of the format alone.

全銀協 総合振込: records of 120 bytes in JIS X 0201, each followed by CR LF: header 1, data 2,
trailer 8, end 9. It knows nothing of how the product writes one.
"""

from dataclasses import dataclass

# Bytes of each field, in order: N is digits, C is text.
HEADER = [
    ("record", "N", 1), ("kind", "N", 2), ("code", "N", 1), ("payer_code", "N", 10),
    ("payer_name", "C", 40), ("day", "N", 4), ("bank", "N", 4), ("bank_name", "C", 15),
    ("branch", "N", 3), ("branch_name", "C", 15), ("account_kind", "N", 1), ("account", "N", 7),
    ("dummy", "C", 17),
]  # fmt: skip
DATA = [
    ("record", "N", 1), ("bank", "N", 4), ("bank_name", "C", 15), ("branch", "N", 3),
    ("branch_name", "C", 15), ("clearing", "N", 4), ("account_kind", "N", 1), ("account", "N", 7),
    ("holder", "C", 30), ("amount", "N", 10), ("new", "N", 1), ("customer_1", "N", 10),
    ("customer_2", "N", 10), ("wire", "N", 1), ("identification", "C", 1), ("dummy", "C", 7),
]  # fmt: skip
TRAILER = [("record", "N", 1), ("count", "N", 6), ("total", "N", 12), ("dummy", "C", 101)]
END = [("record", "N", 1), ("dummy", "C", 119)]
FORMS = {b"1": HEADER, b"2": DATA, b"8": TRAILER, b"9": END}


@dataclass
class Read:
    """What stands in a file: each record by its fields, texts without their filling."""

    header: dict[str, str]
    data: list[dict[str, str]]
    trailer: dict[str, str]


def _letter(byte: int) -> str:
    """A byte of JIS X 0201 as the banks allow it; kana stand from A6, small ones are none."""
    if 0xA6 <= byte <= 0xDF and not 0xA7 <= byte <= 0xAF:
        return chr(byte + 0xFEC0)
    assert chr(byte) in " ()-./,\\0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" or byte in (0xA2, 0xA3)
    return chr(byte)


def _fields(record: bytes) -> dict[str, str]:
    form, found, at = FORMS[record[:1]], {}, 0
    for name, kind, width in form:
        part = record[at : at + width]
        at += width
        if kind == "N":
            assert all(0x30 <= byte <= 0x39 for byte in part), (name, part)
        found[name] = "".join(_letter(byte) for byte in part).rstrip(" ")
    assert at == 120
    return found


def read(file: bytes) -> Read:
    """Read a file; what a bank would refuse fails an assertion."""
    assert len(file) % 122 == 0
    records = [file[at : at + 122] for at in range(0, len(file), 122)]
    assert all(record.endswith(b"\r\n") for record in records)
    parsed = [_fields(record[:120]) for record in records]
    kinds = [record["record"] for record in parsed]
    assert kinds == ["1", *"2" * (len(parsed) - 3), "8", "9"]
    header, trailer, data = parsed[0], parsed[-2], parsed[1:-2]
    assert (header["kind"], header["code"]) == ("21", "0")
    assert int(trailer["count"]) == len(data)
    assert int(trailer["total"]) == sum(int(one["amount"]) for one in data)
    assert all(one["wire"] == "7" and one["holder"] for one in data)
    return Read(header, data, trailer)
