"""A trunk for tests, in plain Python: a registrar that wants digest, and a proxy without state.

Over UDP, TCP or TLS towards the gateway, over UDP towards the telephones: a mobile number's last
four digits are the telephone's port, every other number whoever is registered. It can be told to
fail.
"""

import asyncio
import hashlib
import random
import re
import ssl
from dataclasses import dataclass, field
from typing import Any, Self

from tests.telephone.phone import Message, Peer, _Port

HOME = "127.0.0.1"


def _hash(*parts: str) -> str:
    return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()


@dataclass
class TrunkDouble:
    """The trunk; it listens at `port` once it is entered."""

    transport: str = "udp"
    password: str = "geheim"
    tls: ssl.SSLContext | None = None
    # It answers each INVITE of the gateway's with this.
    failing: int = 0
    # It takes what comes, and says nothing.
    silent: bool = False
    # The port for connections, where it isn't to be any.
    at: int = 0
    seen: list[str] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self.registered: dict[str, str] = {}
        self._ways: dict[Peer, asyncio.StreamWriter] = {}
        self._nonce = f"{random.getrandbits(60):x}"
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(
            lambda: _Port(self._came), local_addr=(HOME, 0)
        )
        self.phones_port = self.port = self._udp.get_extra_info("sockname")[1]
        self._server: asyncio.Server | None = None
        if self.transport != "udp":
            self._server = await asyncio.start_server(self._connected, HOME, self.at, ssl=self.tls)
            self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._udp.close()
        for way in list(self._ways.values()):
            way.close()
        if self._server is not None:
            self._server.close()
        await asyncio.sleep(0)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer: Peer = writer.get_extra_info("peername")[:2]
        self._ways[peer] = writer
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?im)^(?:content-length|l) *: *(\d+)", head)
                body = await reader.readexactly(int(length[1])) if length else b""
                self._came(head.lstrip() + body, peer)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            self._ways.pop(peer, None)
            writer.close()

    def break_off(self) -> None:
        """Let all connections break, as those of a process that was killed."""
        for way in list(self._ways.values()):
            way.transport.abort()

    # --- sending ---

    def _put(self, text: str, peer: Peer) -> None:
        way = self._ways.get(peer)
        if way is not None:
            way.write(text.encode())
        else:
            self._udp.sendto(text.encode(), peer)

    def _write(self, message: Message, first: str, heads: list[tuple[str, str]], to: Peer) -> None:
        lines = [f"{name}: {value}" for name, value in heads]
        self._put("\r\n".join([first, *lines, "", message.body]), to)

    def _answer(self, message: Message, code: int, *more: str) -> None:
        kept = ("via", "from", "call-id", "cseq")
        heads = [f"{name}: {value}" for name, value in message.all if name in kept]
        heads += [f"To: {message['to']};tag=trunk", *more, "Content-Length: 0"]
        self._put("\r\n".join([f"SIP/2.0 {code} So", *heads, "", ""]), message.peer)

    # --- what comes ---

    def _came(self, data: bytes, peer: Peer) -> None:
        if self.silent or not data.strip():
            return
        message = Message(data, peer)
        self.seen.append(message.first)
        if self._from_gateway(message):
            self._last_peer = peer
        if message.first.startswith("SIP/2.0"):
            self._back(message)
        elif message.first.startswith("REGISTER"):
            self._register(message)
        else:
            self._forward(message)

    def _proved(self, message: Message, header: str) -> bool:
        told = dict(re.findall(r'(\w+)="?([^",]*)"?', message[header]))
        if not told:
            return False
        secret = _hash(told["username"], "trunk", self.password)
        asked = _hash(message.first.split()[0], told["uri"])
        middle = [told[key] for key in ("nc", "cnonce", "qop") if "qop" in told]
        return bool(told["response"] == _hash(secret, told["nonce"], *middle, asked))

    def _register(self, message: Message) -> None:
        want = f'realm="trunk", nonce="{self._nonce}", qop="auth", algorithm=MD5'
        if not self._proved(message, "authorization"):
            # A second wrong answer is the last.
            code = 403 if message["authorization"] else 401
            self._answer(message, code, f"WWW-Authenticate: Digest {want}")
            return
        found = re.search(r"sips?:([^@]+)@", message["from"])
        assert found
        self.registered[found[1]] = message.contact
        self.registered[""] = message.contact
        self._answer(message, 200, f"Contact: <{message.contact}>;expires=300")

    def _from_gateway(self, message: Message) -> bool:
        return message.peer in self._ways or message.peer[1] > 10_000

    def _forward(self, message: Message) -> None:
        method, target, _ = message.first.split(" ")
        routed = any(str(self.port) in one for one in message.every("route"))
        if method == "INVITE" and not routed and self._from_gateway(message):
            if self.failing:
                self._answer(message, self.failing)
                return
            if not self._proved(message, "proxy-authorization"):
                want = f'realm="trunk", nonce="{self._nonce}", algorithm=MD5'
                self._answer(message, 407, f"Proxy-Authenticate: Digest {want}")
                return
        if method == "INVITE":
            self._answer_trying(message)
        found = re.match(r"sips?:(?:([^@]*)@)?([^:;>]+)(?::(\d+))?", target)
        assert found
        user, to = found[1] or "", (found[2], int(found[3] or 0))
        phone = re.fullmatch(r"0[789]0\d{4}(\d{4})", user)
        if phone:
            to = (HOME, int(phone[1]))
        elif to[1] == self.port or to[1] == self.phones_port:
            contact = self.registered.get(user) or self.registered.get("")
            if not contact:
                self._answer(message, 404)
                return
            target, to = contact, self._gateway_at(contact)
        elif to[1] > 10_000:
            to = self._gateway_at(target)
        self._pass(message, method, target, to)

    def _gateway_at(self, contact: str) -> Peer:
        found = re.search(r"@([0-9.]+):(\d+)", contact)
        if self._server is None and found:
            return found[1], int(found[2])
        return self._last_peer

    def _answer_trying(self, message: Message) -> None:
        kept = ("via", "from", "to", "call-id", "cseq")
        heads = [f"{name}: {value}" for name, value in message.all if name in kept]
        text = "\r\n".join(["SIP/2.0 100 Trying", *heads, "Content-Length: 0", "", ""])
        self._put(text, message.peer)

    def _pass(self, message: Message, method: str, target: str, to: Peer) -> None:
        top = re.search(r"branch=([^;,\s]+)", message["via"])
        branch = f"z9hG4bK{_hash(top[1] if top else '', method if method == 'ACK' else '')}"
        own = f"SIP/2.0/{self.transport.upper()} {HOME}:{self.port};branch={branch}"
        heads: list[tuple[str, Any]] = [("Via", own)]
        if method == "INVITE":
            lr = f"<sip:{HOME}:{self.port};transport={self.transport};lr>"
            udp = f"<sip:{HOME}:{self.phones_port};lr>"
            heads += (
                [("Record-Route", udp), ("Record-Route", lr)]
                if self.transport != "udp"
                else [("Record-Route", lr)]
            )
        came = f";x-came={message.peer[0]}_{message.peer[1]}"
        first_via = True
        for name, value in message.all:
            if name == "route" and re.search(rf":({self.port}|{self.phones_port})\b", value):
                continue
            if name == "proxy-authorization":
                continue
            heads.append((name, value + came if name == "via" and first_via else value))
            first_via = first_via and name != "via"
        self._write(message, f"{method} {target} SIP/2.0", heads, to)

    def _back(self, message: Message) -> None:
        heads = list(message.all)
        at = next(i for i, (name, _) in enumerate(heads) if name == "via")
        del heads[at]
        via = next(i for i, (name, _) in enumerate(heads) if name == "via")
        value = heads[via][1]
        came = re.search(r";x-came=([0-9.]+)_(\d+)", value)
        assert came
        heads[via] = ("via", value.replace(came[0], ""))
        self._write(message, message.first, heads, (came[1], int(came[2])))
