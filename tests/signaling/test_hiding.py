"""Of whoever hides, no address passes to the other side, whatever their page sends."""

from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from foundation.database import Database
from foundation.settings import Settings
from people.accounts import hiding
from people.accounts.tables import users
from rooms.talk import entry
from signaling.signals import DROPPED
from tests.media.test_signals import CHROMIUM, HOST, MDNS, PRFLX, RELAY, SRFLX, TELLING, told
from tests.signaling.browser import FakeBrowser, join
from tests.signaling.conftest import Connect
from tests.world import World


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A site with a TURN server, which hides casts."""
    turn = {
        "stun_urls": ("stun:turn.example:3478",),
        "turn_urls": ("turn:turn.example:3478",),
        "turn_secret": SecretStr("not a real one"),
    }
    return settings.model_copy(update=turn)


class Talk:
    """Both sides of a talk, seated."""

    def __init__(self, world: World, caller: FakeBrowser, cast: FakeBrowser) -> None:
        self.world, self.caller, self.cast = world, caller, cast
        self.joined: dict[str, dict[str, Any]] = {}

    async def sit(self) -> None:
        talk, sides = self.world.talk, {"caller": self.caller, "cast": self.cast}
        for side, browser in sides.items():
            self.joined[side] = await browser.ask("talk:join", join(talk, f"tab-{side}-01"))
            assert self.joined[side]["ok"]

    async def candidate(self, sender: FakeBrowser, text: str) -> None:
        shown = {"candidate": text, "sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": "aB/c"}
        signal = {"talk_id": self.world.talk, "pair": 2, "candidate": shown}
        assert (await sender.ask("talk:signal", signal))["ok"]

    async def description(self, sender: FakeBrowser, kind: str, sdp: str) -> None:
        shown = {"type": kind, "sdp": sdp}
        signal = {"talk_id": self.world.talk, "pair": 2, "description": shown}
        assert (await sender.ask("talk:signal", signal))["ok"]


@pytest.fixture
async def talk(database: Database, settings: Settings, connect: Connect) -> Talk:
    world = await World.of(database, settings)
    caller, cast = await connect(world.caller), await connect(world.cast)
    async with database.transaction() as tx:
        await tx.execute(sa.update(users).where(users.c.id == world.caller).values(is_cast=False))
        world.talk = (await entry.enter(tx, settings, world.room, world.caller)).talk_id
    return Talk(world, caller, cast)


def candidates(browser: FakeBrowser) -> list[str]:
    return [
        signal["candidate"]["candidate"]
        for signal in browser.heard["talk:signal"]
        if signal.get("candidate")
    ]


async def test_a_cast_is_given_the_relay_alone_and_a_caller_all_ways(talk: Talk) -> None:
    await talk.sit()
    cast, caller = talk.joined["cast"], talk.joined["caller"]
    assert cast["ice_transport_policy"] == "relay"
    assert [server["urls"] for server in cast["ice_servers"]] == [["turn:turn.example:3478"]]
    assert caller["ice_transport_policy"] == "all"
    assert len(caller["ice_servers"]) == 2


async def test_only_relays_candidates_of_a_hidden_side_pass(talk: Talk) -> None:
    await talk.sit()
    for text in [*TELLING, RELAY]:
        await talk.candidate(talk.cast, text)
        await talk.candidate(talk.caller, text)
    await talk.cast.wait_for("talk:signal", len(TELLING) + 1)
    assert candidates(talk.cast) == [*TELLING, RELAY]
    await talk.caller.wait_for("talk:signal")
    (passed,) = candidates(talk.caller)
    assert passed.startswith("candidate:4 1 udp 41885439 203.0.113.5 60123 typ relay")
    assert told(passed) == []


async def test_a_hidden_sides_description_tells_no_address(talk: Talk) -> None:
    await talk.sit()
    await talk.description(talk.caller, "offer", CHROMIUM)
    await talk.description(talk.cast, "answer", CHROMIUM)
    offered = await talk.cast.wait_for("talk:signal")
    assert offered["description"] == {"type": "offer", "sdp": CHROMIUM}
    answered = (await talk.caller.wait_for("talk:signal"))["description"]
    assert answered["type"] == "answer"
    assert "typ relay" in answered["sdp"]
    assert told(answered["sdp"]) == []


async def test_a_callers_wish_holds_from_their_next_join(talk: Talk) -> None:
    await talk.sit()
    async with talk.world.database.transaction() as tx:
        await hiding.set_hiding(tx, talk.world.caller, wish=True)
        await hiding.set_hiding(tx, talk.world.cast, wish=False)
    await talk.sit()
    assert talk.joined["caller"]["ice_transport_policy"] == "relay"
    assert talk.joined["cast"]["ice_transport_policy"] == "all"
    for text in (HOST, RELAY):
        await talk.candidate(talk.caller, text)
        await talk.candidate(talk.cast, text)
    await talk.caller.wait_for("talk:signal", 2)
    assert candidates(talk.caller) == [HOST, RELAY]
    assert len(candidates(talk.cast)) == 1


async def test_what_does_not_pass_is_counted_and_refuses_nothing(talk: Talk) -> None:
    await talk.sit()
    before = _dropped("hidden")
    for text in (HOST, SRFLX, PRFLX, MDNS):
        await talk.candidate(talk.cast, text)
    assert _dropped("hidden") == before + 4
    await talk.candidate(talk.cast, "")
    assert (await talk.caller.wait_for("talk:signal"))["candidate"]["candidate"] == ""


async def test_one_bad_signal_among_good_ones_stops_none_of_them(talk: Talk) -> None:
    await talk.sit()
    before = _dropped("malformed")
    for text in (HOST, "candidate:what is this", SRFLX):
        await talk.candidate(talk.caller, text)
    for sdp in ("nonsense", CHROMIUM.replace(f"a={MDNS}", "a=candidate:what"), ""):
        await talk.description(talk.caller, "offer", sdp)
    await talk.description(talk.caller, "rollback", "")
    await talk.caller.ask("talk:signal", {"talk_id": talk.world.talk, "pair": 2, "candidate": 7})
    await talk.candidate(talk.caller, RELAY)
    await talk.cast.wait_for("talk:signal", 5)
    assert candidates(talk.cast) == [HOST, SRFLX, RELAY]
    kinds = [s["description"] for s in talk.cast.heard["talk:signal"] if "description" in s]
    assert [one["type"] for one in kinds] == ["offer", "rollback"]
    assert kinds[0]["sdp"] == CHROMIUM.replace(f"a={MDNS}\r\n", "")
    assert _dropped("malformed") == before + 4


def _dropped(why: str) -> float:
    return float(DROPPED.labels(why)._value.get())


async def test_without_a_turn_server_nobody_is_hidden(
    database: Database, settings: Settings
) -> None:
    plain = settings.model_copy(update={"turn_urls": (), "turn_secret": None})
    world = await World.of(database, plain)
    async with database.transaction() as tx:
        await hiding.set_hiding(tx, world.cast, wish=True)
        assert not await hiding.hides_address(tx, plain, world.cast)
