"""Passwords that everybody knows: from breaches, most used first to be guessed.

The list lies beside this file, in the form in which passwords are compared. Where it comes from:
docs/decisions/passwords.md.
"""

import gzip
from functools import cache
from pathlib import Path

LIST = Path(__file__).resolve().parent / "breached_passwords.txt.gz"


def is_breached(secret: str) -> bool:
    """Say whether a password, in its one form (NFKC), is on the list, in whatever case."""
    return secret.casefold() in _listed()


@cache
def _listed() -> frozenset[str]:
    # About 5 MB and 30 ms, once a process.
    return frozenset(gzip.decompress(LIST.read_bytes()).decode().splitlines())
