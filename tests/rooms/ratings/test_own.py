"""What a member takes along and leaves behind of ratings, and what a cast is told of who enters."""

import json

import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from rooms.care import own_data, withdrawal
from rooms.ratings import answering, callers, giving, means
from rooms.talk import entry
from rooms.talk.past import history
from tests.rooms.rated import a_cast, old_user, talk_of
from tests.world import HASH, World


async def both_rated(database: Database, settings: Settings) -> tuple[int, int, int]:
    """A caller and a cast who have rated each other, and their talk."""
    async with database.transaction() as tx:
        caller = await old_user(tx)
        cast, room = await a_cast(tx)
        talk = await talk_of(tx, caller, cast, room)
    async with database.transaction() as tx:
        await giving.rate(tx, settings, talk, caller, "4", "お客様の評価")
        await answering.answer(tx, settings, talk, cast, "キャストのお返事")
        await callers.rate(tx, settings, talk, cast, "1", "スタッフへのひとこと")
    return caller, cast, talk


async def parts_of(database: Database, user: int) -> str:
    async with database.transaction() as tx:
        found = {name: await own_data.part(tx, user, name) for name in own_data.PARTS}
    return json.dumps(found, ensure_ascii=False)


async def test_each_takes_along_their_own_words_alone(
    database: Database, settings: Settings
) -> None:
    caller, cast, _ = await both_rated(database, settings)
    theirs = await parts_of(database, caller)
    assert "お客様の評価" in theirs
    assert "キャストのお返事" not in theirs
    assert "スタッフへのひとこと" not in theirs
    mine = await parts_of(database, cast)
    assert "お客様の評価" not in mine
    assert "キャストのお返事" in mine
    assert "スタッフへのひとこと" in mine


async def test_a_withdrawal_of_either_takes_words_and_leaves_stars(
    database: Database, settings: Settings
) -> None:
    caller, cast, talk = await both_rated(database, settings)
    async with database.transaction() as tx:
        await withdrawal.withdraw(tx, settings, caller, HASH)
    row = sa.text("SELECT stars, text, answer FROM ratings WHERE talk_id = :talk")
    async with database.transaction() as tx:
        assert tuple((await tx.execute(row, {"talk": talk})).one()) == (4, "", "キャストのお返事")
        assert (await means.of_cast(tx, cast)).rated == 1
    async with database.transaction() as tx:
        # The share of the minute that was talked, given up by their own word.
        await withdrawal.withdraw(tx, settings, cast, HASH, gives_up=80)
    async with database.transaction() as tx:
        assert tuple((await tx.execute(row, {"talk": talk})).one()) == (4, "", None)
        assert await tx.scalar(sa.text("SELECT count(*) FROM rating_means")) == 0
        assert await tx.scalar(sa.text("SELECT words FROM caller_ratings")) == ""


async def test_a_cast_is_told_how_many_talks_of_who_enters_were_good(
    database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings)
    async with database.transaction() as tx:
        entered = await entry.enter(tx, settings, world.room, world.caller)
        assert (entered.as_event()["caller_good"], entered.as_event()["caller_rated"]) == (
            None,
            None,
        )
    async with database.transaction() as tx:
        await history.leave(tx, settings, entered.talk_id, world.caller)
        others = [await a_cast(tx, f"ほか{n}") for n in range(3)]
        talks = [await talk_of(tx, world.caller, cast, room) for cast, room in others]
    for n, (talk, (cast, _)) in enumerate(zip(talks, others, strict=True)):
        async with database.transaction() as tx:
            await callers.rate(tx, settings, talk, cast, "1" if n else "0", "")
    again = await World.of(database, settings)
    async with database.transaction() as tx:
        told = (await entry.enter(tx, settings, again.room, world.caller)).as_event()
    assert (told["caller_good"], told["caller_rated"]) == (2, 3)
