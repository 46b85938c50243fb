"""E-mail addresses as they are stored here, and as they travel."""

import re

# Letters, figures and signs that need no quotes (RFC 5322, 3.2.3), and dots anywhere: Japanese
# phone companies gave out such addresses. What else there is (quotes, brackets, commas), a mail
# program reads as something other than part of an address: a mail would go to another one. Regular
# expressions of PostgreSQL and of Python both read these escapes.
ADDRESS = r"^[!#-\u0027*+\u002d-9=?^-~]+@[a-z0-9.\u002d]+$"
LOCAL_PART_CHARACTERS = 64  # RFC 5321, 4.5.3.1.1

_ADDRESS = re.compile(ADDRESS)


def is_plain(address: str) -> bool:
    """Say whether an address, in small letters, is one that a mail reaches, and no other's."""
    return _ADDRESS.fullmatch(address) is not None


def travelling(address: str) -> str:
    """Return a plain address as it stands in envelope and head of a mail, quoted where it must be.

    Without quotes dots may stand only between other characters (RFC 5321, 4.1.2).
    """
    local, _, domain = address.rpartition("@")
    return address if all(local.split(".")) else f'"{local}"@{domain}'
