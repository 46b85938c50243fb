"""What the two of a talk, and nobody else, can do and hear."""

import asyncio

import pytest
import socketio
import sqlalchemy as sa
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from foundation.database import Database
from foundation.settings import Settings
from rooms.ground.tables import talks
from rooms.talk import entry
from signaling import talk_events
from signaling.door import Door
from signaling.guard import Connection
from signaling.push import PUSH
from tests.signaling.browser import FakeBrowser, beat, join
from tests.signaling.conftest import Connect
from tests.waiting import somebody_waits
from tests.world import World, new_user


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    return await World.of(database, settings)


@pytest.fixture
async def pair(world: World, connect: Connect) -> tuple[FakeBrowser, FakeBrowser]:
    """The caller and the cast, both seated in a talk."""
    caller, cast = await connect(world.caller), await connect(world.cast)
    async with world.database.transaction() as tx:
        world.talk = (await entry.enter(tx, world.settings, world.room, world.caller)).talk_id
    assert (await caller.ask("talk:join", join(world.talk)))["ok"]
    assert (await cast.ask("talk:join", join(world.talk, "tab-two-0002")))["ok"]
    return caller, cast


async def current_pair(browser: FakeBrowser) -> int:
    return int((await browser.wait_for("talk:peer"))["pair"])


async def test_both_are_told_to_pair(pair: tuple[FakeBrowser, FakeBrowser]) -> None:
    caller, _ = pair
    news = await caller.wait_for("talk:peer")
    assert news["present"] is True
    assert news["pair"] == 2


async def test_a_signal_reaches_the_other_side_alone(
    world: World, pair: tuple[FakeBrowser, FakeBrowser], connect: Connect
) -> None:
    caller, cast = pair
    stranger = await connect(None)
    signal = {"talk_id": world.talk, "pair": 2, "description": {"type": "offer", "sdp": "v=0"}}
    assert (await caller.ask("talk:signal", signal))["ok"]
    assert (await cast.wait_for("talk:signal")) == signal
    last = {"talk_id": world.talk, "pair": 2, "candidate": None}
    assert (await cast.ask("talk:signal", last))["ok"]
    assert (await caller.wait_for("talk:signal")) == last
    assert not stranger.heard["talk:signal"]


async def test_beats_of_both_start_the_meter_and_answer_with_it(
    world: World, pair: tuple[FakeBrowser, FakeBrowser]
) -> None:
    caller, cast = pair
    assert (await caller.ask("talk:beat", beat(world.talk, 2)))["meter"]["state"] == "connecting"
    meter = (await cast.ask("talk:beat", beat(world.talk, 2)))["meter"]
    assert (meter["state"], meter["points_left"], meter["earned"]) == ("talking", None, 0)
    pushed = await caller.wait_for("talk:meter", len(caller.heard["talk:meter"]) or 1)
    assert pushed["points_left"] == 1000


async def test_a_second_tab_is_told_and_may_take_over(
    world: World, pair: tuple[FakeBrowser, FakeBrowser], connect: Connect
) -> None:
    caller, _ = pair
    second = await connect(world.caller)
    refused = await second.ask("talk:join", join(world.talk, "tab-new-0003"))
    assert (refused["ok"], refused["code"]) == (False, "talk_elsewhere")
    assert refused["message"]
    taken = await second.ask("talk:join", join(world.talk, "tab-new-0003", take_over=True))
    assert taken["ok"]
    await caller.wait_for("talk:displaced")
    answer = await caller.ask("talk:beat", beat(world.talk, 2))
    assert answer["code"] == "displaced"


async def test_a_reload_sits_down_again_in_its_tab(
    world: World, pair: tuple[FakeBrowser, FakeBrowser], connect: Connect
) -> None:
    _, cast = pair
    again = await connect(world.caller)
    assert (await again.ask("talk:join", join(world.talk)))["pair"] == 3
    assert (await cast.wait_for("talk:peer", len(cast.heard["talk:peer"]) or 1))["pair"] == 3


async def test_a_lost_connection_is_told_at_once(
    world: World, pair: tuple[FakeBrowser, FakeBrowser]
) -> None:
    caller, cast = pair
    before = len(cast.heard["talk:peer"])
    await caller.close()
    news = await cast.wait_for("talk:peer", before + 1)
    assert news["present"] is False


