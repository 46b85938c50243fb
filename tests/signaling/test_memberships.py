"""What one connection does costs nothing for others: nobody walks through all rooms."""

import asyncio
import random
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
import socketio
from aiohttp.test_utils import TestServer

from foundation.database import Database
from foundation.settings import Settings
from rooms.talk import entry
from signaling.memberships import DIRECTORY, LocalManager, SharedManager, talk_room, user_room
from signaling.push import PUSH
from signaling.server import CONNECTIONS
from tests.signaling.browser import beat, join
from tests.signaling.conftest import Connect
from tests.world import World, new_user


class Unwalked(dict[Any, Any]):
    """All rooms of a process: one may be asked for by name, but nobody walks through them."""

    def _walk(self, *_: object) -> NoReturn:
        raise AssertionError("somebody walks through all rooms")

    __iter__ = items = keys = values = copy = _walk


def manager_of(sids: list[str]) -> Any:
    manager = LocalManager()
    for sid in sids:
        manager.basic_enter_room(sid, "/", None, eio_sid=f"eio-{sid}")
        manager.basic_enter_room(sid, "/", sid, eio_sid=f"eio-{sid}")
    return manager


def as_the_library_says(manager: Any, sid: str) -> set[str]:
    return set(socketio.base_manager.BaseManager.get_rooms(manager, sid, "/"))


@pytest.mark.parametrize("seed", range(5))
def test_the_rooms_of_each_are_those_that_the_rooms_themselves_know(seed: int) -> None:
    chance = random.Random(seed)
    sids, rooms = [f"s{n}" for n in range(8)], [f"r{n}" for n in range(5)]
    manager, here = manager_of(sids), list(sids)
    for _ in range(300):
        sid, room = chance.choice(here), chance.choice(rooms)
        verb = chance.choices(("enter", "leave", "close", "go"), (60, 30, 8, 2))[0]
        if verb == "enter":
            manager.basic_enter_room(sid, "/", room)
        elif verb == "leave":
            manager.basic_leave_room(sid, "/", room)
        elif verb == "close":
            manager.basic_close_room(room, "/")
        elif len(here) > 2:
            here.remove(sid)
            manager.basic_disconnect(sid, "/")
        assert all(
            set(manager.get_rooms(one, "/")) == as_the_library_says(manager, one) for one in sids
        )
    for sid in here:
        manager.basic_disconnect(sid, "/")
    assert not manager.rooms
    assert not manager._of


def test_an_end_that_is_under_way_is_over_afterwards() -> None:
    manager = manager_of(["one", "two"])
    manager.pre_disconnect("one", "/")
    assert not manager.is_connected("one", "/")
    manager.basic_disconnect("one", "/")
    assert not manager.pending_disconnect
    assert manager.is_connected("two", "/")


class Published(SharedManager):
    """Keeps what would go to other processes, and what was sent to connections of this one."""

    def __init__(self) -> None:
        super().__init__("redis://nowhere.invalid", write_only=True)
        self.published: list[str] = []
        self.sent: list[str] = []

    async def _publish(self, data: Any) -> None:
        self.published.append(data["room"])

    async def _handle_emit(self, message: Any) -> None:
        self.sent.append(message["room"])


@pytest.mark.parametrize(
    ("room", "told", "crosses"),
    [
        (talk_room(7, "caller"), {}, False),
        (talk_room(7, "cast"), {}, True),
        (talk_room(7, "caller"), {"skip_sid": "one"}, True),
        (user_room(3), {}, True),
        ([talk_room(7, "caller"), DIRECTORY], {}, True),
    ],
)
async def test_a_seat_that_is_here_is_told_of_by_no_other_process(
    room: Any, told: dict[str, str], crosses: bool
) -> None:
    manager = Published()
    server = socketio.AsyncServer(client_manager=manager)
    manager.set_server(server)
    for mine in (talk_room(7, "caller"), user_room(3), DIRECTORY):
        manager.basic_enter_room("one", "/", mine, eio_sid="eio-one")
    await server.emit("talk:meter", {"talk_id": 7}, room=room, **told)
    assert manager.published == ([room] if crosses else [])
    assert manager.sent == manager.published


@pytest.fixture
def unwalked(server: TestServer) -> Iterator[None]:
    """From now on the server's rooms can't be walked through."""
    manager = server.app[PUSH]._sio.manager
    manager.rooms["/"] = Unwalked(manager.rooms.get("/", {}))
    yield
    # All have gone by now, but those of whom the server has yet to hear that.
    manager.rooms.pop("/", None)


@pytest.mark.usefixtures("unwalked")
async def test_whatever_one_does_nobody_walks_through_all_rooms(
    database: Database, settings: Settings, connect: Connect
) -> None:
    world = await World.of(database, settings)
    stayer = await connect(None)
    assert (await stayer.ask("directory:watch", {}))["ok"]
    caller, cast = await connect(world.caller), await connect(world.cast)
    async with database.transaction() as tx:
        talk = (await entry.enter(tx, settings, world.room, world.caller)).talk_id
    assert (await caller.ask("talk:join", join(talk)))["ok"]
    assert (await cast.ask("talk:join", join(talk, "tab-two-0002")))["ok"]
    assert (await caller.ask("talk:beat", beat(talk, 2)))["ok"]
    assert (await cast.ask("talk:beat", beat(talk, 2)))["meter"]["state"] == "talking"
    signal = {"talk_id": talk, "pair": 2, "candidate": None}
    assert (await caller.ask("talk:signal", signal))["ok"]
    assert (await caller.ask("directory:watch", {}))["ok"]
    await cast.close()
    await caller.wait_for("talk:peer", 2)
    second = await connect(world.caller)
    taken = await second.ask("talk:join", join(talk, "tab-new-0003", take_over=True))
    assert taken["ok"]
    assert (await caller.ask("talk:beat", beat(talk, 2)))["code"] == "displaced"
    assert (await second.ask("talk:leave", {"talk_id": talk}))["ok"]
    await second.wait_for("talk:ended")


async def test_a_session_that_ends_takes_its_own_connections_and_no_other(
    database: Database, server: TestServer, connect: Connect
) -> None:
    async with database.transaction() as tx:
        gone, stays = await new_user(tx), await new_user(tx)
    first, other = await connect(gone), await connect(stays)
    door = server.app[CONNECTIONS]
    token = next(one.token for one in door._door.guard.connections.values() if one.user_id == gone)
    assert token is not None
    await door.end_session(token)
    async with asyncio.timeout(5):
        while first.sio.connected:
            await asyncio.sleep(0.02)
    assert other.sio.connected
    assert token not in door._of_session
