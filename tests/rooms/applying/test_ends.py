"""What ends an application from outside: reservations, sanctions, somebody who goes for good."""

import json

import pytest
import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.errors import UserError
from foundation.settings import Settings
from people.accounts.tables import users
from rooms.applying import answering, applying, ringing
from rooms.booking import reserved_talks
from rooms.care import own_data, sanctioning, withdrawal
from rooms.ground.applying_tables import talk_applications as applications
from rooms.lobby import presence
from rooms.lobby.talk_applications import TalkApplication
from rooms.talk.entry import Entered
from tests.rooms.booked import Booked
from tests.world import HASH

WORDS, REPLY = "まだ誰にも話していない夢の話", "その夢の続きを聞きたい"


@pytest.fixture
async def world(database: Database, owner_database: Database, settings: Settings) -> Booked:
    """A caller with points, and a cast who is offline and takes reservations."""
    house = settings.model_copy(update={"demo": False})
    return await Booked.open(database, owner_database, house)


async def apply(world: Booked) -> TalkApplication:
    made, _ = await world.do(applying.apply, world.settings, world.room, world.caller, 180, WORDS)
    assert isinstance(made, TalkApplication)
    return made


async def ring(world: Booked, one: TalkApplication) -> None:
    await world.do(answering.accept, world.settings, one.id, world.cast)
    await world.do(ringing.ring, world.settings, one.id, world.cast)


async def state(world: Booked, one: TalkApplication) -> str:
    found = await world.do(
        lambda tx: tx.scalar(sa.select(applications.c.state).where(applications.c.id == one.id))
    )
    return str(found)


async def stands_by(world: Booked) -> bool:
    return await world.do(presence.standby_of, world.cast) is not None


async def test_nobody_is_rung_into_a_reservation(world: Booked) -> None:
    booked = await world.book(caller=await world.another())
    # Five minutes are kept before it, and a ring may take a minute and a half.
    await world.until_start(booked, -6 * 60)
    one = await apply(world)
    with pytest.raises(UserError, match="own_reservation_near"):
        await world.do(answering.accept, world.settings, one.id, world.cast)
    await world.until_start(booked, -8 * 60)
    await ring(world, one)
    assert await state(world, one) == "rung"


async def test_a_reservation_that_comes_to_its_time_takes_the_room_from_a_ring(
    world: Booked,
) -> None:
    booked = await world.book(caller=await world.another())
    await world.until_start(booked, -8 * 60)
    one = await apply(world)
    await ring(world, one)
    await world.until_start(booked, -4 * 60)
    await world.stand_by()
    await world.do(ringing.turn, world.settings)
    assert await state(world, one) == "open"


async def test_the_caller_of_a_reservation_enters_over_a_ring(world: Booked) -> None:
    booked = await world.book(caller=await world.another())
    await world.until_start(booked, -8 * 60)
    one = await apply(world)
    await ring(world, one)
    await world.until_start(booked, 1)
    await world.stand_by()
    entered = await world.do(reserved_talks.enter, world.settings, booked.id, booked.caller_id)
    assert isinstance(entered, Entered)
    assert await state(world, one) == "open"
    await world.do(ringing.turn, world.settings)
    assert await state(world, one) == "open"


@pytest.mark.parametrize("side", ["caller", "cast"])
async def test_who_is_suspended_rings_nobody_and_is_rung_no_more(world: Booked, side: str) -> None:
    one = await apply(world)
    await ring(world, one)
    staff = await world.another("スタッフ")
    await world.do(
        lambda tx: tx.execute(
            sa.update(users).where(users.c.id == staff).values(staff_role="administrator")
        )
    )
    who = world.caller if side == "caller" else world.cast
    stopped = await world.do(
        sanctioning.suspend, world.settings, staff, who, 3, reason="通報", words="迷惑"
    )
    assert (await state(world, one), await stands_by(world)) == ("void", False)
    assert world.room in stopped.rooms


@pytest.mark.parametrize("side", ["caller", "cast"])
async def test_who_goes_for_good_takes_their_words_along(world: Booked, side: str) -> None:
    one = await apply(world)
    await world.do(answering.decline, world.settings, one.id, world.cast, REPLY)
    live = await apply(world)
    who = world.caller if side == "caller" else world.cast
    name = "けんじ" if side == "caller" else "さくら"
    await world.do(withdrawal.withdraw, world.settings, who, HASH)
    assert await state(world, live) == "void"
    row = await world.do(_everything_of, one.id)
    assert (WORDS in row, REPLY in row) == (side != "caller", side != "cast")
    told = await world.do(
        lambda tx: tx.scalar(sa.text("SELECT string_agg(n::text, '') FROM notices n"))
    )
    assert name not in str(told)


async def _everything_of(tx: Tx, application_id: int) -> str:
    query = "SELECT a::text FROM talk_applications a WHERE id = :id"
    return str(await tx.scalar(sa.text(query), {"id": application_id}))


async def test_each_takes_along_what_they_wrote_and_not_what_they_read(world: Booked) -> None:
    one = await apply(world)
    await world.do(answering.decline, world.settings, one.id, world.cast, REPLY)
    for user, written, other in ((world.caller, WORDS, REPLY), (world.cast, REPLY, WORDS)):
        part = await world.do(own_data.part, user, "talk_applications")
        text = json.dumps(part, ensure_ascii=False)
        assert written in text
        assert other not in text
