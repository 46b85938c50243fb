"""What of a browser's descriptions and candidates passes to the other side.

What is malformed does not. Of whoever hides their address nothing passes that tells it: only
candidates of a TURN server, whatever their page sends.
"""

import re
from ipaddress import IPv6Address, ip_address

# RFC 8839: foundation, component, transport, priority, address, port, `typ` and the type.
_CANDIDATE = re.compile(
    r"(?:a=)?candidate:(?P<head>[A-Za-z0-9+/]{1,32} [0-9]{1,3} [A-Za-z0-9-]{1,10} [0-9]{1,10}) "
    r"(?P<address>[A-Za-z0-9.:-]{1,255}) (?P<port>[0-9]{1,5}) typ (?P<type>host|srflx|prflx|relay)"
    r"(?P<rest>(?: [!-~]+)*) ?"
)
# Of what may follow, these tell nothing of where somebody is.
_HARMLESS = ("generation", "ufrag", "tcptype")
# Lines of free words, and what one learnt of the other's address.
_WITHHELD = ("i=", "u=", "e=", "p=", "a=remote-candidates")
_IPV4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_BETWEEN = re.compile(r"[\s=/;,\[\]]+")


def clean_candidate(text: str, *, hides: bool, own: str = "") -> str | None:
    """Return a candidate as it may pass, or None; an empty one says that there are no more.

    `own` is the address from which a person who hides speaks to the site.
    """
    if not text.strip():
        return text
    found = _CANDIDATE.fullmatch(text)
    if not found or int(found["port"]) > 65_535:
        return None
    if not hides:
        return text
    if found["type"] != "relay" or not _may_be_a_relays(found["address"], own):
        return None
    family = "::" if ":" in found["address"] else "0.0.0.0"  # noqa: S104 - nothing listens there
    shown = f"candidate:{found['head']} {found['address']} {found['port']} typ relay"
    return f"{shown} raddr {family} rport 0{_harmless(found['rest'])}"


def _may_be_a_relays(address: str, own: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        # A name, of the kind that browsers make for addresses at home.
        return False
    return not (parsed.is_global and str(parsed) == own)


def _harmless(rest: str) -> str:
    words = rest.split()
    pairs = zip(words[::2], words[1::2], strict=False)
    return "".join(
        f" {name} {value}" for name, value in pairs if name in _HARMLESS and not _tells(value)
    )


def clean_sdp(sdp: str, *, hides: bool, own: str = "") -> tuple[str | None, int]:
    """Return a description as it may pass (None: it is none), and how many lines did not."""
    lines = sdp.splitlines()
    if not lines or lines[0].strip() != "v=0":
        return None, 1
    cleaned = [_clean_line(line, hides=hides, own=own) for line in lines]
    dropped = sum(line is None for line in cleaned)
    if not dropped and cleaned == lines:
        return sdp, 0
    return "".join(f"{line}\r\n" for line in cleaned if line is not None), dropped


def _clean_line(line: str, *, hides: bool, own: str) -> str | None:
    if line.startswith("a=candidate:"):
        candidate = clean_candidate(line, hides=hides, own=own)
        return candidate and f"a={candidate.removeprefix('a=')}"
    return _without_address(line) if hides else line


def _without_address(line: str) -> str | None:
    """Return a line of a description without the address that it tells; None where that is all."""
    if line.startswith("c="):
        return "c=IN IP4 0.0.0.0"
    if line.startswith("a=rtcp:"):
        return "a=rtcp:9 IN IP4 0.0.0.0"
    if line.startswith("s="):
        return "s=-"
    if line.startswith("o="):
        named = [word for word in line[2:].split()[:3] if not _tells(word)]
        return f"o={' '.join(named) if len(named) == 3 else '- 1 1'} IN IP4 127.0.0.1"
    if line.startswith("m="):
        # The port belongs to the address; 0 says that there is no such medium.
        line = re.sub(r"^(m=\S+ )[1-9]\d*", r"\g<1>9", line)
    return None if line.startswith(_WITHHELD) or _tells(line) else line


def _tells(text: str) -> bool:
    """Say whether an address, or a name made for one, stands in a text."""
    return bool(_IPV4.search(text)) or any(_is_place(word) for word in _BETWEEN.split(text))


def _is_place(word: str) -> bool:
    if word.lower().rstrip(".").endswith(".local"):
        return True
    try:
        return isinstance(ip_address(word.partition("%")[0]), IPv6Address)
    except ValueError:
        return False
