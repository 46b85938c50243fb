"""Web and media processes over a real connection: proved on both sides, bounded, and made again."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError, web
from aiohttp.test_utils import TestServer, unused_port

from media.control import line, link
from media.control.client import MediaLinks
from media.control.link import PATH, LinkError
from media.control.messages import LARGEST_MESSAGE, HostState, RecordEnd
from media.control.proof import GOOD_SECONDS, HEADER, Proofs, prove
from media.control.server import ControlServer
from media.hosts import MediaHost
from media.relay.terms import LegKey, RelayError
from tests.media.control.plane import SECRET, FakePlane, control_door, moved

LEG, ACROSS = LegKey(7, 2, "caller"), LegKey(7, 2, "cast")


class Heard:
    """What a web process heard."""

    def __init__(self) -> None:
        self.lost: list[int] = []


async def until(found: Callable[[], list[Any]], count: int = 1) -> Any:
    """Wait until there are so many of something, and return the last."""
    async with asyncio.timeout(30):
        while len(found()) < count:
            await asyncio.sleep(0.01)
    return found()[count - 1]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def links(heard: Heard) -> AsyncIterator[MediaLinks]:
    made = MediaLinks(SECRET, lambda host: heard.lost.append(host.id))
    yield made
    await made.close()


async def test_an_offer_is_answered_and_a_pair_is_counted(links: MediaLinks, heard: Heard) -> None:
    plane = FakePlane()
    plane.counted = {LEG: moved(10, 20), ACROSS: moved(20, 10)}
    async with control_door(plane) as (_, host):
        assert await links.to(host).answer(LEG, "v=0 offer") == "v=0 answer caller 2"
        assert plane.offers == [(LEG, "v=0 offer")]
        counted = await links.to(host).counts(LEG)
        assert (counted.own, counted.other) == (moved(10, 20), moved(20, 10))
        nothing = await links.to(host).counts(LegKey(8, 1, "cast"))
        assert (nothing.own, nothing.other) == (None, None)
    assert heard.lost == []


async def test_what_the_relay_refuses_is_refused_with_its_code(links: MediaLinks) -> None:
    plane = FakePlane(refuses=RelayError("full"))
    async with control_door(plane) as (_, host):
        with pytest.raises(LinkError) as refused:
            await links.to(host).answer(LEG, "v=0")
        assert refused.value.code == "full"


async def test_another_secret_opens_nothing_and_answers_nobody(
    links: MediaLinks, heard: Heard
) -> None:
    plane = FakePlane()
    async with control_door(plane, secret="b" * 32) as (door, host):
        links.to(host)
        await until(lambda: heard.lost)
        assert len(door) == 0
    assert plane.offers == []


@pytest.mark.parametrize(
    "shown", ["", "x", "..", "1.2.3", "9" * 40 + ".a.b", "１７.nonce.あ", "\udcff.a.b"]
)
def test_a_proof_that_is_none_is_refused(shown: str) -> None:
    assert Proofs(SECRET).check(shown) is None


def test_a_proof_is_good_once_and_not_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    proofs, (shown, expected) = Proofs(SECRET), prove(SECRET)
    assert proofs.check(shown) == expected
    assert proofs.check(shown) is None
    late, _ = prove(SECRET)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + GOOD_SECONDS + 2)
    assert proofs.check(late) is None


def test_an_answer_is_no_proof_for_another_door() -> None:
    shown, answer = prove(SECRET)
    assert Proofs(SECRET).check(f"{shown.rpartition('.')[0]}.{answer}") is None


async def test_who_does_not_prove_the_secret_is_no_media_process(
    links: MediaLinks, heard: Heard
) -> None:
    """One that took the address of a media process can't say that media flowed."""

    async def pretend(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str('{"kind":"hello","answer":"trust me"}')
        await socket.receive()
        return socket

    application = web.Application()
    application.router.add_get(PATH, pretend)
    server = TestServer(application)
    await server.start_server()
    host = MediaHost(3, f"ws://127.0.0.1:{server.port}")
    links.to(host)
    await until(lambda: heard.lost)
    with pytest.raises(LinkError):
        links.to(host).say(RecordEnd(recording_id=1))
    await server.close()


async def connect(session: ClientSession, host: MediaHost) -> aiohttp.ClientWebSocketResponse:
    return await session.ws_connect(host.url + PATH, headers={HEADER: prove(SECRET)[0]})


@pytest.mark.parametrize(
    "said",
    [
        "no json", "[]", '{"kind":"offer"}', '{"kind":"nobody"}',
        '{"kind":"record_end","recording_id":"7"}',
        '{"kind":"record_end","recording_id":7,"more":1}',
        '{"kind":"counts","id":1,"talk_id":7,"pair":-1,"side":"caller"}',
        '{"kind":"record_end","recording_id":7,"x":"' + "a" * LARGEST_MESSAGE + '"}',
    ],
)  # fmt: skip
async def test_who_breaks_the_protocol_is_cut_off_and_harms_nobody(
    links: MediaLinks, said: str
) -> None:
    recorder = FakeRecorder()
    async with (
        control_door(FakePlane(), recorder=recorder) as (door, host),
        ClientSession() as session,
    ):
        bad = await connect(session, host)
        await bad.send_str(said)
        async with asyncio.timeout(30):
            while (frame := await bad.receive()).type is WSMsgType.TEXT:
                pass
        assert frame.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR)
        assert recorder.orders == []
        assert await links.to(host).answer(LEG, "v=0")
        assert len(door) == 1


