"""Hundreds of raw sockets: what is refused is closed, what doesn't begin is closed, talks go on."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import socketio
from aiohttp import (
    ClientSession,
    ClientWebSocketResponse,
    TCPConnector,
    WSMessageTypeError,
    WSMsgType,
)
from aiohttp.test_utils import TestServer

from foundation.database import Database
from foundation.settings import Settings
from people.sign_in import sessions
from rooms.talk import entry
from signaling.connections import LOOK_UPS
from signaling.server import CONNECTIONS
from tests.signaling.browser import FakeBrowser, join
from tests.signaling.conftest import Connect
from tests.world import World, new_user
from web.app import make_app

PATH = "/socket.io/?EIO=4&transport=websocket"
PATIENCE = 5
FEW = 10

Dial = Callable[..., Awaitable[ClientWebSocketResponse]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Figures that a test can reach."""
    return settings.model_copy(
        update={
            "socket_unproved_per_ipv4": FEW,
            "socket_unproved_per_ipv6_64": 3,
            "socket_unproved_per_ipv6_48": 5,
            "socket_connections_per_person": 3,
            "trusted_proxies": ("127.0.0.1/32",),
        }
    )


@asynccontextmanager
async def dialer(server: TestServer) -> AsyncIterator[Dial]:
    """Open raw web sockets that say nothing by themselves."""
    opened = []
    async with ClientSession(connector=TCPConnector(limit=0)) as session:

        async def open_one(**headers: str) -> ClientWebSocketResponse:
            address = server.make_url(PATH)
            opened.append(await session.ws_connect(address, headers=headers, autoclose=False))
            return opened[-1]

        yield open_one


@pytest.fixture
async def dial(server: TestServer) -> AsyncIterator[Dial]:
    """Opens raw web sockets to the site."""
    async with dialer(server) as dial:
        yield dial


async def begin(socket: ClientWebSocketResponse) -> dict[str, Any]:
    """Begin as a browser does; what the server answers to it. Of a crowd some get no word."""
    try:
        assert (await socket.receive_str(timeout=PATIENCE)).startswith("0{")
        with contextlib.suppress(ConnectionError):
            await socket.send_str("40")
        answer = await socket.receive_str(timeout=PATIENCE)
    except WSMessageTypeError:
        return {"accepted": False}
    said: dict[str, Any] = json.loads(answer[2:])
    return {"accepted": answer.startswith("40"), **said}


async def closed(socket: ClientWebSocketResponse) -> bool:
    """Whether the server's end of the socket is gone, without a word of ours."""
    async with asyncio.timeout(PATIENCE):
        while True:
            message = await socket.receive()
            if message.type in (WSMsgType.CLOSED, WSMsgType.CLOSE, WSMsgType.ERROR):
                return True


def count(server: TestServer) -> int:
    """How many sockets the server counts."""
    return len(server.app[CONNECTIONS].places)


async def counted(server: TestServer, number: int) -> None:
    """Return once the server counts so many sockets, and holds no more than these."""
    async with asyncio.timeout(PATIENCE):
        while count(server) != number or len(server.runner.server.connections) > number:  # type: ignore[union-attr]
            await asyncio.sleep(0.02)


async def signed_in(database: Database, settings: Settings, user_id: int) -> dict[str, str]:
    async with database.transaction() as tx:
        token = await sessions.open_for(tx, user_id, days=1)
    return {"Cookie": f"{sessions.cookie_name(settings)}={token}"}


async def test_of_hundreds_from_one_address_few_stay_and_the_rest_is_closed(
    server: TestServer, dial: Dial
) -> None:
    sockets = await asyncio.gather(*(dial() for _ in range(300)))
    answers = await asyncio.gather(*(begin(socket) for socket in sockets))
    refused = [one for one, said in zip(sockets, answers, strict=True) if not said["accepted"]]
    assert len(refused) == 300 - FEW
    assert all(await asyncio.gather(*(closed(socket) for socket in refused)))
    await counted(server, FEW)


async def test_a_refused_socket_is_closed_though_its_client_reads_and_says_nothing(
    server: TestServer, dial: Dial
) -> None:
    for _ in range(FEW):
        await begin(await dial())
    asked = (
        f"GET {PATH} HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Ng==\r\n\r\n"
    )
    raw = [await asyncio.open_connection(server.host, server.port) for _ in range(300)]
    for _, writer in raw:
        writer.write(asked.encode())
    await counted(server, FEW)


