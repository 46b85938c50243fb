"""By which way a pair goes: whose wish counts, which media process takes it, and what moves it."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.exc import IntegrityError

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from media import hosts
from media.tables import media_hosts
from people.accounts import hiding
from record import alarms
from rooms.ground.tables import rooms, talks
from rooms.lobby import presence
from rooms.talk import paths
from rooms.talk.past import history
from rooms.talk.proof import disagreements
from tests.world import World


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A site with media processes, that uses them where somebody wants it."""
    more = {"media_secret": SecretStr("s" * 32), "hide_addresses": "choice"}
    return settings.model_copy(update=more)


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    return await World.of(database, settings)


def site_wide(world: World) -> None:
    world.settings = world.settings.model_copy(update={"media_path": "relay"})


async def host(world: World, *, legs: int = 0, most: int = 200) -> int:
    async with world.database.transaction() as tx:
        made = await hosts.appear(tx, "ws://media:8090", most)
        await hosts.beat(tx, made, legs)
    return made


async def way(world: World) -> tuple[str, int | None]:
    async with world.database.transaction() as tx:
        columns = talks.c.media_path, talks.c.media_host
        row = (await tx.execute(sa.select(*columns).where(talks.c.id == world.talk))).one()
    return row.media_path, row.media_host


async def change(world: World, table: sa.Table, **values: object) -> None:
    async with world.database.transaction() as tx:
        await tx.execute(sa.update(table).values(values))


async def contradict(world: World, user_id: int) -> None:
    async with world.database.transaction() as tx:
        await alarms.alarm(tx, "contradicted", "…", f"user {user_id} talk 9", user=user_id)


_DISAGREED = sa.text("""
UPDATE talks SET state = 'ended', ended_at = clock_timestamp(), end_reason = 'reports_disagree'
WHERE ended_at IS NULL
""")


@pytest.mark.parametrize("side", ["caller", "cast"])
async def test_whom_staff_are_told_of_has_it(world: World, side: str) -> None:
    """From the third other with whom a talk ended so, and not before."""
    there = await host(world)
    for count in range(4):
        other = await World.of(world.database, world.settings)
        talk = (
            replace(other, caller=world.caller)
            if side == "caller"
            else replace(other, cast=world.cast, room=world.room)
        )
        async with world.database.transaction() as tx:
            if side == "cast" and count:
                await presence.open_standby(tx, world.cast, world.room)
        await talk.enter()
        assert await way(talk) == (("relay", there) if count == 3 else ("p2p", None))
        async with world.database.transaction() as tx:
            await tx.execute(_DISAGREED)
            await disagreements._warn_of_the_contradicted(tx, [talk.talk])
            await hosts.beat(tx, there, 0)


async def test_where_nobody_wants_it_a_talk_goes_directly(world: World) -> None:
    await host(world)
    await world.enter()
    assert await way(world) == ("p2p", None)


async def test_the_site_may_want_it(world: World) -> None:
    there = await host(world)
    site_wide(world)
    await world.enter()
    assert await way(world) == ("relay", there)


async def test_a_room_may_want_it(world: World) -> None:
    there = await host(world)
    await change(world, rooms, relayed=True)
    await world.enter()
    assert await way(world) == ("relay", there)


@pytest.mark.parametrize("side", ["caller", "cast"])
async def test_who_was_contradicted_by_several_has_it(world: World, side: str) -> None:
    there = await host(world)
    await contradict(world, 10 * getattr(world, side))
    await world.enter()
    assert await way(world) == ("p2p", None)
    await contradict(world, getattr(world, side))
    await world.join("caller")
    assert await way(world) == ("relay", there)


async def test_who_hides_has_it_where_there_is_no_turn_server(world: World) -> None:
    there = await host(world)
    async with world.database.transaction() as tx:
        await hiding.set_hiding(tx, world.cast, wish=True)
    await world.enter()
    assert await way(world) == ("relay", there)
    turn = {"turn_urls": ("turn:turn.example",), "turn_secret": SecretStr("t")}
    world.settings = world.settings.model_copy(update=turn)
    await world.join("caller")
    assert await way(world) == ("p2p", None)


@pytest.mark.parametrize("lack", ["none", "silent", "lost", "draining", "full", "no secret"])
async def test_where_no_media_process_is_free_it_goes_directly(world: World, lack: str) -> None:
    site_wide(world)
    there = None if lack == "none" else await host(world, legs=199 if lack == "full" else 0)
    past = sa.func.clock_timestamp() - sa.text("interval '5 s'")
    if lack == "silent":
        await change(world, media_hosts, seen_at=past)
    if lack == "lost":
        async with world.database.transaction() as tx:
            await hosts.lose(tx, there or 0)
    if lack == "draining":
        await change(world, media_hosts, draining=True)
    if lack == "no secret":
        world.settings = world.settings.model_copy(update={"media_secret": None})
    await world.enter()
    assert await way(world) == ("p2p", None)


async def test_the_one_with_the_fewest_talks_for_its_size_takes_it(world: World) -> None:
    site_wide(world)
    small, large = await host(world, most=2), await host(world, most=200)
    await world.enter()
    first = (await way(world))[1]
    other = await World.of(world.database, world.settings)
    await other.enter()
    assert {first, (await way(other))[1]} == {small, large}
    # The small one is full now.
    third = await World.of(world.database, world.settings)
    await third.enter()
    assert await way(third) == ("relay", large)