async def test_of_a_flood_of_offers_the_most_are_refused_at_once(links: MediaLinks) -> None:
    plane = FakePlane(holds=asyncio.Event())
    assert plane.holds is not None
    async with control_door(plane) as (_, host):
        asked = [
            asyncio.create_task(links.to(host).answer(LegKey(n + 1, 1, "cast"), "v=0"))
            for n in range(5 * line.MOST_OFFERS)
        ]
        refused = await until(lambda: [one for one in asked if one.done()], 4 * line.MOST_OFFERS)
        assert refused.exception().code == "busy"
        assert len(plane.offers) == line.MOST_OFFERS
        plane.holds.set()
        done = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(one, str) for one in done) == line.MOST_OFFERS


@pytest.mark.parametrize("letter", ["\x01", "声"])
async def test_an_offer_that_swells_on_the_way_cuts_nobody_off(
    links: MediaLinks, letter: str
) -> None:
    async with control_door(FakePlane()) as (door, host):
        assert await links.to(host).answer(LEG, "v=0")
        with pytest.raises(LinkError) as refused:
            await links.to(host).answer(LEG, letter * 60_000)
        assert refused.value.code == "bad_offer"
        assert await links.to(host).answer(LEG, "v=0")
        assert len(door) == 1


async def test_there_are_so_many_connections_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.control.server.MOST_LINES", 2)
    async with control_door(FakePlane()) as (door, host), ClientSession() as session:
        open_ones = [await connect(session, host) for _ in range(2)]
        with pytest.raises(WSServerHandshakeError) as refused:
            await connect(session, host)
        assert refused.value.status == 503
        assert len(door) == len(open_ones)


async def test_a_web_process_that_takes_nothing_is_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line, "MOST_WAITING", 5)
    async with control_door(FakePlane()) as (door, host), ClientSession() as session:
        idle = await connect(session, host)
        await until(lambda: [True] * len(door))
        for _ in range(20):
            door.tell(HostState(host_id=1, legs=0, draining=False))
        await until(lambda: [True] * (len(door) == 0))
        assert not idle.closed


async def test_a_media_process_that_says_nothing_is_not_waited_for_for_long(
    links: MediaLinks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "ANSWER_SECONDS", 0.2)
    plane = FakePlane(holds=asyncio.Event())
    async with control_door(plane) as (_, host):
        with pytest.raises(LinkError) as late:
            await links.to(host).answer(LEG, "v=0")
        assert late.value.code == "late"
        assert plane.holds is not None
        plane.holds.set()
        assert (await links.to(host).counts(LEG)).own is None


async def test_whoever_waits_for_one_that_dies_is_told_and_the_next_is_found(
    links: MediaLinks, heard: Heard
) -> None:
    plane, port = FakePlane(holds=asyncio.Event()), unused_port()
    host = MediaHost(1, f"ws://127.0.0.1:{port}")
    first = await door_at(plane, port)
    waits = asyncio.create_task(links.to(host).answer(LEG, "v=0"))
    await until(lambda: plane.offers)
    await first.close()
    with pytest.raises(LinkError) as gone:
        await waits
    assert gone.value.code == "gone"
    await until(lambda: heard.lost)
    with pytest.raises(LinkError) as gone:
        await links.to(host).counts(LEG)
    assert gone.value.code == "gone"
    assert plane.holds is not None
    plane.holds.set()
    second = await door_at(plane, port)
    assert await links.to(host).answer(LEG, "v=0")
    await second.close()


async def door_at(plane: FakePlane, port: int) -> TestServer:
    """A media process's door at a port."""
    door = ControlServer(plane, SECRET, lambda: HostState(host_id=1, legs=0, draining=False), None)
    application = web.Application()
    application.router.add_get(PATH, door.handle)
    application.on_shutdown.append(lambda _: door.close())
    server = TestServer(application, port=port)
    await server.start_server()
    return server


async def test_links_are_kept_to_those_that_are_there(links: MediaLinks, heard: Heard) -> None:
    async with (
        control_door(FakePlane(), host_id=1) as (one, first),
        control_door(FakePlane(), host_id=2) as (other, second),
    ):
        await links.keep([first, second])
        await until(lambda: [True] * (len(one) + len(other)), 2)
        await links.keep([second])
        await until(lambda: [True] * (len(one) == 0))
        assert len(other) == 1
    assert 1 not in heard.lost


class FakeRecorder:
    """Takes orders."""

    def __init__(self) -> None:
        self.orders: list[int] = []

    async def end(self, recording_id: int) -> None:
        self.orders.append(recording_id)


async def test_a_recording_that_is_over_is_told_and_who_records_nothing_needs_no_word(
    links: MediaLinks,
) -> None:
    recorder = FakeRecorder()
    async with (
        control_door(FakePlane(), host_id=1, recorder=recorder) as (_, host),
        control_door(FakePlane(), host_id=2) as (_, other),
    ):
        for one in (host, other):
            assert await links.to(one).answer(LEG, "v=0")
            links.to(one).say(RecordEnd(recording_id=3))
        assert await until(lambda: recorder.orders) == 3
        assert await links.to(other).answer(LEG, "v=0")
