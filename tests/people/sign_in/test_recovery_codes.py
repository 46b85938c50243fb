"""Recovery codes: ten, each good once, and none of them in the database."""

import sqlalchemy as sa

from foundation.database import Database
from people.sign_in import recovery_codes
from people.sign_in.tables import recovery_codes as table
from tests.world import new_user


async def test_each_code_is_used_once(database: Database) -> None:
    async with database.transaction() as tx:
        user = await new_user(tx)
        codes = await recovery_codes.renew(tx, user)
        assert len(set(codes)) == 10
        assert await recovery_codes.use(tx, user, codes[0])
        assert not await recovery_codes.use(tx, user, codes[0])
        assert await recovery_codes.left(tx, user) == 9


async def test_a_code_is_its_owners_alone(database: Database) -> None:
    async with database.transaction() as tx:
        user, other = await new_user(tx), await new_user(tx)
        codes = await recovery_codes.renew(tx, user)
        assert not await recovery_codes.use(tx, other, codes[0])


async def test_a_code_is_read_as_people_write_it(database: Database) -> None:
    async with database.transaction() as tx:
        user = await new_user(tx)
        first, second, *_ = await recovery_codes.renew(tx, user)
        assert await recovery_codes.use(tx, user, first.upper().replace("-", " "))
    async with database.transaction() as tx:
        assert await recovery_codes.use(tx, user, second.replace("0", "o").replace("1", "l"))


async def test_new_codes_void_the_old_ones(database: Database) -> None:
    async with database.transaction() as tx:
        user = await new_user(tx)
        old = await recovery_codes.renew(tx, user)
        await recovery_codes.renew(tx, user)
        assert not await recovery_codes.use(tx, user, old[0])


async def test_the_database_holds_only_hashes(database: Database) -> None:
    async with database.transaction() as tx:
        user = await new_user(tx)
        codes = await recovery_codes.renew(tx, user)
        rows = (await tx.execute(sa.select(table))).all()
    assert not any(code in str(row) or code.replace("-", "") in str(row)
                   for row in rows for code in codes)  # fmt: skip
