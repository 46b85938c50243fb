"""Who is asked to agree, to what, and what is kept of it."""

import pytest
import sqlalchemy as sa

from foundation.database import Database, Tx, clock
from foundation.errors import UserError
from people.accounts.tables import users
from people.joining import erasure
from record.texts import agreements
from record.texts.tables import text_agreements
from rooms.care import own_data
from tests.record.texts.saved import save, save_at
from tests.world import new_user


async def owes(tx: Tx, user_id: int) -> bool:
    """Say whether somebody is to be asked, as every page asks it."""
    query = sa.select(agreements.owed(users.c.id)).where(users.c.id == user_id)
    return bool(await tx.scalar(query))


async def names(tx: Tx, user_id: int) -> list[tuple[str, int]]:
    """Return what somebody is asked for: texts and the numbers of their versions."""
    return [(one.name, one.number) for one in await agreements.asked(tx, user_id)]


async def test_who_agrees_once_is_asked_no_more(database: Database) -> None:
    async with database.transaction() as tx:
        staff, member = await new_user(tx), await new_user(tx)
        assert not await owes(tx, member)
        privacy = await save(tx, staff, "privacy", to_agree=True)
        terms = await save(tx, staff, to_agree=True)
        assert await owes(tx, member)
        assert await names(tx, member) == [("terms", 1), ("privacy", 1)]
        for _ in range(2):
            await agreements.agree(tx, member, [terms.id, privacy.id])
            assert not await owes(tx, member)
        assert await owes(tx, staff)


async def test_what_wants_no_agreement_asks_nobody(database: Database) -> None:
    async with database.transaction() as tx:
        staff, member = await new_user(tx), await new_user(tx)
        await save(tx, staff)
        await save_at(tx, staff, 2, to_agree=True)
        assert not await owes(tx, member)


async def test_who_was_asked_agrees_to_what_holds(database: Database) -> None:
    async with database.transaction() as tx:
        staff, member = await new_user(tx), await new_user(tx)
        first = await save(tx, staff, to_agree=True)
        mended = await save(tx, staff, body="誤字をなおした")
        assert await names(tx, member) == [("terms", 2)]
        with pytest.raises(UserError) as refused:
            await agreements.agree(tx, member, [first.id])
        assert refused.value.code == "agreement_changed"
        assert await owes(tx, member)
        await agreements.agree(tx, member, [mended.id])
        assert not await owes(tx, member)


async def test_what_was_replaced_before_it_held_asks_nobody(database: Database) -> None:
    async with database.transaction() as tx:
        staff, member = await new_user(tx), await new_user(tx)
        await save_at(tx, staff, -1, to_agree=True)
        rows = "SELECT name, 2, body_ja, summary_ja, false, holds_from, made_by FROM site_texts"
        columns = "name, number, body_ja, summary_ja, to_agree, holds_from, made_by"
        await tx.execute(sa.text(f"INSERT INTO site_texts ({columns}) {rows}"))
        assert not await owes(tx, member)


async def test_who_registers_agrees_to_what_held_then(database: Database) -> None:
    async with database.transaction() as tx:
        staff, member = await new_user(tx), await new_user(tx)
        await save_at(tx, staff, -3, to_agree=True)
        await save_at(tx, staff, -2, "privacy")
        filled_in = await clock(tx)
        await agreements.agree_by_registering(tx, member, filled_in)
        assert not await owes(tx, member)
        await save(tx, staff, to_agree=True)
        assert await names(tx, member) == [("terms", 2)]


async def test_what_was_agreed_to_is_taken_along_and_goes_with_its_owner(
    database: Database,
) -> None:
    async with database.transaction() as tx:
        staff, member = await new_user(tx), await new_user(tx)
        terms = await save(tx, staff, to_agree=True)
        await agreements.agree(tx, member, [terms.id])
        parts = await own_data.part(tx, member, "agreements")
        assert isinstance(parts, list)
        assert [(one["name"], one["version"]) for one in parts] == [("terms", 1)]
        await erasure.erase_own(tx, member)
        left = await tx.scalar(sa.select(sa.func.count()).select_from(text_agreements))
        assert left == 0
