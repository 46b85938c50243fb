"""What is left to do for calls whose gateway was killed: end them, so that no line stays open.

By the file that the gateway kept (`telephone/trunk/dialogs.py`), from the same port: who was
talking is hung up, who was being rung is cancelled, who rang us is turned away.
"""

import contextlib
import secrets
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import structlog

from telephone.trunk.dialogs import Dialog, left_in
from telephone.trunk.messages import SipMessage
from telephone.trunk.terms import TrunkTerms

log = structlog.get_logger(__name__)

# UDP loses messages: each is said again until it is answered, and then given up.
AGAIN_SECONDS = 0.5
MOST_TRIES = 6
CONNECT_SECONDS = 3.0
LONGEST_MESSAGE = 65_535
# Above whatever the gateway counted to in a call.
SEQUENCE_AHEAD = 1000
REASON = 'Reason: Q.850;cause=41;text="started again"'


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


class ToTrunk:
    """A way to the trunk, by the transport and to the address that a call had."""

    def __init__(self, transport: str, peer: str, terms: TrunkTerms) -> None:
        self._udp = transport == "UDP"
        if self._udp:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(_address(terms.listen))
            self._socket.connect(_address(peer))
        else:
            self._socket = socket.create_connection(_address(peer), CONNECT_SECONDS)
            if transport == "TLS":
                context = ssl.create_default_context(cafile=terms.certificates)
                self._socket = context.wrap_socket(self._socket, server_hostname=terms.host)
        host, port = self._socket.getsockname()[:2]
        self.local = f"{host}:{port}"
        self._rest = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, lines: list[str]) -> None:
        """Send one message without a body."""
        self._socket.sendall("\r\n".join([*lines, "Content-Length: 0", "", ""]).encode())

    def heard(self, until: float) -> Iterator[SipMessage]:
        """Yield what comes until a moment of `time.monotonic()`."""
        while (left := until - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                part = self._socket.recv(LONGEST_MESSAGE)
            except TimeoutError:
                return
            if not part:
                return
            yield from self._messages(part)

    def _messages(self, part: bytes) -> Iterator[SipMessage]:
        if self._udp:
            yield SipMessage.read(part.decode(errors="replace"))
            return
        self._rest += part
        while b"\r\n\r\n" in self._rest:
            head, _, rest = self._rest.partition(b"\r\n\r\n")
            message = SipMessage.read(head.decode(errors="replace").lstrip() + "\r\n\r\n")
            told = message.head("content-length") or message.head("l")
            length = int(told) if told.isdigit() else 0
            if len(rest) < length:
                return
            self._rest = rest[length:]
            yield message


class Farewell:
    """Ends the calls that went one way."""

    def __init__(self, way: ToTrunk, transport: str, dialogs: list[Dialog]) -> None:
        self._way, self._transport = way, transport
        self._left = {dialog.call_id: dialog for dialog in dialogs}

    def say(self) -> int:
        """End them; return how many didn't answer."""
        for _ in range(MOST_TRIES):
            for dialog in self._left.values():
                self._end(dialog)
            for message in self._way.heard(time.monotonic() + AGAIN_SECONDS):
                self._take(message)
                if not self._left:
                    return 0
        return len(self._left)

    def _end(self, dialog: Dialog) -> None:
        if dialog.state == "up":
            self._request(dialog, "BYE", dialog.sequence + SEQUENCE_AHEAD, more=[REASON])
        elif dialog.state == "asked":
            self._request(dialog, "CANCEL", dialog.sequence, via=dialog.vias[0])
        else:
            self._way.send([
                "SIP/2.0 480 Temporarily Unavailable",
                *(f"Via: {via}" for via in dialog.vias),
                f"From: {dialog.them}", f"To: {dialog.us}", f"Call-ID: {dialog.call_id}",
                f"CSeq: {dialog.sequence} INVITE",
            ])  # fmt: skip

    def _request(
        self,
        dialog: Dialog,
        method: str,
        sequence: int,
        *,
        via: str | None = None,
        more: list[str] | None = None,
    ) -> None:
        branch = f"z9hG4bK{secrets.token_hex(8)}"
        own = f"SIP/2.0/{self._transport} {self._way.local};branch={branch};rport"
        self._way.send([
            f"{method} {dialog.target} SIP/2.0",
            f"Via: {via or own}", "Max-Forwards: 70",
            *(f"Route: {route}" for route in dialog.route),
            f"From: {dialog.us}", f"To: {dialog.them}", f"Call-ID: {dialog.call_id}",
            f"CSeq: {sequence} {method}",
            *(more or []),
        ])  # fmt: skip

    def _take(self, message: SipMessage) -> None:
        dialog = self._left.get(message.head("call-id"))
        if dialog is None:
            return
        if dialog.state == "up":
            ended = message.method == "BYE" and (message.code == 0 or message.code >= 200)
        elif dialog.state == "rung":
            ended = message.method in ("ACK", "CANCEL") and message.code == 0
        else:
            ended = self._asked(dialog, message)
        if ended:
            del self._left[dialog.call_id]

    def _asked(self, dialog: Dialog, message: SipMessage) -> bool:
        if message.method == "CANCEL":
            return message.code == 481
        if message.method != "INVITE" or message.code < 200:
            return False
        told = {**vars(dialog), "them": message.head("to")}
        if message.code >= 300:
            self._request(Dialog(**told), "ACK", dialog.sequence, via=dialog.vias[0])
            return True
        # It was answered in this very moment: take it, and hang up.
        told |= {
            "state": "up",
            "target": message.contact,
            "route": tuple(reversed(message.heads("record-route"))),
        }
        answered = self._left[dialog.call_id] = Dialog(**told)
        self._request(answered, "ACK", dialog.sequence)
        self._end(answered)
        return False


def hang_up_all(path: Path, terms: TrunkTerms) -> int:
    """End all calls that a file names, and empty it; return how many there were."""
    found = left_in(path) if path.exists() else []
    ways: dict[tuple[str, str], list[Dialog]] = {}
    for dialog in found:
        ways.setdefault((dialog.transport, dialog.peer), []).append(dialog)
    for (transport, peer), dialogs in ways.items():
        left = len(dialogs)
        # What can't be reached any more ends by the trunk's own timers.
        with contextlib.suppress(OSError), ToTrunk(transport, peer, terms) as way:
            left = Farewell(way, transport, dialogs).say()
        log.warning("telephone.orphans_ended", calls=len(dialogs), unanswered=left)
    with contextlib.suppress(FileNotFoundError):
        path.write_bytes(b"")
    return len(found)
