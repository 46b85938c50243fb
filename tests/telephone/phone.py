"""A telephone in plain Python: its own SIP and RTP, no code shared with the house.

It rings and answers, or doesn't; speaks a tone; keeps what it hears; presses keys both ways
(RFC 4733 and SIP INFO), hangs up, holds, sends early media, or goes dead without a word.
"""

import asyncio
import random
import re
import struct
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Self

from tests.telephone.sounds import SILENCE

Peer = tuple[str, int]
_SHORT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact"}
KEYS = "0123456789*#"


class Message:
    """A SIP message, and from where it came."""

    def __init__(self, data: bytes, peer: Peer) -> None:
        head, _, self.body = data.decode(errors="replace").partition("\r\n\r\n")
        self.first, *lines = head.split("\r\n")
        self.peer, self.all = peer, list[tuple[str, str]]()
        for line in lines:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            self.all.append((_SHORT.get(name, name), value.strip()))

    def __getitem__(self, name: str) -> str:
        return next((value for known, value in self.all if known == name), "")

    def every(self, name: str) -> list[str]:
        return [value for known, value in self.all if known == name]

    @property
    def contact(self) -> str:
        found = re.search(r"<(sips?:[^>]+)>", self["contact"])
        assert found
        return found[1]

    @property
    def media(self) -> Peer:
        address = re.search(r"c=IN IP4 (\S+)", self.body)
        port = re.search(r"m=audio (\d+)", self.body)
        assert address
        assert port
        return address[1], int(port[1])


class _Port(asyncio.DatagramProtocol):
    def __init__(self, take: Any) -> None:
        self._take = take

    def datagram_received(self, data: bytes, peer: Peer) -> None:
        self._take(data, peer)


