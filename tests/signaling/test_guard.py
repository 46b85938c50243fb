"""Bad, huge, unknown, forged and far too many events harm nobody but their sender."""

import asyncio
from typing import Any

import pytest
import socketio
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from foundation.database import Database
from foundation.settings import Settings
from tests.signaling.browser import FakeBrowser, beat, join
from tests.signaling.conftest import Connect
from tests.world import World, new_user


@pytest.fixture
async def user(database: Database) -> int:
    async with database.transaction() as tx:
        return await new_user(tx)


@pytest.fixture
async def browser(user: int, connect: Connect) -> FakeBrowser:
    return await connect(user)


NOT_IDS: list[Any] = ["1", "１", -1, 0, 1.5, 2**63, "1e9", None, True, [1], {"id": 1}]


@pytest.mark.parametrize("figure", NOT_IDS)
async def test_figures_that_are_none_are_refused(browser: FakeBrowser, figure: Any) -> None:
    assert (await browser.ask("talk:leave", {"talk_id": figure}))["code"] == "bad_payload"


@pytest.mark.parametrize("figure", ["1", "５", -1, 0, 1.5, 2**63, "1e9", True, 1441])
async def test_caps_that_are_none_are_refused(browser: FakeBrowser, figure: Any) -> None:
    asked = {"talk_id": 1, "minutes": figure}
    assert (await browser.ask("talk:cap", asked))["code"] == "bad_payload"


@pytest.mark.parametrize("payload", [None, 5, "text", [], [1, 2], {}, {"talk_id": 1, "more": 1}])
async def test_payloads_that_are_none_are_refused(browser: FakeBrowser, payload: Any) -> None:
    assert (await browser.ask("talk:leave", payload))["code"] == "bad_payload"


async def test_a_signal_carries_one_thing(browser: FakeBrowser) -> None:
    both = {
        "talk_id": 1,
        "pair": 1,
        "candidate": None,
        "description": {"type": "offer", "sdp": ""},
    }
    assert (await browser.ask("talk:signal", both))["code"] == "bad_payload"
    assert (await browser.ask("talk:signal", {"talk_id": 1, "pair": 1}))["code"] == "bad_payload"


async def test_unknown_events_are_refused(browser: FakeBrowser) -> None:
    assert (await browser.ask("points:grant", {"points": 10**6}))["code"] == "unknown_event"
    assert (await browser.ask("talk:cap_" + "x" * 500, {}))["code"] == "unknown_event"


async def test_events_out_of_turn_are_refused(browser: FakeBrowser) -> None:
    assert (await browser.ask("talk:beat", beat(1, 1)))["code"] == "not_in_talk"
    assert (await browser.ask("talk:join", join(4711)))["code"] == "talk_unknown"


async def test_a_visitor_may_only_look(connect: Connect) -> None:
    visitor = await connect(None)
    assert (await visitor.ask("directory:watch", {}))["ok"]
    for event, payload in [
        ("standby:open", {"room_id": 1}),
        ("standby:watch", {}),
        ("standby:beat", {}),
        ("talk:join", join(1)),
        ("talk:leave", {"talk_id": 1}),
    ]:
        assert (await visitor.ask(event, payload))["code"] == "not_signed_in"


async def test_a_cast_opens_only_own_rooms(
    database: Database, settings: Settings, connect: Connect, user: int
) -> None:
    world = await World.of(database, settings)
    other = await connect(user)
    refused = await other.ask("standby:open", {"room_id": world.room})
    assert refused["code"] == "room_unknown"


@pytest.mark.parametrize("event", ["connect", "disconnect"])
async def test_the_servers_own_events_cannot_be_forged(browser: FakeBrowser, event: str) -> None:
    # The client library keeps these names to itself: the packet is written by hand.
    await browser.sio.eio.send(f'2["{event}",{{"aiohttp.request":1}},{{}}]')
    assert (await browser.ask("standby:watch", {}))["ok"]


async def test_a_flood_is_refused_and_others_go_on(
    browser: FakeBrowser, connect: Connect, settings: Settings
) -> None:
    other = await connect(None)
    loop = asyncio.get_running_loop()
    began = loop.time()
    flood = [asyncio.ensure_future(browser.ask("standby:watch", {})) for _ in range(450)]
    calm = await other.ask("directory:watch", {})
    answers = await asyncio.gather(*flood, return_exceptions=True)
    codes = [answer.get("code") for answer in answers if isinstance(answer, dict)]
    assert calm["ok"]
    assert set(codes) == {None, "too_fast"} or "too_many_pending" in codes
    allowed = settings.events_burst + settings.events_per_second * (loop.time() - began + 1)
    assert codes.count(None) <= allowed


async def test_who_never_stops_is_disconnected(browser: FakeBrowser) -> None:
    for _ in range(40):
        if not browser.sio.connected:
            break
        for _ in range(30):
            await browser.sio.emit("no:such:event", {})
        await asyncio.sleep(0.05)
    assert not browser.sio.connected


async def test_a_huge_event_ends_its_connection_alone(
    browser: FakeBrowser, connect: Connect
) -> None:
    other = await connect(None)
    huge = {"talk_id": 1, "key": "message-1", "text": "x" * 200_000}
    with pytest.raises((socketio.exceptions.TimeoutError, socketio.exceptions.SocketIOError)):
        await browser.sio.call("talk:say", huge, timeout=1)
    assert (await other.ask("directory:watch", {}))["ok"]


@pytest.mark.parametrize(
    "packet", ["2", "2[", "2{}", '2["talk:leave"', "9", "5-[]", "2[1,2]", "xx"]
)
async def test_malformed_packets_harm_nobody_else(
    browser: FakeBrowser, connect: Connect, packet: str
) -> None:
    other = await connect(None)
    await browser.sio.eio.send(packet)
    await asyncio.sleep(0.1)
    assert (await other.ask("directory:watch", {}))["ok"]


async def test_messages_travel_uncompressed(server: TestServer) -> None:
    async with ClientSession() as session:
        address = server.make_url("/socket.io/?EIO=4&transport=websocket")
        async with session.ws_connect(address, compress=15) as socket:
            assert socket.compress == 0
            assert (await socket.receive_str(timeout=5)).startswith("0{")


async def test_a_stop_lets_go_of_every_socket_without_a_word_of_error(
    server: TestServer, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    browsers = [await connect(None) for _ in range(20)]
    await server.close()
    async with asyncio.timeout(5):
        while any(browser.sio.connected for browser in browsers):
            await asyncio.sleep(0.02)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
