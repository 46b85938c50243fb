"""What is no packet of the protocol ends its own connection, in one line, and harms nobody."""

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from tests.signaling.conftest import Connect

OPEN = "40"


@pytest.mark.parametrize(
    "packet",
    [
        "42[",
        "42" + "[" * 20_000,
        "4",
        "42",
        '42{"a":1}',
        "451-" + '["talk:say",{"_placeholder":true,"num":0}]',
        "4999999999-",
        "44",
        "49",
        "4\x00",
        b"\x00\xff",
    ],
)
@pytest.mark.parametrize("begun", [False, True])
async def test_what_is_no_packet_ends_its_connection_in_one_line(
    server: TestServer, packet: str | bytes, begun: bool, caplog: pytest.LogCaptureFixture
) -> None:
    path = server.make_url("/socket.io/?EIO=4&transport=websocket")
    with capture_logs() as lines:
        async with aiohttp.ClientSession() as client, client.ws_connect(path) as socket:
            await socket.receive()
            if begun:
                await socket.send_str(OPEN)
                await socket.receive()
            for _ in range(20):
                if socket.closed:
                    break
                if isinstance(packet, bytes):
                    await socket.send_bytes(packet)
                else:
                    await socket.send_str(packet)
            while (await socket.receive(timeout=30)).type is not aiohttp.WSMsgType.CLOSED:
                pass
    assert [line["event"] for line in lines] == ["signaling.no_packet"]
    # What the library itself says goes another way.
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_what_is_no_event_of_ours_is_let_be(server: TestServer) -> None:
    path = server.make_url("/socket.io/?EIO=4&transport=websocket")
    with capture_logs() as lines:
        async with aiohttp.ClientSession() as client, client.ws_connect(path) as socket:
            await socket.receive()
            await socket.send_str(OPEN)
            await socket.receive()
            for said in ("42[1]", "42[null]", '42/nowhere,["talk:beat"]', '421["nothing"]'):
                await socket.send_str(said)
            answer = await socket.receive(timeout=30)
    assert '"unknown_event"' in answer.data
    assert not [line for line in lines if line["log_level"] == "error"]


async def test_others_go_on_beside_it(server: TestServer, connect: Connect) -> None:
    good = await connect(None)
    path = server.make_url("/socket.io/?EIO=4&transport=websocket")
    async with aiohttp.ClientSession() as client, client.ws_connect(path) as socket:
        await socket.receive()
        await socket.send_str("42[")
        while (await socket.receive(timeout=30)).type is not aiohttp.WSMsgType.CLOSED:
            pass
    assert (await good.ask("directory:watch", {}))["ok"]
