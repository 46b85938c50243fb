"""A pair through the relay: both offer to the site, nothing passes between them, it counts."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from foundation.database import Database
from foundation.errors import ProtocolError
from foundation.settings import Settings
from media import hosts
from media.control.link import LinkError
from media.relay.terms import LegKey, RelayError
from media.tables import media_hosts
from people.accounts import hiding
from rooms.ground.tables import talks
from rooms.talk import entry, paths
from scheduler import ticker
from signaling.push import PUSH
from signaling.relayed.moves import tell_pairs
from signaling.relayed.talks import MOST_OFFERS
from tests.media.control.plane import SECRET, FakePlane, control_door, moved
from tests.media.test_signals import CHROMIUM, HOST
from tests.media.test_signals import told as told_of
from tests.signaling.browser import FakeBrowser, beat, join
from tests.signaling.conftest import Connect
from tests.world import World

TABS = {"caller": "tab-one-0001", "cast": "tab-two-0002"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A site whose talks go through its media processes."""
    more = {"media_secret": SecretStr(SECRET), "media_path": "relay", "hide_addresses": "casts"}
    return settings.model_copy(update=more)


@pytest.fixture
def plane() -> FakePlane:
    return FakePlane()


@pytest.fixture
async def host(database: Database, plane: FakePlane) -> AsyncIterator[int]:
    """A media process that is there for as long as the test lasts."""
    async with control_door(plane) as (_, there):
        yield await appear(database, there.url)


async def appear(database: Database, url: str) -> int:
    async with database.transaction() as tx:
        made = await hosts.appear(tx, url, 200)
        later = sa.func.clock_timestamp() + sa.text("interval '1 h'")
        await tx.execute(sa.update(media_hosts).values(seen_at=later))
    return made


class Table:
    """Both sides of a talk, at their sockets."""

    def __init__(self, world: World, browsers: dict[str, FakeBrowser]) -> None:
        self.world, self.browsers = world, browsers
        self.joined: dict[str, dict[str, Any]] = {}
        self.plane = FakePlane()

    async def sit(self, *sides: str) -> None:
        for side in sides or ("caller", "cast"):
            asked = join(self.world.talk, TABS[side])
            self.joined[side] = await self.browsers[side].ask("talk:join", asked)
            assert self.joined[side]["ok"]

    @property
    def pair(self) -> int:
        return max(int(joined["pair"]) for joined in self.joined.values())

    async def signal(self, side: str, **signal: Any) -> None:
        asked = {"talk_id": self.world.talk, "pair": self.pair, **signal}
        assert (await self.browsers[side].ask("talk:signal", asked))["ok"]

    async def offer(self, side: str) -> dict[str, Any]:
        await self.signal(side, description={"type": "offer", "sdp": CHROMIUM})
        found: dict[str, Any] = await self.browsers[side].wait_for("talk:signal")
        return found

    async def beat(self, side: str, *, media: bool = True, **more: Any) -> dict[str, Any]:
        told = beat(self.world.talk, self.pair, media=media) | more
        ack = await self.browsers[side].ask("talk:beat", told)
        assert ack["ok"]
        meter: dict[str, Any] = ack["meter"]
        return meter

    def leg(self, side: Any) -> LegKey:
        return LegKey(self.world.talk, self.pair, side)

    async def told(self, side: str) -> list[Any]:
        query = sa.text("SELECT * FROM beats WHERE side = :side ORDER BY at")
        async with self.world.database.transaction() as tx:
            return list(await tx.execute(query, {"side": side}))


@pytest.fixture
async def table(database: Database, settings: Settings, connect: Connect) -> Table:
    world = await World.of(database, settings)
    browsers = {"caller": await connect(world.caller), "cast": await connect(world.cast)}
    async with database.transaction() as tx:
        world.talk = (await entry.enter(tx, settings, world.room, world.caller)).talk_id
    return Table(world, browsers)


async def test_both_are_told_the_way_and_who_hides_may_use_all(host: int, table: Table) -> None:
    await table.sit()
    for side in ("caller", "cast"):
        told = table.joined[side]
        assert (told["path"], told["ice_transport_policy"]) == ("relay", "all")
        assert told["ice_servers"] == []
    news = await table.browsers["caller"].wait_for("talk:peer")
    assert (news["path"], news["ice_transport_policy"], news["pair"]) == ("relay", "all", 2)