async def test_one_that_carries_a_talk_goes_on_with_it(world: World) -> None:
    site_wide(world)
    first = await host(world)
    await world.enter()
    await world.beat()
    await host(world)
    async with world.database.transaction() as tx:
        await hosts.beat(tx, first, 150)
    await world.join("caller")
    assert await way(world) == ("relay", first)


async def test_a_pair_through_the_relay_that_carried_nothing_is_followed_by_a_direct_one(
    world: World,
) -> None:
    there = await host(world)
    site_wide(world)
    await world.enter()
    await world.beat(media=False)
    await world.wait(3)
    async with world.database.transaction() as tx:
        await hosts.beat(tx, there, 0)
    await world.join("caller")
    assert await way(world) == ("p2p", None)
    await world.join("cast")
    assert await way(world) == ("relay", there)


async def test_who_was_contradicted_can_not_fail_their_way_out_of_it(world: World) -> None:
    there, other = await host(world), await host(world)
    await contradict(world, world.caller)
    await world.enter()
    first = (await way(world))[1]
    await world.beat(media=False)
    await world.wait(3)
    for one in (there, other):
        async with world.database.transaction() as tx:
            await hosts.beat(tx, one, 0)
    await world.join("caller")
    assert await way(world) == ("relay", other if first == there else there)


async def test_a_running_talk_moves_and_its_meter_waits_for_the_proof(world: World) -> None:
    await world.enter()
    await world.beat()
    await world.talk_for(10)
    there = await host(world)
    before = await world.reading()
    async with world.database.transaction() as tx:
        assert await paths.move_to_relay(tx, world.settings, world.talk) == 3
    assert await way(world) == ("relay", there)
    stands = await world.reading()
    assert (stands.state, stands.why) == ("interrupted", "reconnecting")
    assert abs(stands.connected_ms - before.connected_ms) < 2000
    await world.beat()
    goes_on = await world.reading()
    assert (goes_on.state, goes_on.dark) == ("talking", False)
    async with world.database.transaction() as tx:
        assert await paths.move_to_relay(tx, world.settings, world.talk) == 3
    # It stays there, whatever else begins a new pair.
    await world.join("caller")
    assert await way(world) == ("relay", there)


async def test_a_talk_stays_as_it_is_where_it_can_not_move(world: World) -> None:
    await world.enter()
    await world.beat()
    async with world.database.transaction() as tx:
        assert await paths.move_to_relay(tx, world.settings, world.talk) is None
    assert (await world.reading()).state == "talking"
    await host(world)
    await world.join("caller")
    assert await way(world) == ("p2p", None)


async def test_a_talk_that_is_over_moves_nowhere(world: World) -> None:
    await host(world)
    await world.enter()
    async with world.database.transaction() as tx:
        await history.leave(tx, world.settings, world.talk, world.cast)
    with pytest.raises(UserError, match="talk_over"):
        async with world.database.transaction() as tx:
            await paths.move_to_relay(tx, world.settings, world.talk)


async def test_talks_of_one_that_stops_move_on_once(world: World) -> None:
    site_wide(world)
    stops = await host(world)
    await world.enter()
    await world.beat()
    stays = await host(world)
    async with world.database.transaction() as tx:
        await hosts.beat(tx, stops, 2, draining=True)
        assert await paths.pairs_at(tx, stops) == {world.talk: 2}
    for expected in ([world.talk], []):
        async with world.database.transaction() as tx:
            assert await paths.move_on(tx, world.settings) == expected
    assert await way(world) == ("relay", stays)
    async with world.database.transaction() as tx:
        assert (await paths.pairs_at(tx, stops), await paths.pairs_at(tx, stays)) == (
            {},
            {world.talk: 3},
        )


async def test_talks_of_one_that_died_move_on_and_of_one_that_only_seems_to_stay(
    world: World,
) -> None:
    site_wide(world)
    dies = await host(world)
    await world.enter()
    await world.beat()
    async with world.database.transaction() as tx:
        await hosts.lose(tx, dies)
        # A web process can't reach it, but it has just given a sign of life.
        assert await paths.move_on(tx, world.settings) == []
    past = sa.func.clock_timestamp() - sa.text("interval '2 s'")
    await change(world, media_hosts, seen_at=past)
    for expected in ([world.talk], []):
        async with world.database.transaction() as tx:
            assert await paths.move_on(tx, world.settings) == expected
    assert await way(world) == ("p2p", None)


async def test_silence_alone_moves_nothing(world: World) -> None:
    site_wide(world)
    there = await host(world)
    await world.enter()
    await change(world, media_hosts, seen_at=sa.func.clock_timestamp() - sa.text("interval '9 s'"))
    async with world.database.transaction() as tx:
        assert await paths.move_on(tx, world.settings) == []
    assert await way(world) == ("relay", there)


@pytest.mark.parametrize(
    "values", [{"media_path": "relay"}, {"media_host": 1}, {"media_path": "by post"}]
)
async def test_the_database_knows_no_way_that_is_none(
    world: World, values: dict[str, object]
) -> None:
    await world.enter()
    with pytest.raises(IntegrityError):
        await change(world, talks, **values)
