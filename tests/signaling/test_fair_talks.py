"""The cheats once more, over the real protocol: what an honest page is told keeps it from them."""

from dataclasses import asdict, dataclass, field
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from foundation.database import Database
from foundation.settings import Settings
from rooms.talk.proof.beats import Beat
from scheduler import ticker
from signaling.protocol import TalkBeat
from signaling.push import PUSH
from tests.rooms.talk.proof.stage import Robot, Stage
from tests.rooms.talk.proof.test_fairness import (
    MOST_FREE_SECONDS,
    Deaf,
    Denier,
    Mute,
    Never,
    Renewer,
)
from tests.signaling.browser import FakeBrowser, join
from tests.signaling.conftest import Connect
from tests.world import World

TOLD = {*TalkBeat.model_fields}
TABS = {"caller": "tab-one-0001", "cast": "tab-two-0002"}


@dataclass
class Wired(Stage):
    """The stage, with each robot at a socket of its own."""

    browsers: dict[str, FakeBrowser] = field(default_factory=dict)
    server: Any = None

    async def wire(self, connect: Connect, server: TestServer) -> None:
        """Sit both down at their sockets."""
        self.server = server
        for side in ("caller", "cast"):
            user = self.world.caller if side == "caller" else self.world.cast
            self.browsers[side] = await connect(user)
            await self.sit(side)
        await self.tell()

    async def sit(self, side: str) -> None:
        """A side joins, as its page does."""
        ack = await self.browsers[side].ask(
            "talk:join", join(self.world.talk, TABS[side], take_over=True)
        )
        self.hear(side, ack)

    def hear(self, side: str, ack: dict[str, Any]) -> None:
        """An ack carries the newest meter, as a push does."""
        if ack["ok"]:
            self.browsers[side].heard["talk:meter"].append(ack["meter"])

    async def record(self, told: Beat) -> None:
        """A beat goes over the socket."""
        payload = {name: value for name, value in asdict(told).items() if name in TOLD}
        ack = await self.browsers[told.side].ask("talk:beat", payload)
        assert ack["ok"] or ack["code"] != "bad_payload"
        self.hear(told.side, ack)
        await self.tell()

    def is_dark(self, robot: Any) -> bool:
        """What its page was told last."""
        heard = self.browsers[robot.side].heard["talk:meter"] if self.browsers else []
        return not heard or bool(heard[-1]["dark"])

    async def clockwork(self) -> None:
        """The site's own tick, which pushes."""
        await ticker.tick(self.world.settings, self.world.database, self.server.app[PUSH])


@pytest.mark.parametrize("side", ["caller", "cast"])
@pytest.mark.parametrize("cheat", [Denier, Deaf, Mute, Never, Renewer])
async def test_no_cheat_is_shown_more_than_it_may(
    database: Database,
    settings: Settings,
    connect: Connect,
    server: TestServer,
    side: str,
    cheat: type[Robot],
) -> None:
    world = await World.of(database, settings)
    robots: dict[str, Any] = {side: cheat}
    stage = await Wired.open(world, **robots)
    assert isinstance(stage, Wired)
    await stage.wire(connect, server)
    reading = await stage.run(140)
    assert await stage.free(stage.robots[side]) <= MOST_FREE_SECONDS
    assert cheat is Mute or reading.state == "ended"
    assert (reading.charged_minutes, await world.points()) == (0, 1000)
    ended = stage.browsers["cast"].heard["talk:ended"]
    assert not ended or ended[-1]["reason"] == reading.end_reason
    assert await stage.broken() == []


async def test_an_honest_pair_at_its_sockets_talks_and_pays(
    database: Database, settings: Settings, connect: Connect, server: TestServer
) -> None:
    world = await World.of(database, settings)
    stage = await Wired.open(world)
    assert isinstance(stage, Wired)
    await stage.wire(connect, server)
    reading = await stage.run(75)
    assert (reading.state, reading.charged_minutes) == ("talking", 1)
    assert not any(stage.is_dark(robot) for robot in stage.robots.values())
    heard = stage.browsers["caller"].heard["talk:meter"][-1]
    fields = {"dark", "why", "whose", "beat_ms", "frozen_ask", "by_voice"}
    assert fields <= heard.keys()
    assert (heard["why"], heard["beat_ms"], heard["by_voice"]) == (None, 5000, False)


async def test_going_on_by_voice_is_asked_only_while_the_picture_stands(
    database: Database, settings: Settings, connect: Connect, server: TestServer
) -> None:
    world = await World.of(database, settings)
    stage = await Wired.open(world)
    assert isinstance(stage, Wired)
    await stage.wire(connect, server)
    asked = {"talk_id": world.talk, "agree": True}
    refused = await stage.browsers["caller"].ask("talk:by_voice", asked)
    assert (refused["ok"], refused["code"]) == (False, "not_asked")