async def test_each_offers_to_the_site_and_nothing_of_it_passes_to_the_other(
    host: int, table: Table, plane: FakePlane
) -> None:
    await table.sit()
    for side in ("caller", "cast"):
        answer = await table.offer(side)
        assert answer["description"] == {"type": "answer", "sdp": f"v=0 answer {side} 2"}
        await table.signal(side, candidate={"candidate": HOST, "sdpMid": "0"})
        await table.signal(side, description={"type": "answer", "sdp": CHROMIUM})
    assert plane.offers == [(table.leg("caller"), CHROMIUM), (table.leg("cast"), CHROMIUM)]
    for browser in table.browsers.values():
        assert len(browser.heard["talk:signal"]) == 1


@pytest.mark.parametrize("away", [-1, 1, 100])
async def test_signals_of_another_pair_pass_to_nobody(
    host: int, table: Table, plane: FakePlane, away: int
) -> None:
    """Else one could lead the other side into a connection to itself, and learn its address."""
    await table.sit()
    for sent in (
        {"description": {"type": "offer", "sdp": CHROMIUM}},
        {"candidate": {"candidate": HOST, "sdpMid": "0"}},
    ):
        await table.signal("caller", **sent, pair=table.pair + away)
    await table.offer("cast")
    assert plane.offers == [(table.leg("cast"), CHROMIUM)]
    assert table.browsers["caller"].heard["talk:signal"] == []


async def test_an_offer_that_no_media_process_takes_is_made_up_for_by_a_new_pair(
    host: int, table: Table, plane: FakePlane
) -> None:
    plane.refuses = RelayError("full")
    await table.sit()
    await table.signal("caller", description={"type": "offer", "sdp": CHROMIUM})
    plane.refuses = None
    await table.sit("caller")
    assert (await table.offer("caller"))["pair"] == 3


async def test_a_page_that_offers_without_end_keeps_no_media_process_busy(
    host: int, table: Table, plane: FakePlane
) -> None:
    await table.sit()
    for _ in range(20):
        await table.signal("caller", description={"type": "offer", "sdp": CHROMIUM})
    await table.offer("cast")
    assert len(plane.offers) == MOST_OFFERS + 1


async def test_the_servers_counts_stand_in_place_of_what_a_browser_tells(
    host: int, table: Table, plane: FakePlane
) -> None:
    await table.sit()
    plane.counted = {table.leg("caller"): moved(70, 500), table.leg("cast"): moved(500, 60)}
    await table.beat("caller", media=False)
    await table.beat("cast", media=False)
    plane.counted = {table.leg("caller"): moved(75, 520), table.leg("cast"): moved(520, 64)}
    meter = await table.beat("caller", media=False)
    assert meter["state"] == "talking"
    first, second = await table.told("caller")
    assert first.counted
    assert (first.audio_received, first.audio_sent, first.packets, first.lost) == (500, 70, 100, 1)
    assert (second.audio_received, second.audio_sent, second.packets) == (20, 5, 0)
    assert (first.audio_ago_ms, first.audio_report_ms, first.rtt_ms) == (0, 0, 20)


async def test_a_caller_who_denies_everything_is_metered_and_pays(
    host: int, table: Table, plane: FakePlane
) -> None:
    await table.sit()
    plane.counted = {table.leg("caller"): moved(70, 500), table.leg("cast"): moved(500, 60)}
    denies: dict[str, Any] = {"audio": None}
    await table.beat("caller", **denies)
    await table.beat("cast")
    for step in range(12):
        await table.world.wait(6)
        plane.counted = {
            table.leg("caller"): moved(80 + step, 510 + step),
            table.leg("cast"): moved(510 + step, 70 + step),
        }
        await table.beat("cast")
        meter = await table.beat("caller", **denies)
    assert (meter["state"], meter["charged_minutes"]) == ("talking", 1)
    assert await table.world.points() == 900


