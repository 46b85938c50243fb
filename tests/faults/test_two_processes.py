"""Two serving processes with one Valkey: who sits at which makes no difference."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from foundation.database import Database
from foundation.embedded import APP_ROLE, OWNER, EmbeddedPostgres, EmbeddedValkey
from foundation.settings import Settings
from tests.browser.site import SHORT
from tests.cli.site import Site
from tests.faults.conftest import Open
from tests.faults.databases import fresh_database
from tests.faults.scene import broken, minutes
from tests.faults.window import Window
from tests.world import World

pytestmark = pytest.mark.timeout(170)
NEWS_SECONDS = 15


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


@pytest.fixture(scope="module")
def start(
    postgres: EmbeddedPostgres,
    valkey: EmbeddedValkey,
    database_name: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[], Site]]:
    """Starts processes on one database and one Valkey."""
    settings = {name.removeprefix("HITOTOKI_").lower(): value for name, value in SHORT.items()}
    settings |= {
        "database_url": postgres.url(APP_ROLE, database_name),
        "database_owner_url": postgres.url(OWNER, database_name),
        "redis_url": valkey.url,
        "data": str(tmp_path_factory.mktemp("two")),
    }
    started: list[Site] = []

    def start_one() -> Site:
        started.append(Site("demo", **settings))
        return started[-1]

    yield start_one
    for site in started:
        if site.process.poll() is None:
            site.stop()


@pytest.fixture(scope="module")
def sites(start: Callable[[], Site]) -> tuple[Site, Site]:
    """Two of them; the first does not outlive this file's last test."""
    with ThreadPoolExecutor(2) as at_once:
        one, two = at_once.map(lambda _: start(), range(2))
    return one, two


async def sees(window: Window, room: int, state: str) -> bool:
    """Whether a window is told, sooner or later, that a room is in this state."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(NEWS_SECONDS):
            while _told(window, room) != state:
                await asyncio.sleep(0.02)
    return _told(window, room) == state


async def sees_rest(window: Window, room: int) -> bool:
    """Whether a window is told, sooner or later, that a room's cast rests after a talk."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(NEWS_SECONDS):
            while not any("pause" in one for one in _news(window, room)):
                await asyncio.sleep(0.02)
    return "pause" in _news(window, room)[-1]


def _told(window: Window, room: int) -> str:
    told = _news(window, room)
    return str(told[-1]["state"]) if told else "untold"


def _news(window: Window, room: int) -> list[dict[str, object]]:
    return [one for one in window.browser.heard["directory:room"] if one["room_id"] == room]


async def ends_with(window: Window, talk: int, code: str) -> dict[str, object]:
    """A beat is refused with `code`, at the latest when the news has crossed over."""
    async with asyncio.timeout(NEWS_SECONDS):
        while (ack := await window.prove())["ok"]:
            await asyncio.sleep(0.05)
    assert ack["code"] == code
    return ack


