"""One's own data: everything one wrote and did, and of others nothing but their names."""

import json
from typing import Any

import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.tables import users
from rooms.care import own_data
from rooms.talk import messages
from rooms.talk.past import history
from tests.rooms.booked import Booked


async def parts_of(world: Booked, user: int) -> dict[str, Any]:
    """Everything that one of them gets, as it is written."""
    async with world.database.transaction() as tx:
        found = {name: await own_data.part(tx, user, name) for name in own_data.PARTS}
    return dict(json.loads(json.dumps(found, ensure_ascii=False)))


async def test_each_gets_their_own_words_and_not_the_others(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    world = await Booked.open(database, owner_database, settings)
    await world.confirm(await world.keep(), "はじめまして、けんじです")
    await world.stand_by()
    await world.enter()
    for user, text in ((world.caller, "お客様の言葉"), (world.cast, "キャストの言葉")):
        async with database.transaction() as tx:
            await messages.say(tx, settings, world.talk, user, text, text)
    await world.do(history.leave, settings, world.talk, world.caller)
    caller, cast = await parts_of(world, world.caller), await parts_of(world, world.cast)
    assert [one["text"] for one in caller["messages"]] == ["お客様の言葉"]
    assert [one["text"] for one in cast["messages"]] == ["キャストの言葉"]
    assert [one["written"] for one in caller["reservations"]] == ["はじめまして、けんじです"]
    assert [one["written"] for one in cast["reservations"]] == [None]
    assert "はじめまして" not in json.dumps(cast, ensure_ascii=False)
    assert [(one["side"], one["with_name"]) for one in caller["talks"]] == [("caller", "さくら")]
    assert [(one["side"], one["with_name"]) for one in cast["talks"]] == [("cast", "けんじ")]


async def test_nothing_of_a_third_person_is_in_it(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    world = await Booked.open(database, owner_database, settings)
    third = await world.another("よそのひと")
    await world.book(caller=third)
    async with database.transaction() as tx:
        email = await tx.scalar(sa.select(users.c.email).where(users.c.id == third))
    written = json.dumps(await parts_of(world, world.caller), ensure_ascii=False)
    assert "よそのひと" not in written
    assert str(email) not in written
    # The cast, with whom the third person has a reservation, gets the name and nothing else.
    written = json.dumps(await parts_of(world, world.cast), ensure_ascii=False)
    assert "よそのひと" in written
    assert str(email) not in written
