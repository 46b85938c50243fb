"""What a coupon's code is, however somebody types it."""

import re
import unicodedata

LEAST, MOST = 6, 20
# Spaces, and what passes for a hyphen on one keyboard or another.
_BETWEEN = re.compile(r"[\s_\u2010-\u2015\u2212\u30fc-]+")
_CODE = re.compile(r"(?a:[A-Z0-9]{6,20})")


def code_of(typed: str) -> str | None:
    """Return a code as it is kept: capitals and figures, nothing between them; else None."""
    code = _BETWEEN.sub("", unicodedata.normalize("NFKC", typed[:200])).upper()
    return code if _CODE.fullmatch(code) else None