async def test_everything_crosses_over_between_two_processes(
    sites: tuple[Site, Site], database: Database, open_window: Open
) -> None:
    one, two = sites
    world = await World.of(database, Settings(demo=True), points=3000)
    visitor = await open_window(one.address, None)
    cast = await open_window(two.address, world.cast, "tab-cast-1")
    caller = await open_window(one.address, world.caller, "tab-caller")

    # The badge: the cast closes and opens at the second process, the visitor is at the first.
    states = (await visitor.ask("directory:watch", {}))["rooms"]
    assert states[str(world.room)] == "open"
    assert (await cast.ask("standby:close", {}))["ok"]
    assert await sees(visitor, world.room, "closed")
    assert (await cast.ask("standby:open", {"room_id": world.room}))["ok"]
    assert await sees(visitor, world.room, "open")

    # Entry at the first is told to the cast at the second, and to everybody.
    talk = await caller.enter(world.room)
    entered = await cast.hear("talk:entered")
    assert (entered["talk_id"], entered["caller_name"]) == (talk, "けんじ")
    assert await sees(visitor, world.room, "busy")

    # Pairing and signals, both ways.
    assert (await caller.sit(talk))["ok"]
    joined = await cast.sit(talk)
    assert joined["peer"] is True
    news = await caller.hear("talk:peer")
    assert (news["present"], news["pair"]) == (True, joined["pair"])
    offer = {
        "talk_id": talk,
        "pair": joined["pair"],
        "description": {"type": "offer", "sdp": "v=0"},
    }
    assert (await caller.ask("talk:signal", offer))["ok"]
    assert await cast.hear("talk:signal") == offer
    candidate = {"talk_id": talk, "pair": joined["pair"], "candidate": None}
    assert (await cast.ask("talk:signal", candidate))["ok"]
    assert await caller.hear("talk:signal") == candidate
    assert not visitor.browser.heard["talk:signal"]

    # Words, and the meter: beats at either process move it, and charges are told at both.
    said = {"talk_id": talk, "key": "message-1", "text": "聞こえますか"}
    assert (await caller.ask("talk:say", said))["ok"]
    assert (await cast.hear("talk:said"))["text"] == "聞こえますか"
    caller.beat_on()
    cast.beat_on()
    async with asyncio.timeout(40):
        while len(await minutes(database, talk)) < 2:
            await asyncio.sleep(0.1)
    for window, field, least in [(caller, "cost", 200), (cast, "earned", 160)]:
        async with asyncio.timeout(NEWS_SECONDS):
            while max(meter[field] for meter in window.browser.heard["talk:meter"]) < least:
                await asyncio.sleep(0.02)

    # Another tab of the caller, at the other process, takes the seat; the first is told.
    await caller.stop_beating()
    second = await open_window(two.address, world.caller, "tab-second")
    assert (await second.sit(talk))["code"] == "talk_elsewhere"
    taken = await second.sit(talk, take_over=True)
    assert taken["ok"]
    assert (await caller.hear("talk:displaced")) == {"talk_id": talk}
    await ends_with(caller, talk, "displaced")
    assert (await caller.ask("talk:signal", offer))["code"] == "displaced"
    heard = len(caller.browser.heard["talk:signal"])
    again = {"talk_id": talk, "pair": taken["pair"], "candidate": None}
    assert (await cast.ask("talk:signal", again))["ok"]
    assert await second.hear("talk:signal") == again
    assert len(caller.browser.heard["talk:signal"]) == heard

    # The cast hangs up at the second process; a page at either is told of the end.
    third = await open_window(one.address, world.caller, "tab-third")
    assert (await third.sit(talk, take_over=True))["ok"]
    await second.hear("talk:displaced")
    await cast.stop_beating()
    assert (await cast.ask("talk:leave", {"talk_id": talk}))["ok"]
    assert (await third.hear("talk:ended")) == {"talk_id": talk, "reason": "cast_left"}
    assert (await cast.hear("talk:ended"))["reason"] == "cast_left"
    assert await sees_rest(visitor, world.room)
    assert await broken(database) == []


async def test_the_talk_goes_on_through_the_other_process_when_one_is_killed(
    sites: tuple[Site, Site], start: Callable[[], Site], database: Database, open_window: Open
) -> None:
    one, two = sites
    waiting = await World.of(database, Settings(demo=True))
    waiter = await open_window(one.address, waiting.cast)
    visitor = await open_window(two.address, None)
    world = await World.of(database, Settings(demo=True), points=3000)
    caller = await open_window(one.address, world.caller, "tab-caller")
    cast = await open_window(two.address, world.cast, "tab-cast-1")
    talk = world.talk = await caller.enter(world.room)
    for window in (caller, cast):
        assert (await window.sit(talk))["ok"]
        window.beat_on()
    async with asyncio.timeout(40):
        while not await minutes(database, talk):
            await asyncio.sleep(0.1)

    assert (await waiter.ask("standby:open", {"room_id": waiting.room}))["ok"]
    assert (await visitor.ask("directory:watch", {}))["rooms"][str(waiting.room)] == "open"
    one.stop(signal.SIGKILL)
    # Nobody tells the survivor of a killed process: it is the missing beats that stop the meter.
    async with asyncio.timeout(30):
        while (await world.reading()).state != "interrupted":
            await asyncio.sleep(0.1)
    before, stood = await minutes(database, talk), (await world.reading()).connected_ms
    await asyncio.sleep(2)
    assert await minutes(database, talk) == before

    back = await open_window(two.address, world.caller, "tab-caller")
    joined = await back.sit(talk)
    assert joined["ok"], joined
    assert joined["peer"] is True
    assert joined["meter"]["connected_ms"] == stood
    back.beat_on()
    async with asyncio.timeout(40):
        while len(await minutes(database, talk)) < len(before) + 1:
            await asyncio.sleep(0.1)
    # Who waited at the killed process is gone after the grace, and everybody is told.
    assert await sees(visitor, waiting.room, "closed")

    # A process that comes back serves the same talk again.
    again = await asyncio.to_thread(start)
    third = await open_window(again.address, world.caller, "tab-caller")
    await back.stop_beating()
    assert (await third.sit(talk))["ok"]
    third.beat_on()
    offer = {"talk_id": talk, "pair": 9, "description": {"type": "offer", "sdp": "v=0"}}
    assert (await cast.ask("talk:signal", offer))["ok"]
    assert await third.hear("talk:signal") == offer
    await third.stop_beating()
    await cast.stop_beating()
    assert (await third.ask("talk:leave", {"talk_id": talk}))["ok"]
    assert (await cast.hear("talk:ended"))["reason"] == "caller_left"
    charged = await minutes(database, talk)
    assert charged == list(range(1, len(charged) + 1))
    assert await world.points() == 3000 - 100 * len(charged)
    assert await broken(database) == []
