"""A block keeps two people apart, whoever made it."""

import pytest

from foundation.database import Database
from foundation.errors import UserError
from people import blocks
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