@dataclass
class Phone:
    """A telephone at a port of this machine; the trunk sends 0900000NNNN to port NNNN."""

    port: int
    sound: bytes = b""
    # Seconds until it is answered; below zero it rings for ever.
    answers_after: float = 0.1
    code: int = 200
    # It says with its ringing what it speaks, and speaks at once (early media).
    early: bool = False
    # It doesn't answer these requests.
    deaf_to: set[str] = field(default_factory=set)
    # Header lines of its own, by method or by "CODE METHOD".
    extra: dict[str, list[str]] = field(default_factory=dict)
    events: list[tuple[float, str]] = field(default_factory=list)
    heard: bytearray = field(default_factory=bytearray)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self.state, self.talks = "idle", True
        self.dialog: dict[str, Any] = {}
        self.remote: Peer | None = None
        self.direction = "sendrecv"
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._pressing: tuple[int, int, int] | None = None
        self.ssrc, self.seq, self.stamp = random.getrandbits(32), random.getrandbits(15), 0
        self._sip, _ = await loop.create_datagram_endpoint(
            lambda: _Port(self._sip_came), local_addr=("127.0.0.1", self.port)
        )
        self._rtp, _ = await loop.create_datagram_endpoint(
            lambda: _Port(self._rtp_came), local_addr=("127.0.0.1", 0)
        )
        self._spawn(self._speak())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        self._sip.close()
        self._rtp.close()
        await asyncio.sleep(0)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def number(self) -> str:
        return f"0900000{self.port:04}"

    def note(self, what: str) -> None:
        self.events.append((time.monotonic(), what))
        self._changed.set()
        self._changed = asyncio.Event()

    def has(self, what: str) -> bool:
        return any(told == what for _, told in self.events)

    def times(self, what: str) -> int:
        return sum(told == what for _, told in self.events)

    async def until(self, what: str, seconds: float = 20) -> float:
        """Wait until something was noted; return when."""
        async with asyncio.timeout(seconds):
            while not self.has(what):
                await self._changed.wait()
        return next(at for at, told in self.events if told == what)

    async def until_state(self, state: str, seconds: float = 20) -> None:
        """Wait until it is in a state."""
        async with asyncio.timeout(seconds):
            while self.state != state:
                await asyncio.sleep(0.02)

    async def hears(self, count: int, seconds: float = 20) -> bytes:
        """Wait for so many new packets of speech; return them."""
        before = len(self.heard)
        async with asyncio.timeout(seconds):
            while len(self.heard) < before + 160 * count:
                await asyncio.sleep(0.02)
        return bytes(self.heard[before:])

    # --- what it does ---

    def call(self, number: str, peer: Peer, *more: str) -> None:
        """Ring a number by the server at `peer`, with header lines of its own."""
        self.dialog = {
            "peer": peer, "call-id": f"{random.getrandbits(60):x}", "cseq": 0, "route": [],
            "us": f"<sip:{self.number}@127.0.0.1>;tag={random.getrandbits(40):x}",
            "them": f"<sip:{number}@{peer[0]}>", "target": f"sip:{number}@{peer[0]}:{peer[1]}",
        }  # fmt: skip
        self.extra["INVITE"] = list(more)
        self.state = "calling"
        self.request("INVITE", self._sdp())

    def hang_up(self) -> None:
        self.note("hangs up")
        self.state = "over"
        self.request("BYE")

    def hold(self, held: bool = True) -> None:
        self.direction = "sendonly" if held else "sendrecv"
        self.request("INVITE", self._sdp())

    def info(self, key: str) -> None:
        self.request("INFO", f"Signal={key}\r\nDuration=160\r\n", "application/dtmf-relay")

    def vanish(self) -> None:
        """A flat battery: no BYE, no speech, no answers."""
        self.state = "vanished"

    async def press(self, keys: str, gap: float = 0.3) -> None:
        """Press keys as RFC 4733 has them, one each `gap` seconds."""
        for key in keys:
            self._pressing = (KEYS.index(key), self.stamp, 0)
            await asyncio.sleep(gap)

    # --- SIP ---

    def _sdp(self) -> str:
        port = self._rtp.get_extra_info("sockname")[1]
        return (
            "v=0\r\no=p 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
            "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n"
            f"a={self.direction}\r\n"
        )

    def _send(self, first: str, heads: list[str], body: str = "", peer: Peer | None = None) -> None:
        kind = ["Content-Type: application/sdp"] if body.startswith("v=") else []
        text = "\r\n".join([first, *heads, *kind, f"Content-Length: {len(body)}", "", body])
        self._sip.sendto(text.encode(), peer or self.dialog["peer"])

    def reply(self, to: Message, code: int, body: str = "") -> None:
        kept = ("via", "from", "call-id", "cseq", "record-route")
        heads = [f"{name}: {value}" for name, value in to.all if name in kept]
        tag = "" if "tag=" in to["to"] or code == 100 else f";tag={self.dialog.get('tag', 't')}"
        more = self.extra.get(f"{code} {to.first.split()[0]}", [])
        contact = f"Contact: <sip:phone@127.0.0.1:{self.port}>"
        heads += [f"To: {to['to']}{tag}", contact, *more]
        self._send(f"SIP/2.0 {code} So", heads, body, to.peer)

    def request(self, method: str, body: str = "", kind: str = "", sequence: int = 0) -> None:
        talk = self.dialog
        if not sequence:
            talk["cseq"] += 1
        branch = f"z9hG4bK{random.getrandbits(50):x}"
        if method == "INVITE":
            talk["branch"] = branch
        elif method == "CANCEL" or (method == "ACK" and talk.get("failed")):
            branch = talk["branch"]
        heads = [
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch={branch};rport",
            f"From: {talk['us']}", f"To: {talk['them']}", f"Call-ID: {talk['call-id']}",
            f"CSeq: {sequence or talk['cseq']} {method}", "Max-Forwards: 70",
            f"Contact: <sip:phone@127.0.0.1:{self.port}>",
            *(f"Route: {one}" for one in talk["route"]), *self.extra.get(method, []),
            *([f"Content-Type: {kind}"] if kind else []),
        ]  # fmt: skip
        self._send(f"{method} {talk['target']} SIP/2.0", heads, body)

    def _sip_came(self, data: bytes, peer: Peer) -> None:
        if self.state == "vanished" or not data.strip():
            return
        message = Message(data, peer)
        if message.first.startswith("SIP/2.0"):
            self._responded(message)
            return
        method = message.first.split()[0]
        if method in self.deaf_to:
            self.note(f"deaf to {method}")
        elif method == "INVITE":
            self._invited(message)
        elif method == "CANCEL":
            self._cancelled(message)
        elif method == "ACK":
            self.note("acked")
        else:
            self.reply(message, 200)
            self.state = "over" if method == "BYE" else self.state
            self.note(method)

    def _invited(self, message: Message) -> None:
        if self.dialog.get("call-id") == message["call-id"] and self.state != "ringing":
            self.reply(message, 200, self._sdp())
            return
        if self.state not in ("idle", "over"):
            return
        tag = f"{random.getrandbits(40):x}"
        self.state = "ringing"
        self.dialog = {
            "peer": message.peer, "call-id": message["call-id"], "tag": tag, "cseq": 100,
            "us": f"{message['to']};tag={tag}", "them": message["from"], "invite": message,
            "target": message.contact, "route": message.every("record-route"),
        }  # fmt: skip
        self.remote = message.media
        self.note("rings")
        self.reply(message, 100)
        if self.code < 300:
            self.reply(message, 183 if self.early else 180, self._sdp() if self.early else "")
        if self.answers_after >= 0:
            self._spawn(self._answer(message))

    async def _answer(self, message: Message) -> None:
        await asyncio.sleep(self.answers_after)
        if self.state == "ringing":
            self.answer(message)

    def answer(self, message: Message) -> None:
        self.state = "answered" if self.code < 300 else "idle"
        self.note("answers")
        self.reply(message, self.code, self._sdp() if self.code < 300 else "")

    def _cancelled(self, message: Message) -> None:
        self.reply(message, 200)
        self.reply(self.dialog["invite"], 487)
        self.state = "over"
        self.note("cancelled")

    def _responded(self, message: Message) -> None:
        code, (number, method) = int(message.first.split()[1]), message["cseq"].split()
        if message["call-id"] != self.dialog.get("call-id"):
            return
        self.note(f"{code} {method}")
        if method != "INVITE" or code < 200:
            return
        began = self.state == "calling"
        self.dialog["failed"] = code >= 300
        self.dialog["them"] = message["to"]
        if code < 300 and began:
            self.dialog["target"] = message.contact
            self.dialog["route"] = message.every("record-route")[::-1]
            self.remote = message.media
        if began:
            self.state = "answered" if code < 300 else "over"
        self.request("ACK", sequence=int(number))

    # --- RTP ---

    def _rtp_came(self, data: bytes, _: Peer) -> None:
        if len(data) >= 12 and data[1] & 127 == 0 and self.state != "vanished":
            self.heard += data[12:]

    def rtp(self, kind: int, stamp: int, payload: bytes) -> bytes:
        self.seq = (self.seq + 1) & 0xFFFF
        return struct.pack("!BBHII", 0x80, kind, self.seq, stamp, self.ssrc) + payload

    def _speaks_now(self) -> bool:
        speaking = ("answered", "ringing") if self.early else ("answered",)
        return self.state in speaking and self.talks and self.remote is not None

    async def _speak(self) -> None:
        due, frame = time.monotonic(), 0
        while True:
            due += 0.02
            await asyncio.sleep(max(0, due - time.monotonic()))
            self.stamp = (self.stamp + 160) & 0xFFFFFFFF
            if not self._speaks_now():
                continue
            if self._pressing is None:
                sound = self.sound or SILENCE
                at = frame * 160 % len(sound)
                frame += 1
                self._rtp.sendto(self.rtp(0, self.stamp, sound[at : at + 160]), self.remote)
            else:
                self._rtp.sendto(self._next_of_key(*self._pressing), self.remote)

    def _next_of_key(self, key: int, began: int, count: int) -> bytes:
        self._pressing = None if count >= 9 else (key, began, count + 1)
        end = 0x80 if count >= 7 else 0
        return self.rtp(101, began, struct.pack("!BBH", key, end | 10, 160 * (count + 1)))
