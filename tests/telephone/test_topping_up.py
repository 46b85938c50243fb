"""「5を押すと…」 on the fake line: who hears it, what two keys do, and that nothing else buys."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.embedded import EmbeddedPostgres
from foundation.settings import Settings
from points.payments.purchases import Pack
from rooms.ground.tables import rooms
from telephone.menus.keypad import BREATH
from telephone.till import Outcome, PhoneOffer
from tests.faults.databases import fresh_database
from tests.telephone.scene import CALLER, CAST, Rung
from tests.world import TAB, buy

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


@dataclass
class FakeTill:
    """A till that sells as it is told, and notes what was asked of it."""

    world: Rung
    outcome: Outcome = "bought"
    later: Outcome = "bought"
    has: bool = True
    presses: list[str] = field(default_factory=list)
    waits: asyncio.Event = field(default_factory=asyncio.Event)

    async def offer(self, user_id: int, rate: int) -> PhoneOffer | None:
        return PhoneOffer(Pack(1, 1200, 0, 1200), "4242") if self.has else None

    async def buy(self, user_id: int, offer: PhoneOffer, press: str) -> Outcome:
        self.presses.append(press)
        if self.outcome == "bought":
            await self._credit()
        return self.outcome

    async def settled(self, user_id: int, press: str) -> Outcome:
        await self.waits.wait()
        if self.later == "bought":
            await self._credit()
        return self.later

    async def _credit(self) -> None:
        async with self.world.database.transaction() as tx:
            await buy(tx, self.world.caller, 1200)


@pytest.fixture
async def world(database: Database, settings: Settings) -> Rung:
    """Six minutes of points: the first warning comes after one, which lasts two seconds."""
    return await Rung.ready(database, settings, points=720, minute_seconds=2)


async def heard(world: Rung, prompt: str, times: int = 1) -> bool:
    return world.heard(CALLER).count(prompt) >= times


async def offered(world: Rung) -> None:
    await world.rings_until("joined")
    await world.wait_for(lambda: heard(world, "add_offer"))


async def asked(world: Rung, times: int = 1) -> None:
    """Press five, and wait until all was said of it."""
    world.leg(CALLER).press("5")
    await world.wait_for(lambda: heard(world, "add_ask", times))
    await world.wait_for(lambda: breathes(world))


async def breathes(world: Rung) -> bool:
    return world.leg(CALLER).spoken[-1].speech == BREATH


async def test_two_keys_buy_the_talk_goes_on_longer_and_the_cast_hears_nothing(
    world: Rung,
) -> None:
    async with world.gateway_runs() as gateway:
        till = FakeTill(world)
        gateway.calls.till = till
        await offered(world)
        before = (await world.reading()).ends_ms
        await asked(world)
        world.leg(CALLER).press("1")
        await world.wait_for(lambda: heard(world, "added"))
        assert (await world.reading()).ends_ms >= before + 10 * 2000
        assert till.presses == [f"phone:{world.talk}:0"]
        cast = world.heard(CAST)
    assert not [one for one in cast if one.startswith(("add", "minutes"))]
    said = [one.speech for one in world.leg(CALLER).spoken]
    assert any(b"add_offer ja yen=1200 code=4242" in one for one in said)
    assert any(b"add_ask ja points=1200 yen=1200" in one for one in said)


@pytest.mark.parametrize("keys", ["1", "51", "3", "1515"])
async def test_keys_before_the_offer_or_in_the_middle_of_it_buy_nothing(
    world: Rung, keys: str
) -> None:
    async with world.gateway_runs() as gateway:
        till = gateway.calls.till = FakeTill(world)
        await world.rings_until("joined")
        world.leg(CALLER).press(keys)
        await world.wait_for(lambda: heard(world, "add_offer"))
        await world.wait_for(lambda: world.is_charged(3))
    assert till.presses == []


async def test_another_second_key_buys_nothing_and_that_is_said(world: Rung) -> None:
    async with world.gateway_runs() as gateway:
        till = gateway.calls.till = FakeTill(world)
        await offered(world)
        await asked(world)
        world.leg(CALLER).press("2")
        await world.wait_for(lambda: heard(world, "not_added"))
        world.leg(CALLER).press("1")
        await world.wait_for(lambda: world.is_charged(3))
    assert till.presses == []


async def test_pressed_again_and_again_it_is_bought_once(world: Rung) -> None:
    async with world.gateway_runs() as gateway:
        till = gateway.calls.till = FakeTill(world)
        await offered(world)
        await asked(world)
        world.leg(CALLER).press("1115151")
        await world.wait_for(lambda: heard(world, "added"))
        await world.wait_for(lambda: world.is_charged(4))
    assert len(till.presses) == 1


@pytest.mark.parametrize(
    ("outcome", "said"), [("declined", "add_declined"), ("over_limit", "add_over_limit")]
)
async def test_what_is_refused_is_said_and_the_talk_ends_as_it_would(
    world: Rung, outcome: Outcome, said: str
) -> None:
    async with world.gateway_runs() as gateway:
        gateway.calls.till = FakeTill(world, outcome)
        await offered(world)
        await asked(world)
        world.leg(CALLER).press("1")
        await world.wait_for(lambda: heard(world, said))
        await world.wait_for(lambda: world.is_state("ended"))
    assert (await world.reading()).end_reason == "points_exhausted"


async def test_while_it_is_open_nothing_else_is_offered_and_then_it_is_told(world: Rung) -> None:
    async with world.gateway_runs() as gateway:
        till = gateway.calls.till = FakeTill(world, "pending")
        await offered(world)
        await asked(world)
        world.leg(CALLER).press("1")
        await world.wait_for(lambda: heard(world, "add_pending"))
        await world.wait_for(lambda: heard(world, "minutes_left", 2))
        world.leg(CALLER).press("51")
        till.waits.set()
        await world.wait_for(lambda: heard(world, "added"))
    assert world.heard(CALLER).count("add_offer") == 1
    assert len(till.presses) == 1


async def test_without_a_card_the_end_alone_is_told(world: Rung) -> None:
    async with world.gateway_runs() as gateway:
        gateway.calls.till = FakeTill(world, has=False)
        await world.rings_until("joined")
        await world.wait_for(lambda: heard(world, "minutes_left"))
    assert "add_offer" not in world.heard(CALLER)


async def test_an_end_of_ones_own_is_not_bought_off(world: Rung) -> None:
    async with world.gateway_runs() as gateway:
        gateway.calls.till = FakeTill(world)
        async with world.database.transaction() as tx:
            await buy(tx, world.caller, 2000)
        await world.rings_until("joined", spend_cap_minutes=7)
        await world.wait_for(lambda: heard(world, "minutes_left"))
    assert "add_offer" not in world.heard(CALLER)


async def test_on_the_tab_nothing_is_sold_and_the_limit_is_said(
    database: Database, settings: Settings
) -> None:
    world = await Rung.ready(database, settings, points=0, minute_seconds=2, **TAB, tab_limit=720)
    async with database.transaction() as tx:
        taking = sa.update(rooms).where(rooms.c.id == world.room)
        await tx.execute(taking.values(takes_tab=True))
    async with world.gateway_runs() as gateway:
        till = gateway.calls.till = FakeTill(world)
        await world.rings_until("joined", pays="tab")
        await world.wait_for(lambda: heard(world, "tab_minutes_left"))
        world.leg(CALLER).press("51")
        await world.wait_for(lambda: heard(world, "tab_minutes_left", 2))
    assert "add_offer" not in world.heard(CALLER)
    assert till.presses == []