async def test_a_cast_who_sends_nothing_earns_nothing_whatever_both_pages_say(
    host: int, table: Table, plane: FakePlane
) -> None:
    await table.sit()
    plane.counted = {table.leg("caller"): moved(70, 0), table.leg("cast"): moved(0, 60)}
    for _ in range(3):
        await table.beat("caller")
        meter = await table.beat("cast")
        await table.world.wait(5)
    assert (meter["state"], meter["charged_minutes"]) == ("connecting", 0)


async def test_what_reached_nobody_is_charged_to_nobody(
    host: int, table: Table, plane: FakePlane
) -> None:
    """The caller's line fell silent: the relay has nothing to say for it, however old it is."""
    await table.sit()
    plane.counted = {table.leg("caller"): moved(70, 500), table.leg("cast"): moved(500, 60)}
    await table.beat("caller")
    assert (await table.beat("cast"))["state"] == "talking"
    old = moved(70, 500, ago=20_000)
    plane.counted = {table.leg("caller"): old, table.leg("cast"): moved(900, 60, ago=20_000)}
    await table.world.wait(20)
    await table.beat("caller")
    meter = await table.beat("cast")
    assert (meter["state"], meter["charged_minutes"]) == ("interrupted", 0)


async def test_a_page_can_not_pass_for_one_without_a_picture(
    host: int, table: Table, plane: FakePlane
) -> None:
    await table.sit()
    plane.counted = {table.leg("caller"): moved(70, 500), table.leg("cast"): moved(500, 60)}
    await table.beat("caller", video=None)
    (told,) = await table.told("caller")
    assert (told.video_received, told.video_sent, told.video_on) == (500, 70, True)


async def test_where_nothing_is_counted_nothing_is_told(
    host: int, table: Table, plane: FakePlane
) -> None:
    await table.sit()
    await table.beat("caller")
    await table.beat("cast")
    for side in ("caller", "cast"):
        (told,) = await table.told(side)
        assert (told.audio_received, told.video_received, told.media) == (None, None, False)


