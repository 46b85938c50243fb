"""Strangers who mean harm: `python -m benchmarks.attackers PORT SECONDS`.

Started by `benchmarks.attack` as a process of its own. They come from addresses of their own (which
loopback has plenty of), each kind in a number and at a pace that a small machine can send, and tell
at the end how many of each kind tried, how many were held open, and what was answered.
"""

import asyncio
import contextlib
import itertools
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator

import uvloop

HOST = "127.0.0.1"
CONNECT_SECONDS = 5
# At once of each kind, and the pause of each between two tries.
SLOW, MANY, MALFORMED, FORGED = 400, 400, 8, 8
PAUSE = 0.1
DRIP_SECONDS = 2
UPGRADE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
# A text message in one frame, masked with zeros as a browser masks it with chance.
FRAMES = (b"40", b"4", b"42[", b'42["talk:beat",{"talk_id":1e999}]', b"\xff" * 60, b"0" * 120)

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Attack:
    """What they do to a site for some seconds."""

    def __init__(self, port: int, seconds: float) -> None:
        self.port = port
        self.end = time.monotonic() + seconds
        self.told: Counter[str] = Counter()
        self._addresses = _addresses()

    async def run(self) -> dict[str, int]:
        """Attack in every way at once; how often what was seen."""
        ways: list[tuple[Callable[[Stream], Awaitable[None]], int]] = [
            (self._drip_headers, SLOW // 2),
            (self._drip_body, SLOW // 4),
            (self._drip_photo, SLOW // 4),
            (self._hold_silent, MANY // 2),
            (self._hold_socket, MANY // 2),
            (self._malformed, MALFORMED),
            (self._bad_frames, MALFORMED),
            (self._forged, FORGED),
        ]
        await asyncio.gather(*(self._again(way) for way, count in ways for _ in range(count)))
        return dict(self.told)

    async def _again(self, way: Callable[[Stream], Awaitable[None]]) -> None:
        await asyncio.sleep(random.uniform(0, 5))
        while time.monotonic() < self.end:
            name = way.__name__.strip("_")
            self.told[f"{name}: tried"] += 1
            stream = await self._connect()
            if stream is None:
                self.told[f"{name}: no connection"] += 1
            else:
                with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                    await way(stream)
                stream[1].close()
            await asyncio.sleep(PAUSE)

    async def _connect(self) -> Stream | None:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(CONNECT_SECONDS):
                return await asyncio.open_connection(
                    HOST, self.port, local_addr=(next(self._addresses), 0)
                )
        return None

    async def _drip(self, stream: Stream, head: str, byte: bytes) -> None:
        """Send a beginning, and then a byte now and then for as long as the site lets it."""
        reader, writer = stream
        writer.write(head.format(host=f"{HOST}:{self.port}").encode())
        answered = asyncio.create_task(reader.read(12))
        while time.monotonic() < self.end and not answered.done():
            writer.write(byte)
            await asyncio.wait([answered], timeout=DRIP_SECONDS)
        answered.cancel()
        if answered.done() and not answered.cancelled():
            answer = answered.result().decode("latin-1")[9:12] or "closed"
            self.told[f"dripping ended by: {answer}"] += 1

    async def _drip_headers(self, stream: Stream) -> None:
        await self._drip(stream, "GET / HTTP/1.1\r\nHost: {host}\r\nX-Slow: ", b"a")

    async def _drip_body(self, stream: Stream) -> None:
        head = (
            "POST /sign-in HTTP/1.1\r\nHost: {host}\r\nContent-Length: 4000\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        )
        await self._drip(stream, head, b"a")

    async def _drip_photo(self, stream: Stream) -> None:
        head = (
            "POST /console/profile/photos HTTP/1.1\r\nHost: {host}\r\nContent-Length: 4000000\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
        )
        await self._drip(stream, head, b"a")

    async def _hold_silent(self, stream: Stream) -> None:
        """A connection that says nothing."""
        await self._until_closed(stream, "silent")

    async def _hold_socket(self, stream: Stream) -> None:
        """A WebSocket that never begins."""
        stream[1].write(UPGRADE.format(host=f"{HOST}:{self.port}").encode())
        await self._until_closed(stream, "socket")

    async def _until_closed(self, stream: Stream, name: str) -> None:
        begun = time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.1, self.end - begun)):
                while await stream[0].read(4096):
                    pass
                self.told[f"{name} closed by the site"] += 1

    async def _malformed(self, stream: Stream) -> None:
        await self._say(stream, random.choice(_malformed()), "malformed")

    async def _forged(self, stream: Stream) -> None:
        await self._say(stream, random.choice(_forged(f"{HOST}:{self.port}")), "forged")

    async def _say(self, stream: Stream, said: bytes, name: str) -> None:
        stream[1].write(said)
        answer = b""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_SECONDS):
                answer = await stream[0].read(12)
        self.told[f"{name} answered: {answer.decode('latin-1')[9:12] or 'closed'}"] += 1

    async def _bad_frames(self, stream: Stream) -> None:
        """A WebSocket that begins, and then talks nonsense."""
        _, writer = stream
        writer.write(UPGRADE.format(host=f"{HOST}:{self.port}").encode())
        for _ in range(40):
            text = random.choice(FRAMES)
            writer.write(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)
            await writer.drain()
        await self._until_closed(stream, "nonsense")


def _addresses() -> Iterator[str]:
    """Five hundred addresses of loopback, again and again."""
    return itertools.cycle(f"127.1.{high}.{low}" for high in range(2) for low in range(1, 251))


def _malformed() -> list[bytes]:
    long = b"a" * 20_000
    return [
        random.randbytes(400) + b"\r\n\r\n",
        b"GET /" + long + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + long + b"\r\n\r\n",
        b"GET /%ff%00/../..//rooms/99999999999999999999 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"GET /?page=" + b"9" * 3_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nCookie: session=" + b"\xff" * 200 + b"\r\n\r\n",
    ]


def _forged(host: str) -> list[bytes]:
    form = b"email=kenta%40demo.example&password=wrong&csrf=forged"
    event = b'{"id":"evt_1","type":"payment_intent.succeeded","data":{"object":{"amount":1}}}'
    head = (
        f"Host: {host}\r\nX-Forwarded-For: 203.0.113.9\r\nForwarded: for=203.0.113.8\r\n".encode()
    )
    return [
        b"POST /sign-in HTTP/1.1\r\n" + head + b"Origin: https://evil.example\r\n"
        + _body(b"application/x-www-form-urlencoded", form),
        b"POST /webhooks/payments HTTP/1.1\r\n" + head + b"Stripe-Signature: t=1,v1=00\r\n"
        + _body(b"application/json", event),
        b"GET /points HTTP/1.1\r\n" + head + b"Cookie: session=" + b"A" * 43 + b"\r\n\r\n",
        b"POST /rooms/1/entry HTTP/1.1\r\n" + head
        + _body(b"application/x-www-form-urlencoded", b"csrf=x"),
    ]  # fmt: skip


def _body(kind: bytes, body: bytes) -> bytes:
    length = str(len(body)).encode()
    return b"Content-Type: " + kind + b"\r\nContent-Length: " + length + b"\r\n\r\n" + body


if __name__ == "__main__":
    print(json.dumps(uvloop.run(Attack(int(sys.argv[1]), float(sys.argv[2])).run())), flush=True)
