"""Beats are written together, and none of them waits for another's trouble."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from aiohttp.test_utils import TestServer

from foundation.database import Database, Tx
from foundation.settings import Settings
from rooms.ground.tables import talks
from rooms.ground.talk_record_tables import beats
from rooms.talk import entry, meter
from rooms.talk.proof import beats as talk_beats
from signaling import pulse
from signaling.guard import Seated
from signaling.protocol import TalkBeat
from signaling.pulse import Pulse
from signaling.push import PUSH
from signaling.relayed.counted import CountedBeats
from signaling.relayed.talks import RelayedTalks
from tests.signaling.browser import FakeBrowser, beat, join
from tests.signaling.conftest import Connect
from tests.world import World

Record = Callable[[Tx, Settings, Sequence[talk_beats.Beat]], Any]


@pytest.fixture
async def worlds(database: Database, settings: Settings) -> list[World]:
    """Two talks that have been entered."""
    found = [await World.of(database, settings) for _ in range(2)]
    for world in found:
        async with database.transaction() as tx:
            world.talk = (await entry.enter(tx, settings, world.room, world.caller)).talk_id
    return found


async def seated(world: World, connect: Connect) -> tuple[FakeBrowser, int]:
    caller = await connect(world.caller)
    answer = await caller.ask("talk:join", join(world.talk))
    return caller, int(answer["pair"])


async def count(database: Database, talk: int) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(sa.select(sa.func.count()).where(beats.c.talk_id == talk)) or 0)


async def test_a_talk_that_is_held_holds_up_no_other_and_its_beat_counts_from_when_it_came(
    worlds: list[World], database: Database, connect: Connect
) -> None:
    one, other = worlds
    (here, pair), (there, pair_there) = await seated(one, connect), await seated(other, connect)
    async with database.transaction() as holder:
        await holder.execute(sa.select(talks).where(talks.c.id == one.talk).with_for_update())
        waiting = asyncio.create_task(here.ask("talk:beat", beat(one.talk, pair)))
        for _ in range(3):
            assert (await there.ask("talk:beat", beat(other.talk, pair_there)))["ok"]
        assert not waiting.done()
        released = await holder.scalar(sa.text("SELECT clock_timestamp()"))
    assert (await waiting)["ok"]
    async with database.transaction() as tx:
        came = await tx.scalar(sa.select(talks.c.caller_good_at).where(talks.c.id == one.talk))
    assert came < released
    assert await count(database, one.talk) == 1


async def test_who_hangs_up_waits_for_the_last_beat_of_a_talk_that_is_held(
    worlds: list[World], database: Database, connect: Connect
) -> None:
    one = worlds[0]
    caller, pair = await seated(one, connect)
    async with database.transaction() as holder:
        await holder.execute(sa.select(talks).where(talks.c.id == one.talk).with_for_update())
        last = asyncio.create_task(caller.ask("talk:beat", beat(one.talk, pair)))
        leave = asyncio.create_task(caller.ask("talk:leave", {"talk_id": one.talk}))
        await asyncio.sleep(0.3)
        assert not leave.done()
    assert (await leave)["ok"]
    assert (await last)["ok"]
    assert await count(database, one.talk) == 1


async def test_what_comes_while_beats_are_written_is_gathered_anew(
    worlds: list[World],
    database: Database,
    settings: Settings,
    server: TestServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = worlds[0]
    real, written = talk_beats.record, list[int]()
    found = Pulse(
        database, settings, server.app[PUSH], CountedBeats(RelayedTalks(settings, database))
    )
    asked = list[asyncio.Task[Any]]()

    def ask() -> None:
        payload = TalkBeat(**beat(one.talk, 0))
        asked.append(asyncio.create_task(found.beat(Seated(one.talk, "caller", ""), payload)))

    async def one_more_comes(tx: Tx, site: Settings, told: Sequence[talk_beats.Beat]) -> Any:
        written.append(len(told))
        ask()
        await asyncio.sleep(0)
        return await real(tx, site, told)

    monkeypatch.setattr(talk_beats, "record", one_more_comes)
    for _ in range(3):
        ask()
    await asyncio.sleep(0)
    await found.flush()
    assert written == [3]
    await found.flush()
    assert written == [3, 1]
    for left in asked:
        left.cancel()


class Spoiled:
    """Writing that fails wherever the beats of one talk are among those that are written."""

    def __init__(self, real: Record, talk: int) -> None:
        self.real, self.talk, self.calls = real, talk, 0

    async def __call__(self, tx: Tx, settings: Settings, found: Sequence[talk_beats.Beat]) -> Any:
        self.calls += 1
        if any(one.talk_id == self.talk for one in found):
            raise ValueError("this beat can't be written")
        return await self.real(tx, settings, found)


async def test_one_bad_beat_among_many_costs_a_few_writings(
    worlds: list[World],
    database: Database,
    settings: Settings,
    server: TestServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good, bad = worlds
    spoiled = Spoiled(talk_beats.record, bad.talk)
    monkeypatch.setattr(talk_beats, "record", spoiled)
    found = Pulse(
        database, settings, server.app[PUSH], CountedBeats(RelayedTalks(settings, database))
    )
    asked = [good.talk] * 40 + [bad.talk] + [good.talk] * 87
    with structlog.testing.capture_logs():
        answers = [
            asyncio.create_task(found.beat(Seated(talk, "caller", ""), TalkBeat(**beat(talk, 0))))
            for talk in asked
        ]
        await asyncio.sleep(0)
        await found.flush()
        told = await asyncio.gather(*answers, return_exceptions=True)
    assert [isinstance(one, ValueError) for one in told] == [talk == bad.talk for talk in asked]
    # All of 128 first, then two halves for each of seven steps.
    assert spoiled.calls == 15
    assert await count(database, good.talk) == 127


async def test_no_beat_waits_for_what_is_told_of_it(
    worlds: list[World], server: TestServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = worlds[0]
    caller, pair = await seated(one, connect)
    cast = await connect(one.cast)
    pair = int((await cast.ask("talk:join", join(one.talk, "tab-two-0002")))["pair"])
    told, go_on = asyncio.Event(), asyncio.Event()

    async def hang(_: object) -> None:
        told.set()
        await go_on.wait()

    monkeypatch.setattr(server.app[PUSH], "talks", hang)
    assert (await caller.ask("talk:beat", beat(one.talk, pair)))["ok"]
    assert (await cast.ask("talk:beat", beat(one.talk, pair)))["meter"]["state"] == "talking"
    await told.wait()
    assert (await caller.ask("talk:beat", beat(one.talk, pair)))["ok"]
    go_on.set()


async def test_beats_are_written_once_though_their_minute_cant_be_charged_now(
    worlds: list[World], database: Database, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = worlds[0]
    caller, pair = await seated(one, connect)
    await one.wait(1)

    async def fail(*_: object) -> None:
        raise ValueError("no wallet")

    monkeypatch.setattr(meter, "charge", fail)
    monkeypatch.setattr(pulse, "_is_due", lambda _: True)
    with structlog.testing.capture_logs() as lines:
        assert (await caller.ask("talk:beat", beat(one.talk, pair)))["meter"]
    assert [line["event"] for line in lines] == ["pulse.not_settled"]
    assert await count(database, one.talk) == 1


async def test_the_first_words_of_a_pair_wait_for_no_others(
    worlds: list[World], connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever had to wait would wait for an hour.
    monkeypatch.setattr(pulse, "GATHER_SECONDS", 3600)
    world = worlds[0]
    caller, _ = await seated(world, connect)
    cast = await connect(world.cast)
    pair = int((await cast.ask("talk:join", join(world.talk, "tab-two-0002")))["pair"])
    first = await caller.ask("talk:beat", beat(world.talk, pair, media=False))
    assert first["meter"]["dark"] is True
    second = await cast.ask("talk:beat", beat(world.talk, pair, media=False))
    assert second["meter"]["dark"] is False
    # Likewise the first that proves something, and with the other's the meter runs.
    assert (await caller.ask("talk:beat", beat(world.talk, pair)))["ok"]
    proved = await cast.ask("talk:beat", beat(world.talk, pair))
    assert proved["meter"]["state"] == "talking"
