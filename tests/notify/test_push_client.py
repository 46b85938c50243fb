"""A push service that is slow, or answers without end, keeps its own few places and no others."""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from foundation.settings import Settings
from foundation.threads import CrowdedError
from notify import push_client
from notify.public_hosts import Address, guarded
from notify.push_client import MOST_ANSWER, NAMES_AT_ONCE, PushClient, Way, _seconds
from notify.push_service import Answer, PushMessage
from tests.notify.push_house import HOST, STRANGERS, Phone, certified, new_keys

MESSAGE = PushMessage("題", "文", "/", "t", "ja", 60)
HEAD = b"HTTP/1.1 201 Created\r\n"
KEYS = new_keys()
SOON = 20.0


@dataclass
class Service:
    """Push services at one address: each request is answered by `says`, as its host's is."""

    says: dict[str, bytes | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    sent: int = 0
    port: int = 0
    trust: ssl.SSLContext | None = None
    waiting: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    endless: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what comes on a connection, until it ends."""
        try:
            while True:
                await self._answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        lines = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        await reader.readexactly(int(lines["content-length"]))
        self.asked.append(lines["host"])
        said = self.says.get(lines["host"], HEAD + b"Content-Length: 0\r\n\r\n")
        writer.write(said or b"")
        await writer.drain()
        while self.endless:
            writer.write(b"x" * 4096)
            self.sent += 4096
            await writer.drain()
        if said is None or said.endswith(b"slow"):
            self.waiting.release()
            await self.go_on.wait()

    def client(self, **changed: Any) -> "aclosing[PushClient]":
        """What sends to these services alone."""
        assert self.trust
        trust, place = self.trust, ("127.0.0.1", self.port)
        way = Way(lambda _: [place], lambda address: address == place, lambda: trust)
        return aclosing(PushClient(Settings().model_copy(update=changed), way))


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    opened = Service()
    served, opened.trust = certified(tmp_path)
    server = await asyncio.start_server(opened.serve, "127.0.0.1", 0, ssl=served)
    opened.port = server.sockets[0].getsockname()[1]
    yield opened
    opened.go_on.set()
    server.close()


def send(client: PushClient, host: str = HOST) -> Coroutine[Any, Any, Answer]:
    return client.send(Phone("a", host).subscription, MESSAGE, KEYS, "mailto:a@talk.example")


@asynccontextmanager
async def hanging(
    service: Service, client: PushClient, *hosts: str
) -> AsyncIterator[list[asyncio.Task[Answer]]]:
    """Let a push to each of these hosts be under way, and hang there, while the block runs."""
    async with asyncio.timeout(SOON):
        tasks = []
        for host in hosts:
            service.says[host] = None
            tasks.append(asyncio.create_task(send(client, host)))
            await service.waiting.acquire()
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("said", [None, b"HTTP/1.1 201 slow", HEAD + b"A: slow"])
async def test_a_service_that_hangs_before_its_verdict_is_given_up(
    service: Service, said: bytes | None
) -> None:
    service.says[HOST] = said
    async with service.client(push_seconds=0.3) as client:
        async with asyncio.timeout(SOON):
            with pytest.raises(TimeoutError):
                await send(client)
    async with service.client() as patient:
        assert await send(patient, STRANGERS[0]) == Answer(201)


@pytest.mark.parametrize("said", [b"Content-Length: 99\r\n\r\nslow", b"\r\nslow"])
@pytest.mark.parametrize(("push_seconds", "answer_seconds"), [(10.0, 0.1), (0.5, 0.7)])
async def test_the_verdict_counts_however_slowly_the_rest_comes(
    service: Service,
    said: bytes,
    push_seconds: float,
    answer_seconds: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(push_client, "ANSWER_SECONDS", answer_seconds)
    service.says[HOST] = HEAD + said
    async with service.client(push_seconds=push_seconds) as client, asyncio.timeout(SOON):
        assert await send(client) == Answer(201)


async def test_an_answer_without_end_is_not_read_to_its_end(service: Service) -> None:
    service.says[HOST], service.endless = HEAD + b"\r\n", True
    async with service.client(push_seconds=60) as client, asyncio.timeout(SOON):
        assert await send(client) == Answer(201)
    # What lies in the sockets on both sides; it would go on for ever.
    assert service.sent < 50 * 2**20
    assert MOST_ANSWER < 4096


async def test_a_head_without_end_is_no_answer(service: Service) -> None:
    service.says[HOST] = HEAD + b"A: " + b"x" * 100_000
    async with service.client() as client, asyncio.timeout(SOON):
        with pytest.raises(push_client.NO_ANSWER):
            await send(client)


async def test_a_short_answer_lets_the_connection_be_used_again(service: Service) -> None:
    service.says[HOST] = HEAD + b"Content-Length: 2\r\n\r\nok"
    with pytest.MonkeyPatch.context() as patch:
        opened = _counted(service, patch)
        async with service.client() as client:
            for _ in range(3):
                assert await send(client) == Answer(201)
    assert (len(service.asked), opened()) == (3, 1)


def _counted(service: Service, patch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Count the sockets that are made on the way to a service."""
    made = list[object]()

    def counting(allows: Callable[[Address], bool]) -> Callable[[Any], socket.socket]:
        make = guarded(allows)

        def count(wanted: Any) -> socket.socket:
            made.append(wanted)
            return make(wanted)

        return count

    patch.setattr(push_client, "guarded", counting)
    return lambda: len(made)


async def test_a_service_that_hangs_keeps_its_own_places_and_no_others(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_client, "PLACE_SECONDS", 0)
    async with (
        service.client(pushes_at_once=8, pushes_per_service=2, push_seconds=60) as client,
        hanging(service, client, *STRANGERS[:2]),
    ):
        with pytest.raises(CrowdedError):
            await send(client, STRANGERS[1])
        assert await send(client) == Answer(201)


async def test_strangers_of_many_names_leave_half_of_the_places_to_who_answers(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_client, "PLACE_SECONDS", 0)
    async with service.client(pushes_at_once=4, pushes_per_service=2, push_seconds=60) as client:
        assert await send(client) == Answer(201)
        async with hanging(service, client, STRANGERS[0], STRANGERS[2]):
            with pytest.raises(CrowdedError):
                await send(client, STRANGERS[3])
            assert await send(client) == Answer(201)


async def test_who_no_longer_answers_is_a_stranger_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_client, "PLACE_SECONDS", 0)
    async with service.client(pushes_at_once=2, push_seconds=60) as client:
        assert await send(client) == Answer(201)
        async with hanging(service, client, HOST) as [task]:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            service.says[HOST] = HEAD + b"Content-Length: 0\r\n\r\n"
            async with hanging(service, client, STRANGERS[0]):
                with pytest.raises(CrowdedError):
                    await send(client)
        assert await send(client) == Answer(201)


