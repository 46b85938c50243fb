"""A block keeps two people apart, whoever made it."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from people.meeting import blocks, favourites
from tests.web.scene import make_user


async def test_a_block_works_both_ways_and_only_its_maker_takes_it_back(
    database: Database,
) -> None:
    a, b, c = [(await make_user(database)).id for _ in range(3)]
    async with database.transaction() as tx:
        await blocks.block(tx, a, b)
        await blocks.block(tx, a, b)
        assert await blocks.blocked_between(tx, a, b)
        assert await blocks.blocked_between(tx, b, a)
        assert not await blocks.blocked_between(tx, a, c)
        await blocks.unblock(tx, b, a)
        assert await blocks.blocked_between(tx, a, b)
        await blocks.unblock(tx, a, b)
        assert not await blocks.blocked_between(tx, b, a)


async def test_nobody_can_block_themselves(database: Database) -> None:
    user = await make_user(database)
    async with database.transaction() as tx:
        with pytest.raises(UserError, match="block_oneself"):
            await blocks.block(tx, user.id, user.id)


async def test_a_block_takes_each_out_of_the_others_favourites(database: Database) -> None:
    a, b, c = [(await make_user(database, is_cast=True)).id for _ in range(3)]
    async with database.transaction() as tx:
        for user, cast in ((a, b), (b, a), (a, c)):
            await favourites.add(tx, user, cast)
        await blocks.block(tx, a, b)
        assert [one.cast_id for one in await favourites.of(tx, a, 1, 10)] == [c]
        assert not (await favourites.of(tx, b, 1, 10)).items
        with pytest.raises(UserError, match="cast_unknown"):
            await favourites.add(tx, b, a)


async def test_ones_own_list_holds_whom_one_blocks_and_nobody_else(database: Database) -> None:
    a, b, c = [(await make_user(database)).id for _ in range(3)]
    async with database.transaction() as tx:
        await blocks.block(tx, a, b)
        await blocks.block(tx, c, a)
        assert [one.user_id for one in await blocks.of(tx, a, 1, 10)] == [b]
        assert await blocks.blocks_already(tx, a, b)
        assert not await blocks.blocks_already(tx, a, c)


async def test_the_list_is_bounded(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MOST_BLOCKS", 1)
    a, b, c = [(await make_user(database)).id for _ in range(3)]
    async with database.transaction() as tx:
        await blocks.block(tx, a, b)
        await blocks.block(tx, a, b)
    with pytest.raises(UserError, match="blocks_full"):
        async with database.transaction() as tx:
            await blocks.block(tx, a, c)


@pytest.mark.parametrize("column", ["suspended_until", "banned_at"])
async def test_who_is_shut_out_is_hidden_from_everybody(database: Database, column: str) -> None:
    cast, viewer = (await make_user(database, is_cast=True)).id, (await make_user(database)).id
    async with database.transaction() as tx:
        assert not await blocks.hidden(tx, viewer, cast)
        assert not await blocks.hidden(tx, None, cast)
        await tx.execute(
            sa.text(
                f"UPDATE users SET {column} = clock_timestamp() + interval '1 h' WHERE id = :u"
            ),
            {"u": cast},
        )
        assert await blocks.hidden(tx, viewer, cast)
        assert await blocks.hidden(tx, None, cast)
        assert await blocks.hidden(tx, cast, viewer)