async def test_a_media_process_that_hangs_holds_up_no_other_beat(
    host: int, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    await table.sit()
    asked, goes_on = asyncio.Event(), asyncio.Event()

    async def hangs(_: object, leg: LegKey) -> Any:
        if leg.side == "caller":
            asked.set()
            await goes_on.wait()
        raise LinkError("late")

    monkeypatch.setattr("media.control.link.MediaLink.counts", hangs)
    held_up = asyncio.create_task(table.beat("caller"))
    await asked.wait()
    assert (await table.beat("cast"))["state"] == "connecting"
    assert not held_up.done()
    goes_on.set()
    await held_up
    (told,) = await table.told("caller")
    assert told.audio_received is None


async def test_who_hides_is_not_shown_where_there_is_neither_relay_nor_turn(table: Table) -> None:
    """No media process is there: the talk doesn't connect, rather than break its promise."""
    await table.sit()
    hidden = table.joined["cast"]
    assert (hidden["path"], hidden["ice_transport_policy"]) == ("p2p", "relay")
    assert hidden["ice_servers"] == []
    await table.signal("cast", candidate={"candidate": HOST, "sdpMid": "0"})
    await table.signal("cast", description={"type": "answer", "sdp": CHROMIUM})
    passed = await table.browsers["caller"].wait_for("talk:signal")
    assert told_of(passed["description"]["sdp"]) == []


async def test_the_last_beat_of_a_pair_is_in_the_books_before_the_next_pair(
    host: int, table: Table, plane: FakePlane
) -> None:
    """A page says its last word and asks at once; the word is being counted meanwhile."""
    await table.sit()
    plane.counted = {table.leg("caller"): moved(70, 500), table.leg("cast"): moved(500, 60)}
    told = beat(table.world.talk, table.pair)
    sent = table.browsers["caller"].sio
    await sent.emit("talk:beat", told)
    asked = join(table.world.talk, TABS["caller"])
    assert (await table.browsers["caller"].ask("talk:join", asked))["pair"] == 3
    (kept,) = await table.told("caller")
    assert kept.audio_received == 500


async def heard_of(browser: FakeBrowser, pair: int | None) -> dict[str, Any]:
    """What a browser is told of a pair."""
    count = 1
    while (news := await browser.wait_for("talk:peer", count))["pair"] != pair:
        count += 1
    found: dict[str, Any] = news
    return found


async def test_a_join_that_came_to_nothing_leaves_the_others_pair_as_it_was(
    host: int, table: Table, plane: FakePlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    await table.sit()
    plane.counted = {table.leg("caller"): moved(70, 500), table.leg("cast"): moved(500, 60)}

    def gone(*_: object) -> None:
        raise ProtocolError("not_connected")

    with monkeypatch.context() as patched:
        patched.setattr("signaling.door.Door.must_be_connected", gone)
        asked = join(table.world.talk, TABS["cast"])
        assert not (await table.browsers["cast"].ask("talk:join", asked))["ok"]
    await table.beat("caller")
    (told,) = await table.told("caller")
    assert told.audio_received == 500


async def test_a_talk_that_moves_to_the_relay_is_told_to_both(
    database: Database, settings: Settings, server: TestServer, host: int, table: Table
) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.update(media_hosts).values(draining=True))
        await hiding.set_hiding(tx, table.world.cast, wish=False)
    await table.sit()
    assert table.joined["cast"]["path"] == "p2p"
    async with database.transaction() as tx:
        await tx.execute(sa.update(media_hosts).values(draining=False))
        pair = await paths.move_to_relay(tx, settings, table.world.talk)
    await tell_pairs(server.app[PUSH], database, settings, [table.world.talk])
    for side, browser in table.browsers.items():
        news = await heard_of(browser, pair)
        assert (news["pair"], news["present"], news["path"]) == (pair, True, "relay")
        # Each goes on with it, though it never joined for it.
        table.joined[side]["pair"] = pair
        assert (await table.offer(side))["pair"] == pair


async def test_who_is_away_is_told_nothing_and_the_other_that_nobody_is_there(
    database: Database, settings: Settings, server: TestServer, host: int, table: Table
) -> None:
    await table.sit()
    await table.browsers["cast"].close()
    caller = table.browsers["caller"]
    gone = await caller.wait_for("talk:peer", 2)
    assert not gone["present"]
    await tell_pairs(server.app[PUSH], database, settings, [table.world.talk])
    news = await caller.wait_for("talk:peer", 3)
    assert (news["pair"], news["present"]) == (2, False)
    assert "ice_servers" not in news


async def test_a_tick_moves_the_talks_of_a_media_process_that_stops(
    database: Database, settings: Settings, server: TestServer, host: int, table: Table
) -> None:
    await table.sit()
    async with database.transaction() as tx:
        await hiding.set_hiding(tx, table.world.cast, wish=False)
        await tx.execute(sa.update(media_hosts).values(draining=True))
    await ticker.tick(settings, database, server.app[PUSH])
    news = await table.browsers["cast"].wait_for("talk:peer")
    assert (news["pair"], news["present"], news["path"]) == (3, True, "p2p")


async def test_a_media_process_that_dies_is_out_of_the_choice_at_once(
    database: Database, settings: Settings, connect: Connect, table: Table, plane: FakePlane
) -> None:
    async with control_door(plane) as (_, there):
        await appear(database, there.url)
        await table.sit()
        await table.offer("caller")
    query = sa.select(media_hosts.c.lost_at.is_not(None))
    lost = False
    while not lost:
        async with database.transaction() as tx:
            lost = bool(await tx.scalar(query))
            await tx.execute(
                sa.update(media_hosts).values(
                    seen_at=sa.func.least(media_hosts.c.seen_at, media_hosts.c.lost_at)
                )
            )
    async with database.transaction() as tx:
        await hiding.set_hiding(tx, table.world.cast, wish=False)
    await table.sit("caller")
    assert table.joined["caller"]["path"] == "p2p"


async def test_a_talk_without_the_relay_asks_no_media_process(
    database: Database, settings: Settings, host: int, table: Table, plane: FakePlane
) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.update(media_hosts).values(draining=True))
        await hiding.set_hiding(tx, table.world.cast, wish=False)
    await table.sit()
    offered = {"type": "offer", "sdp": CHROMIUM}
    await table.signal("caller", description=offered)
    passed = await table.browsers["cast"].wait_for("talk:signal")
    assert passed["description"]["type"] == "offer"
    await table.beat("caller")
    assert (await table.beat("cast"))["state"] == "talking"
    assert plane.offers == []
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(talks.c.media_host)) is None
