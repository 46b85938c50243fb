"""What a coupon's code is, however somebody types it."""

import re
import unicodedata

LEAST, MOST = 6, 20
_BETWEEN = re.compile(r"[\s\-‐‑–—ー－_]+")
_CODE = re.compile(r"(?a:[A-Z0-9]{6,20})")


def code_of(typed: str) -> str | None:
    """Return a code as it is kept: capitals and figures, nothing between them; else None."""
    code = _BETWEEN.sub("", unicodedata.normalize("NFKC", typed[:200])).upper()
    return code if _CODE.fullmatch(code) else None
