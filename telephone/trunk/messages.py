"""SIP messages as text: as much as is needed to know a call again and to hang it up."""

import re
from dataclasses import dataclass, field
from typing import Self

# Compact forms of header names (RFC 3261, 7.3.3).
_LONG = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact"}
_ADDRESS = re.compile(r"<([^<>\s]+)>")
_MEDIA_ADDRESS = re.compile(r"^c=IN IP4 ([0-9.]+)", re.MULTILINE)
_MEDIA_PORT = re.compile(r"^m=audio ([0-9]+)", re.MULTILINE)


@dataclass(frozen=True)
class SipMessage:
    """A request or a response: its first line, its headers in order, and its body."""

    first: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: str = field(default="", repr=False)

    @classmethod
    def read(cls, text: str) -> Self:
        """Take a message apart; what is no header line is left out."""
        head, _, body = text.replace("\r\n", "\n").partition("\n\n")
        first, *lines = head.split("\n")
        headers = []
        for line in lines:
            name, colon, value = line.partition(":")
            if colon:
                name = name.strip().lower()
                headers.append((_LONG.get(name, name), value.strip()))
        return cls(first.strip(), tuple(headers), body)

    def head(self, name: str) -> str:
        """Return the first header of a name, or "" ."""
        return next((value for known, value in self.headers if known == name), "")

    def heads(self, name: str) -> list[str]:
        """Return all headers of a name, in order."""
        return [value for known, value in self.headers if known == name]

    @property
    def code(self) -> int:
        """The status of a response; 0 for a request."""
        found = re.match(r"SIP/2\.0 ([1-6][0-9]{2})\b", self.first)
        return int(found[1]) if found else 0

    @property
    def method(self) -> str:
        """The method of a request, or of the request that a response answers."""
        return (
            self.head("cseq").partition(" ")[2].strip() if self.code else self.first.split(" ")[0]
        )

    @property
    def sequence(self) -> int:
        """The number in CSeq."""
        number = self.head("cseq").partition(" ")[0]
        return int(number) if number.isdigit() and len(number) < 11 else 0

    @property
    def contact(self) -> str:
        """The address at which the other side wants the requests of this call."""
        found = _ADDRESS.search(self.head("contact"))
        return found[1] if found else self.head("contact").partition(";")[0]

    @property
    def media_address(self) -> str:
        """Where the sender of this wants its speech (IPv4), or "" ."""
        session, _, audio = self.body.partition("\nm=audio ")
        found = _MEDIA_ADDRESS.search(audio.partition("\nm=")[0]) or _MEDIA_ADDRESS.search(session)
        return found[1] if found else ""

    @property
    def media_port(self) -> int:
        """On which port; 0 where no audio is spoken of."""
        found = _MEDIA_PORT.search(self.body)
        return int(found[1]) if found and len(found[1]) < 6 else 0