async def test_a_place_is_waited_for_a_moment(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_client, "PLACE_SECONDS", SOON)
    async with (
        service.client(pushes_at_once=2, pushes_per_service=1, push_seconds=60) as client,
        hanging(service, client, STRANGERS[0]) as [first],
    ):
        second = asyncio.create_task(send(client, STRANGERS[1]))
        await asyncio.sleep(0)
        service.says[STRANGERS[1]] = HEAD + b"Content-Length: 0\r\n\r\n"
        first.cancel()
        async with asyncio.timeout(SOON):
            assert await second == Answer(201)


async def test_nothing_of_a_service_is_kept_or_unpacked(service: Service) -> None:
    said = b"Set-Cookie: a=b\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"
    service.says[HOST] = HEAD + said
    async with service.client() as client:
        assert await send(client) == Answer(201)
        assert list(client._session.cookie_jar) == []


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None), ("0", 0), ("600", 600), ("999999999", 3600), ("9" * 41, None), ("-1", None),
        ("soon", None), ("１２", None), ("1.5", None), ("", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("Wed, 99 Oct 2015 07:28:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600),
    ],
)  # fmt: skip
def test_when_a_service_wants_to_be_asked_again(header: str | None, seconds: int | None) -> None:
    assert _seconds(header) == seconds


def test_a_moment_is_told_from_now() -> None:
    later = _seconds(format_datetime(datetime.now(UTC) + timedelta(seconds=900), usegmt=True))
    assert later is not None
    assert 800 < later <= 900


async def test_names_that_nobody_answers_for_keep_no_other_name_from_being_found(
    service: Service,
) -> None:
    service.says[HOST] = HEAD + b"Connection: close\r\nContent-Length: 0\r\n\r\n"
    asked, go_on, trust = list[str](), threading.Event(), service.trust
    assert trust

    def find(host: str) -> list[Address]:
        if host != HOST:
            asked.append(host)
            go_on.wait(60)
        return [("127.0.0.1", service.port)]

    settings = Settings(pushes_at_once=40, pushes_per_service=20, push_seconds=60)
    way = Way(find, lambda _: True, lambda: trust)
    async with aclosing(PushClient(settings, way)) as client:
        assert await send(client) == Answer(201)
        tasks = [asyncio.create_task(send(client, STRANGERS[0])) for _ in range(NAMES_AT_ONCE)]
        try:
            async with asyncio.timeout(SOON):
                while len(asked) < NAMES_AT_ONCE:
                    await asyncio.sleep(0.01)
                assert await send(client) == Answer(201)
        finally:
            go_on.set()
            await asyncio.gather(*tasks)
