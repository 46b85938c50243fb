"""What people write, as it stands on a page: its lines, and addresses that can be followed.

Everything else stays plain. An address shows the host that it really leads to, first of all; one
that would hide it is no link.
"""

import re
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from foundation.text.bidi import isolated

# Of ASCII alone, as an address is written out: what follows it in Japanese is no part of it.
_ADDRESS = re.compile(r"https?://[!-;=?-~]{1,300}")
# What ends a sentence, or closes what stands around an address.
_BEHIND = ".,:;!?'\")]}"
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.IGNORECASE)
LONGEST_SHOWN = 60
# Engines and the other side learn nothing by it, and gain nothing.
REL = "nofollow ugc noopener noreferrer"


def linked(text: str) -> Markup:
    """Return a text as paragraphs, one a line; http(s) addresses lead where they say."""
    lines = (line for line in text.split("\n") if line.strip())
    return Markup("").join(Markup("<p>{}</p>").format(_line(line)) for line in lines)


def _line(line: str) -> Markup:
    parts, at = [], 0
    for found in _ADDRESS.finditer(line):
        address = found[0].rstrip(_BEHIND)
        link = _link(address)
        if link is not None:
            parts += [escape(isolated(line[at : found.start()])), link]
            at = found.start() + len(address)
    return Markup("").join([*parts, escape(isolated(line[at:]))])


def _link(address: str) -> Markup | None:
    """Return a link, or None for an address whose host can't be told by reading it."""
    try:
        split = urlsplit(address)
        port = split.port
    except ValueError:
        return None
    host = split.hostname or ""
    if "@" in split.netloc or "\\" in address or not _HOST.fullmatch(host):
        return None
    shown = (
        host + (f":{port}" if port else "") + address[len(split.scheme) + 3 + len(split.netloc) :]
    )
    if len(shown) > LONGEST_SHOWN:
        shown = f"{shown[: LONGEST_SHOWN - 1]}…"
    return Markup('<a href="{}" rel="{}">{}</a>').format(address, REL, shown.rstrip("/"))
