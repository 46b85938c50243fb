"""A TURN client that says what it likes: every message by hand, over UDP, TCP or TLS."""

import hashlib
import hmac
import os
import socket
import ssl
import struct
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal

from aioice import stun

Transport = Literal["udp", "tcp", "tls"]
Peer = tuple[str, int]
Attribute = tuple[int, bytes | Peer]

ALLOCATE, REFRESH, SEND, DATA, PERMIT, BIND, CONNECT = 3, 4, 6, 7, 8, 9, 10
USERNAME, INTEGRITY, LIFETIME, PEER, PAYLOAD = 0x06, 0x08, 0x0D, 0x12, 0x13
REALM, NONCE, FAMILY, TRANSPORT, CHANNEL = 0x14, 0x15, 0x17, 0x19, 0x0C
INDICATION = 0x10
UDP, TCP = b"\x11\0\0\0", b"\x06\0\0\0"
SECONDS = 5.0


class RefusedError(Exception):
    """The server said no."""

    def __init__(self, code: int) -> None:
        super().__init__(f"refused with {code}")
        self.code = code


@dataclass
class TurnClient:
    """One allocation, or the wish for one."""

    socket: socket.socket
    server: Peer
    username: str
    password: str
    transport: Transport = "udp"
    relayed: Peer = ("", 0)
    realm: str = ""
    nonce: bytes = b""
    _came: bytearray = field(default_factory=bytearray)
    # What the other end sent, while something else was waited for.
    _told: list[tuple[Peer, bytes]] = field(default_factory=list)

    def connect(self) -> None:
        """Open the way to the server."""
        self.socket.settimeout(SECONDS)
        self.socket.connect(self.server)
        if self.transport == "tls":
            context = ssl.create_default_context()
            # Whose certificate it is, is another test's question.
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)

    def allocate(self, *, lifetime: int = 600, ipv6: bool = False, relay: bytes = UDP) -> Peer:
        """Ask for an allocation; its address. Raises RefusedError."""
        asked: list[Attribute] = [(TRANSPORT, relay), (LIFETIME, struct.pack("!I", lifetime))]
        if ipv6:
            asked.append((FAMILY, b"\x02\0\0\0"))
        try:
            answer = self.ask(ALLOCATE, asked)
        except RefusedError as refused:
            if refused.code != 401 or not self.realm:
                raise
            answer = self.ask(ALLOCATE, asked)
        self.relayed = answer.attributes["XOR-RELAYED-ADDRESS"]
        return self.relayed

    def refresh(self, lifetime: int = 600) -> int:
        """Keep the allocation; for how many seconds. Raises RefusedError."""
        answer = self.ask(REFRESH, [(LIFETIME, struct.pack("!I", lifetime))])
        return int(answer.attributes["LIFETIME"])

    def permit(self, peer: Peer) -> None:
        """Let a peer in, and oneself out to it. Raises RefusedError."""
        self.ask(PERMIT, [(PEER, peer)])

    def bind(self, peer: Peer, number: int = 0x4000) -> None:
        """Give a peer a channel. Raises RefusedError."""
        self.ask(BIND, [(CHANNEL, struct.pack("!HH", number, 0)), (PEER, peer)])

    def connects(self, peer: Peer) -> bool:
        """Ask for a TCP connection to a peer (RFC 6062); say whether the server makes it."""
        key = f"{self.username}:{self.realm}:{self.password}".encode()
        self._write(_message(CONNECT, os.urandom(12), [(PEER, peer), *self._signature()], key))
        return int.from_bytes(self._read()[:2]) & 0x110 == 0x100

    def send(self, peer: Peer, payload: bytes) -> None:
        """Send a peer something, which nobody answers."""
        self._write(_message(SEND | INDICATION, os.urandom(12), [(PEER, peer), (PAYLOAD, payload)]))

    def hear(self) -> tuple[Peer, bytes]:
        """Return what comes from a peer next, and which. Raises TimeoutError."""
        while not self._told:
            self._keep(self._read())
        return self._told.pop(0)

    def ask(self, method: int, asked: list[Attribute]) -> stun.Message:
        """Ask, once more where only the nonce was old. Raises RefusedError, TimeoutError."""
        answer = self._ask(method, asked)
        if answer.error_code == 438:
            answer = self._ask(method, asked)
        if answer.error_code is not None:
            raise RefusedError(answer.error_code)
        return answer

    def _ask(self, method: int, asked: list[Attribute]) -> stun.Message:
        transaction = os.urandom(12)
        signed = self._signature() if self.realm else []
        key = f"{self.username}:{self.realm}:{self.password}".encode() if self.realm else None
        self._write(_message(method, transaction, [*asked, *signed], key))
        while (answer := stun.parse_message(self._read())).transaction_id != transaction:
            self._keep(bytes(answer))
        self.realm = answer.attributes.get("REALM", self.realm)
        self.nonce = answer.attributes.get("NONCE", self.nonce)
        return answer

    def _signature(self) -> list[Attribute]:
        return [
            (USERNAME, self.username.encode()),
            (REALM, self.realm.encode()),
            (NONCE, self.nonce),
        ]

    def _keep(self, data: bytes) -> None:
        message = stun.parse_message(data)
        if "DATA" in message.attributes:
            peer = message.attributes["XOR-PEER-ADDRESS"]
            self._told.append((peer, message.attributes["DATA"]))

    def _write(self, data: bytes) -> None:
        self.socket.sendall(data)

    def _read(self) -> bytes:
        if self.transport == "udp":
            return self.socket.recv(65_535)
        while len(self._came) < 20 or len(self._came) < self._whole():
            data = self.socket.recv(65_535)
            if not data:
                raise ConnectionError("the server closed")
            self._came += data
        data = bytes(self._came[: self._whole()])
        del self._came[: self._whole()]
        return data

    def _whole(self) -> int:
        return 20 + int.from_bytes(self._came[2:4])

    def close(self) -> None:
        """Give the allocation back, where there is one, and close."""
        try:
            if self.relayed[1]:
                self.refresh(0)
        except (RefusedError, OSError):
            pass
        self.socket.close()


def _message(
    kind: int,
    transaction: bytes,
    attributes: list[Attribute],
    key: bytes | None = None,
) -> bytes:
    body = b"".join(_attribute(name, value, transaction) for name, value in attributes)
    if key is None:
        return _header(kind, len(body), transaction) + body
    signed = _header(kind, len(body) + 24, transaction) + body
    digest = hmac.new(hashlib.md5(key).digest(), signed, hashlib.sha1).digest()
    return signed + struct.pack("!HH", INTEGRITY, 20) + digest


def _header(kind: int, length: int, transaction: bytes) -> bytes:
    return struct.pack("!HHI", kind, length, stun.COOKIE) + transaction


def _attribute(name: int, value: bytes | Peer, transaction: bytes) -> bytes:
    if isinstance(value, tuple):
        value = _masked(value, transaction)
    return struct.pack("!HH", name, len(value)) + value + bytes(-len(value) % 4)


def _masked(peer: Peer, transaction: bytes) -> bytes:
    """An address as STUN writes it: what is on the way must not find and change it."""
    address = ip_address(peer[0])
    mask = struct.pack("!HI", stun.COOKIE >> 16, stun.COOKIE) + transaction
    plain = struct.pack("!H", peer[1]) + address.packed
    masked = bytes(one ^ other for one, other in zip(plain, mask, strict=False))
    return bytes([0, 1 if address.version == 4 else 2]) + masked
