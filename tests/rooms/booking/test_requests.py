"""Requests for a reservation: up to three wished times, and one answer."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from rooms.booking import answering, asking, requests
from rooms.ground.tables import rooms
from tests.rooms.booked import Booked


@pytest.fixture
async def world(database: Database, owner_database: Database, settings: Settings) -> Booked:
    return await Booked.open(database, owner_database, settings, booking="request")


async def refused(code: str, doing: Any) -> None:
    with pytest.raises(UserError) as caught:
        await doing
    assert caught.value.code == code


async def ask(world: Booked, *hours: float, caller: int | None = None, minutes: int = 30) -> Any:
    starts = [await world.start(hour) for hour in hours]
    return await world.do(
        asking.ask, world.settings, world.room, caller or world.caller, starts, minutes, "夜に"
    )


async def accept(world: Booked, asked: Any, place: int) -> Any:
    return await world.do(answering.accept, world.settings, asked.id, world.cast, place)


async def test_asking_holds_the_points_and_tells_both(world: Booked) -> None:
    asked = await ask(world, 15, 20, 22)
    assert (asked.state, asked.points, len(asked.wishes)) == ("open", 3000, 3)
    assert all(wish.free and not wish.past for wish in asked.wishes)
    assert await world.points_of() == 7000
    assert await world.told(world.caller) == ["asked"]
    assert await world.told(world.cast) == ["asked_cast"]
    assert await world.broken() == []


async def test_the_cast_accepts_one_which_is_booked_with_the_same_hold(world: Booked) -> None:
    asked = await ask(world, 15, 20)
    booked = await accept(world, asked, 2)
    assert (booked.state, booked.starts_at, booked.message) == (
        "booked", asked.wishes[1].starts_at, "夜に",
    )  # fmt: skip
    assert await world.points_of() == 7000
    assert (await world.told(world.caller))[-1] == "booked"
    await refused("request_answered", accept(world, asked, 1))
    assert (await world.do(requests.request, asked.id, world.caller)).reservation_id == booked.id
    # It lives on as its reservation.
    assert not (await world.do(requests.answered, world.caller, "caller", 1, 10)).items
    assert await world.broken() == []
    await world.cancel(await world.read(booked, world.caller))
    assert await world.points_of() == 10_000
    assert await world.broken() == []


@pytest.mark.parametrize("how", ["refused", "withdrawn", "lapsed"])
async def test_every_other_end_gives_all_points_back(world: Booked, how: str) -> None:
    asked = await ask(world, 2, 3)
    if how == "refused":
        await refused("words_needed", world.do(
            answering.refuse, world.settings, asked.id, world.cast, " "
        ))  # fmt: skip
        await world.do(answering.refuse, world.settings, asked.id, world.cast, "またこんど")
    elif how == "withdrawn":
        await world.do(asking.withdraw, world.settings, asked.id, world.caller)
    else:
        await world.pass_until(asked.lapses_at, -1)
        await refused("wish_past", accept(world, asked, 1))
        await world.sweep()
        assert await world.points_of() == 7000
        await world.pass_until((await requests_of(world))[0].lapses_at, 1)
        await world.sweep()
    assert await world.points_of() == 10_000
    ended = await world.do(requests.request, asked.id, world.caller)
    assert ended.state == how
    await refused("request_answered", accept(world, asked, 1))
    assert await world.broken() == []


async def requests_of(world: Booked) -> Any:
    return await world.do(requests.open_requests, world.caller, "caller")


@pytest.mark.parametrize("hours", [[], [15, 16, 17, 18], [15, 15]])
async def test_one_to_three_different_times_are_wished(world: Booked, hours: list[float]) -> None:
    await refused("wishes_wrong", ask(world, *hours))


async def test_one_request_at_a_time_for_a_room(world: Booked) -> None:
    await ask(world, 15)
    await refused("request_exists", ask(world, 20))


async def test_the_rooms_way_is_the_only_way(world: Booked) -> None:
    await refused("booking_closed", world.keep())


async def test_of_two_requests_for_one_time_the_second_can_no_longer_be_accepted(
    world: Booked,
) -> None:
    first = await ask(world, 20)
    second = await ask(world, 20, 15, caller=await world.another())
    found = await asyncio.gather(
        accept(world, first, 1), accept(world, second, 1), return_exceptions=True
    )
    assert [one.code for one in found if isinstance(one, UserError)] == ["own_overlap"]
    if isinstance(found[1], UserError):
        shown = await world.do(requests.request, second.id, world.cast)
        assert [wish.free for wish in shown.wishes] == [False, True]
        assert (await accept(world, second, 2)).state == "booked"
    assert await world.broken() == []


async def test_accepting_against_withdrawing_is_one_or_the_other(world: Booked) -> None:
    asked = await ask(world, 20)
    found = await asyncio.gather(
        accept(world, asked, 1),
        world.do(asking.withdraw, world.settings, asked.id, world.caller),
        return_exceptions=True,
    )
    assert [one.code for one in found if isinstance(one, UserError)] == ["request_answered"]
    assert await world.points_of() in (7000, 10_000)
    assert await world.broken() == []


async def test_others_see_nothing_of_it(world: Booked) -> None:
    asked = await ask(world, 20)
    other = await world.another()
    await refused("request_unknown", world.do(requests.request, asked.id, other))
    await refused("request_unknown", world.do(
        answering.accept, world.settings, asked.id, world.caller, 1
    ))  # fmt: skip
    await refused("request_unknown", world.do(
        asking.withdraw, world.settings, asked.id, world.cast
    ))  # fmt: skip


async def test_the_price_is_the_one_of_the_asking(world: Booked) -> None:
    asked = await ask(world, 20)
    await world.do(lambda tx: tx.execute(rooms.update().values(rate=9000)))
    booked = await accept(world, asked, 1)
    assert (booked.points, booked.earning) == (3000, 2400)
    assert booked.starts_at - booked.cancel_until == timedelta(hours=12)