async def test_sessions_are_looked_up_by_few_at_once(
    dial: Dial, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, most = 0, 0
    look = sessions.session_user

    async def looked(*of: Any) -> Any:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        try:
            return await look(*of)
        finally:
            busy -= 1

    monkeypatch.setattr("signaling.connections.sessions.session_user", looked)
    cookie = {"Cookie": f"{sessions.cookie_name(settings)}={'x' * 43}"}
    await asyncio.gather(*(dial(**cookie) for _ in range(FEW)))
    assert 0 < most <= LOOK_UPS


async def test_the_page_is_told_why_in_words_and_how_long_to_wait(dial: Dial) -> None:
    for _ in range(FEW):
        await begin(await dial())
    said = await begin(await dial(**{"Accept-Language": "en"}))
    assert (said["accepted"], said["message"]) == (False, "address_busy")
    assert "connections" in said["data"]["message"]
    assert said["data"]["wait_ms"] >= 10_000
    in_japanese = await begin(await dial())
    assert "回線" in in_japanese["data"]["message"]


@pytest.mark.parametrize("says", [[], ["40/elsewhere,"], ["3"]])
async def test_what_does_not_begin_is_closed(
    database: Database, settings: Settings, says: list[str]
) -> None:
    hasty = settings.model_copy(update={"socket_begin_seconds": 1})
    server = TestServer(make_app(hasty, database))
    async with server, dialer(server) as dial:
        sockets = await asyncio.gather(*(dial() for _ in range(FEW)))
        for socket in sockets:
            for word in says:
                await socket.send_str(word)
        assert all(await asyncio.gather(*(closed(socket) for socket in sockets)))
        await counted(server, 0)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
async def test_invented_addresses_evade_no_count(dial: Dial, header: str) -> None:
    """A trusted proxy appends who really spoke to it; what stands before is invented."""
    answers = []
    for one in range(FEW + 3):
        invented = f"for=198.51.100.{one}" if header == "Forwarded" else f"198.51.100.{one}"
        headers = {header: f"{invented}, 203.0.113.7"} if header.endswith("For") else {
            header: invented, "X-Forwarded-For": "203.0.113.7",
        }  # fmt: skip
        answers.append((await begin(await dial(**headers)))["accepted"])
    assert answers == [True] * FEW + [False] * 3


async def test_ipv6_visitors_count_by_their_line_and_by_their_site(dial: Dial) -> None:
    line = [await dial(**{"X-Forwarded-For": f"2001:db8:1:1::{one:x}"}) for one in range(1, 6)]
    assert [(await begin(one))["accepted"] for one in line] == [True] * 3 + [False] * 2
    site = [await dial(**{"X-Forwarded-For": f"2001:db8:1:{one:x}::1"}) for one in range(2, 6)]
    assert [(await begin(one))["accepted"] for one in site] == [True] * 2 + [False] * 2


async def test_members_behind_a_full_address_connect(
    server: TestServer, dial: Dial, database: Database, settings: Settings
) -> None:
    for _ in range(FEW):
        await begin(await dial())
    for _ in range(FEW):
        async with database.transaction() as tx:
            user_id = await new_user(tx)
        answer = await begin(await dial(**await signed_in(database, settings, user_id)))
        assert answer["accepted"]
    assert count(server) == 2 * FEW


async def test_invented_sessions_get_no_place_at_a_full_address(
    server: TestServer, dial: Dial, settings: Settings
) -> None:
    for _ in range(FEW):
        await begin(await dial())
    cookie = {"Cookie": f"{sessions.cookie_name(settings)}={'x' * 43}"}
    sockets = await asyncio.gather(*(dial(**cookie) for _ in range(50)))
    answers = await asyncio.gather(*(begin(socket) for socket in sockets))
    assert not any(answer["accepted"] for answer in answers)
    await counted(server, FEW)


async def test_one_window_too_many_is_refused_in_the_members_language(
    dial: Dial, database: Database, settings: Settings
) -> None:
    async with database.transaction() as tx:
        user_id = await new_user(tx)
    cookie = await signed_in(database, settings, user_id)
    for _ in range(3):
        assert (await begin(await dial(**cookie)))["accepted"]
    said = await begin(await dial(**cookie, **{"Accept-Language": "en"}))
    assert said["message"] == "too_many_windows"
    assert "タブ" in said["data"]["message"]


async def test_as_many_at_once_as_one_likes_get_no_more_places(
    server: TestServer, dial: Dial, database: Database, settings: Settings
) -> None:
    async with database.transaction() as tx:
        user_id = await new_user(tx)
    cookie = await signed_in(database, settings, user_id)
    sockets = await asyncio.gather(*(dial(**cookie) for _ in range(60)))
    answers = await asyncio.gather(*(begin(socket) for socket in sockets))
    assert sum(answer["accepted"] for answer in answers) == 3
    await counted(server, 3)


@pytest.fixture
async def talking(database: Database, settings: Settings, connect: Connect) -> World:
    """A talk whose caller sits in it, with as many windows open as one may have."""
    world = await World.of(database, settings)
    await connect(world.cast)
    async with world.database.transaction() as tx:
        world.talk = (await entry.enter(tx, world.settings, world.room, world.caller)).talk_id
    return world


async def test_who_sits_in_a_talk_is_never_refused(
    server: TestServer, talking: World, connect: Connect, dial: Dial
) -> None:
    windows = [await connect(talking.caller) for _ in range(3)]
    assert (await windows[0].ask("talk:join", join(talking.talk)))["ok"]
    for _ in range(FEW):
        await begin(await dial())
    late = await connect(talking.caller)
    said = await windows[1].wait_for("connection:turned_away")
    assert said["code"] == "too_many_windows"
    assert said["message"]
    async with asyncio.timeout(PATIENCE):
        while windows[1].sio.connected:
            await asyncio.sleep(0.02)
    assert (await windows[0].ask("standby:watch", {}))["talk_id"] == talking.talk
    assert (await late.ask("talk:join", join(talking.talk)))["ok"]
    # The caller's three, the cast's one and the visitors'.
    await counted(server, 3 + 1 + FEW)


async def test_a_full_process_takes_in_who_sits_in_a_talk(
    database: Database, settings: Settings
) -> None:
    small = settings.model_copy(update={"socket_connections": 4})
    world = await World.of(database, small)
    async with database.transaction() as tx:
        await entry.enter(tx, small, world.room, world.caller)
        stranger = await new_user(tx)
    server = TestServer(make_app(small, database))
    async with server:
        visitors = [await FakeBrowser.open(server, database, small, None) for _ in range(4)]
        for who in (None, stranger):
            with pytest.raises(socketio.exceptions.ConnectionError):
                await FakeBrowser.open(server, database, small, who)
        caller = await FakeBrowser.open(server, database, small, world.caller)
        assert (await visitors[0].wait_for("connection:turned_away"))["code"] == "server_full"
        assert caller.sio.connected
        for browser in (caller, *visitors):
            await browser.close()


async def test_a_connection_that_its_client_ended_keeps_no_socket(
    server: TestServer, dial: Dial
) -> None:
    socket = await dial()
    assert (await begin(socket))["accepted"]
    await socket.send_str("41")
    assert await closed(socket)
    await counted(server, 0)


async def test_a_session_that_is_closed_keeps_no_socket(
    server: TestServer, dial: Dial, database: Database, settings: Settings
) -> None:
    async with database.transaction() as tx:
        user_id = await new_user(tx)
    cookie = await signed_in(database, settings, user_id)
    socket = await dial(**cookie)
    assert (await begin(socket))["accepted"]
    await server.app[CONNECTIONS].end_session(cookie["Cookie"].partition("=")[2])
    assert await closed(socket)
    await counted(server, 0)


@pytest.mark.parametrize("frame", ["x", "9", "", "2[", "b!!"])
async def test_nothing_is_kept_of_a_socket_that_broke_off(
    server: TestServer, dial: Dial, frame: str, caplog: pytest.LogCaptureFixture
) -> None:
    sockets = [await dial() for _ in range(FEW)]
    for socket in sockets:
        assert (await begin(socket))["accepted"]
        await socket.send_str(frame)
        await socket.close()
    await counted(server, 0)
    connections = server.app[CONNECTIONS]
    assert not connections._door.guard.connections
    assert not connections._door.sio.eio.sockets
    assert not connections._door.sio.environ
