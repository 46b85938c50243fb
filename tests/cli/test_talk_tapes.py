"""A media process records what both agreed to and nothing else, whatever it is told or not told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from cli import talk_tapes
from cli.talk_tapes import TalkTapes
from foundation.database import Database
from foundation.settings import Settings
from media.recording.files import RecordingFiles
from media.relay.relay import Relay
from media.relay.terms import Counts, KindCounts, LegKey, Side, Tap
from rooms.recording import library
from rooms.talk.past import history
from tests.media.recording.performances import Performance
from tests.media.recording.studio import KEY, MEGABYTE, describe
from tests.rooms.recording.scene import Taped


class OneTalk(Relay):
    """A relay that carries both sides of one talk, of which a test is the browsers."""

    def __init__(self, talk_id: int) -> None:
        self.keys = [LegKey(talk_id, 1, side) for side in ("caller", "cast")]
        self.heard_by: dict[int, Tap] = {}
        self.came = 1

    def legs(self) -> list[LegKey]:
        return self.keys

    def counts(self, key: LegKey) -> Counts:
        sound = KindCounts(came=self.came)
        return Counts(audio=sound, video=KindCounts(), packets=0, lost=0, rtt_ms=0)

    def tap(self, talk_id: int, tap: Tap | None) -> None:
        if tap is None:
            self.heard_by.pop(talk_id, None)
        else:
            self.heard_by[talk_id] = tap

    def ask_key_frame(self, talk_id: int, side: Side) -> None:
        pass


@pytest.fixture
async def world(database: Database, settings: Settings) -> Taped:
    return await Taped.begun(database, settings)


@pytest.fixture
async def relay(world: Taped) -> OneTalk:
    return OneTalk(world.talk)


Open = Callable[..., TalkTapes]


@pytest.fixture
async def opened(world: Taped, relay: OneTalk, tmp_path: Path) -> AsyncIterator[Open]:
    made: list[TalkTapes] = []

    def open_one(quota: int = 100 * MEGABYTE) -> TalkTapes:
        files = RecordingFiles(tmp_path / "recordings", KEY, quota)
        made.append(TalkTapes(world.database, relay, files, lambda: world.host))
        return made[-1]

    yield open_one
    for tapes in made:
        await tapes.close()


async def until(condition: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.05)


def perform(relay: OneTalk, talk: int, seconds: int = 2) -> None:
    """Both sides talk for so long, as a recording hears it."""
    recorder: Any = relay.heard_by[talk]
    for side in ("caller", "cast"):
        describe(recorder, "vp8", side=side)
        for one in Performance(codec="vp8", seconds=seconds).sent():
            if one.packet is not None:
                recorder.packet(side, one.kind, one.packet, one.at)
            if one.report is not None:
                recorder.sender_report(side, one.kind, *one.report, at=one.at)


async def test_nothing_is_heard_before_both_agree_nor_after_either_stops(
    world: Taped, relay: OneTalk, opened: Open
) -> None:
    tapes = opened()
    await world.ask()
    await tapes.look()
    await tapes.look()
    assert relay.heard_by == {}
    await world.agree()
    await tapes.look()
    assert world.talk in relay.heard_by
    assert (await world.standing()).state == "running"
    await world.stop(world.caller)
    await tapes.end(1)
    assert relay.heard_by == {}
    assert len(tapes) == 0


async def test_what_both_said_becomes_two_files_that_the_two_can_open(
    world: Taped, relay: OneTalk, opened: Open
) -> None:
    tapes = opened()
    recording = await world.agreed()
    await tapes.look()
    perform(relay, world.talk)
    await world.stop(world.cast)
    await tapes.look()

    async def told() -> bool:
        await tapes.look()
        return len(await world.do(library.parts, recording)) == 2

    await until(told)
    caller, cast = await world.do(library.parts, recording)
    assert (caller.side, cast.side) == ("caller", "cast")
    for part in (caller, cast):
        assert part.whole
        assert part.size > 1000
        assert part.media_type == "video/webm"
        with tapes._files.open(part.name) as reader:
            assert reader.size == part.size
    assert (await world.do(library.one, recording, world.caller)).size == caller.size + cast.size


async def test_it_runs_only_once_anything_is_heard(
    world: Taped, relay: OneTalk, opened: Open
) -> None:
    """Of two whose network lets nothing through to the site nothing is said to be recorded."""
    tapes, relay.came = opened(), 0
    await world.agreed()
    await tapes.look()
    assert (await world.standing()).state == "agreed"
    relay.came = 900
    await tapes.look()
    assert (await world.standing()).state == "running"


async def test_it_stops_with_its_talk(world: Taped, relay: OneTalk, opened: Open) -> None:
    tapes = opened()
    await world.agreed()
    await tapes.look()
    await world.do(history.leave, world.settings, world.talk, world.caller)
    await tapes.look()
    assert relay.heard_by == {}


async def test_while_nobody_can_say_whether_it_may_go_on_it_does_not(
    world: Taped, relay: OneTalk, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    tapes = opened()
    await world.agreed()
    await tapes.look()

    async def unreachable(*_: object) -> None:
        raise OperationalError("SELECT", {}, OSError("gone"))

    monkeypatch.setattr(talk_tapes, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(talk_tapes, "SURE_SECONDS", 0.3)
    running = asyncio.create_task(tapes.run())
    with monkeypatch.context() as patched:
        patched.setattr("rooms.recording.writing.orders", unreachable)

        async def silent() -> bool:
            return relay.heard_by == {}

        await until(silent)

    async def heard() -> bool:
        return world.talk in relay.heard_by

    # It stands in that very talk that both agreed: what can be asked again goes on.
    await until(heard)
    running.cancel()


async def test_a_full_folder_ends_it_with_its_reason_and_begins_no_other(
    world: Taped, relay: OneTalk, opened: Open
) -> None:
    tapes = opened(quota=20_000)
    await world.beat()
    await world.agreed()
    await tapes.look()
    perform(relay, world.talk, seconds=4)

    async def ended() -> bool:
        await tapes.look()
        return (await world.standing()).state == "ended"

    await until(ended)
    assert (await world.standing()).end_reason == "full"
    assert relay.heard_by == {}
    assert (await world.reading()).state == "talking"


async def test_another_process_goes_on_in_the_next_part_and_tells_what_the_first_left(
    world: Taped, relay: OneTalk, opened: Open, tmp_path: Path
) -> None:
    first = opened()
    recording = await world.agreed()
    await first.look()
    perform(relay, world.talk)
    # It has finished its files, and was killed before it could tell of them.
    first._stop(recording)
    await asyncio.wait(first._stopping)
    first._news.clear()
    second = opened()
    running = asyncio.create_task(second.run())

    async def told() -> bool:
        return len(await world.do(library.parts, recording)) == 2

    await until(told)
    perform(relay, world.talk)
    await world.stop(world.caller)

    async def all_told() -> bool:
        return len(await world.do(library.parts, recording)) == 4

    await until(all_told)
    running.cancel()
    parts = await world.do(library.parts, recording)
    assert [(part.side, part.part) for part in parts] == [
        ("caller", 0), ("caller", 1), ("cast", 0), ("cast", 1),
    ]  # fmt: skip


async def test_a_file_of_nothing_that_is_known_does_not_stay(
    world: Taped, relay: OneTalk, opened: Open, tmp_path: Path
) -> None:
    tapes = opened()
    recorder = tapes._files.begin(999, lambda _: None, tapes._part, lambda _: None)
    relay.heard_by[world.talk] = recorder
    perform(relay, world.talk)
    await recorder.stop()

    async def gone() -> bool:
        await tapes.look()
        return not tapes._news and not list((tmp_path / "recordings").iterdir())

    await until(gone)