async def test_messages_reach_both_and_are_kept_once(
    world: World, pair: tuple[FakeBrowser, FakeBrowser], connect: Connect
) -> None:
    caller, cast = pair
    said = {"talk_id": world.talk, "key": "message-1", "text": "こんばんは"}
    assert (await caller.ask("talk:say", said))["ok"]
    assert (await caller.ask("talk:say", said))["ok"]
    assert (await cast.wait_for("talk:said"))["text"] == "こんばんは"
    again = await connect(world.cast)
    joined = await again.ask("talk:join", join(world.talk, "tab-two-0002"))
    assert [message["text"] for message in joined["messages"]] == ["こんばんは"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "message_empty"), (" \n ", "message_empty"), ("あ" * 501, "message_too_long")],
)
async def test_messages_have_limits(
    world: World, pair: tuple[FakeBrowser, FakeBrowser], text: str, code: str
) -> None:
    said = {"talk_id": world.talk, "key": "message-1", "text": text}
    assert (await pair[0].ask("talk:say", said))["code"] == code


async def test_hanging_up_ends_it_on_both_sides(
    world: World, pair: tuple[FakeBrowser, FakeBrowser]
) -> None:
    caller, cast = pair
    assert (await cast.ask("talk:leave", {"talk_id": world.talk}))["ok"]
    assert (await caller.wait_for("talk:ended"))["reason"] == "cast_left"
    assert (await cast.wait_for("talk:ended"))["reason"] == "cast_left"
    late = await caller.ask("talk:join", join(world.talk))
    assert late["code"] == "talk_over"


async def test_a_stranger_to_a_talk_can_do_nothing_in_it(
    world: World, pair: tuple[FakeBrowser, FakeBrowser], database: Database, connect: Connect
) -> None:
    async with database.transaction() as tx:
        other = await new_user(tx)
    stranger = await connect(other)
    talk = world.talk
    asked = {
        "talk:join": join(talk),
        "talk:signal": {"talk_id": talk, "pair": 2, "candidate": None},
        "talk:beat": beat(talk, 2),
        "talk:say": {"talk_id": talk, "key": "message-1", "text": "x"},
        "talk:leave": {"talk_id": talk},
        "talk:cap": {"talk_id": talk, "minutes": 1},
    }
    codes = {
        event: (await stranger.ask(event, payload))["code"] for event, payload in asked.items()
    }
    assert set(codes.values()) <= {"talk_unknown", "not_in_talk"}
    assert (await world.reading()).state == "connecting"


async def test_the_cast_cannot_set_the_callers_cap(
    world: World, pair: tuple[FakeBrowser, FakeBrowser]
) -> None:
    caller, cast = pair
    assert not (await cast.ask("talk:cap", {"talk_id": world.talk, "minutes": 1}))["ok"]
    assert (await caller.ask("talk:cap", {"talk_id": world.talk, "minutes": 2}))["ok"]
    assert (await world.reading()).ends_by == "cap"


async def test_a_cast_is_told_who_entered(
    world: World, connect: Connect, server: TestServer
) -> None:
    cast, visitor = await connect(world.cast), await connect(None)
    states = (await visitor.ask("directory:watch", {}))["rooms"]
    assert states == {str(world.room): "open"}
    async with world.database.transaction() as tx:
        entered = await entry.enter(tx, world.settings, world.room, world.caller)
    await server.app[PUSH].entered(entered)
    assert (await cast.wait_for("talk:entered"))["caller_name"] == "けんじ"
    assert (await visitor.wait_for("directory:room")) == {"room_id": world.room, "state": "busy"}


async def test_whoever_went_while_sitting_down_takes_no_seat(
    world: World,
    pair: tuple[FakeBrowser, FakeBrowser],
    connect: Connect,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caller, _ = pair
    late = await connect(world.caller)
    gone = asyncio.Event()
    vacate = talk_events.disconnected

    async def seen(door: Door, connection: Connection) -> None:
        await vacate(door, connection)
        gone.set()

    monkeypatch.setattr(talk_events, "disconnected", seen)
    with capture_logs() as lines:
        async with database.transaction() as tx:
            await tx.execute(
                sa.select(talks.c.id).where(talks.c.id == world.talk).with_for_update()
            )
            asking = asyncio.create_task(late.ask("talk:join", join(world.talk, fresh=False)))
            await somebody_waits(database)
            await late.close()
            await gone.wait()
        with pytest.raises(socketio.exceptions.SocketIOError):
            await asking
        answer = await caller.ask("talk:beat", beat(world.talk, 2))
    assert answer["ok"]
    assert not [line for line in lines if line["event"] == "signaling.bug"]
