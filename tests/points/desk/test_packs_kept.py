"""Packs are added behind the others, and change places; each is an act."""

import pytest

from foundation.database import Database
from foundation.errors import UserError
from points.desk import packs
from points.desk.packs import EditablePack
from record import act_list
from tests.web.staff.scene import WHY, make_staff

NEW = EditablePack(0, points=7000, bonus=700, price_yen=7000, active=True)


async def test_a_pack_is_added_moved_and_retired(database: Database) -> None:
    actor = (await make_staff(database, "finance")).id
    async with database.transaction() as tx:
        before = [one.id for one in await packs.all_packs(tx)]
        await packs.add(tx, NEW, WHY, actor_id=actor)
        added = (await packs.all_packs(tx))[-1]
        assert (added.points, added.bonus, added.price_yen) == (7000, 700, 7000)
        for _ in range(len(before) + 2):
            await packs.move(tx, added.id, up=True, actor_id=actor)
        assert [one.id for one in await packs.all_packs(tx)] == [added.id, *before]
        await packs.move(tx, added.id, up=False, actor_id=actor)
        assert (await packs.all_packs(tx))[1].id == added.id
        acts = {act.act for act in (await act_list.acts(tx, 1, 20)).items}
    assert acts == {"pack.add", "pack.move"}


async def test_a_pack_keeps_its_bounds_and_there_are_not_too_many(database: Database) -> None:
    actor = (await make_staff(database, "finance")).id
    async with database.transaction() as tx:
        wrong = EditablePack(0, points=100, bonus=101, price_yen=100, active=True)
        with pytest.raises(UserError) as refused:
            await packs.add(tx, wrong, WHY, actor_id=actor)
        assert refused.value.code == "pack_out_of_bounds"
        for _ in range(packs.MOST_PACKS - len(await packs.all_packs(tx))):
            await packs.add(tx, NEW, WHY, actor_id=actor)
        with pytest.raises(UserError) as full:
            await packs.add(tx, NEW, WHY, actor_id=actor)
        assert full.value.code == "packs_full"
        with pytest.raises(UserError) as unknown:
            await packs.move(tx, 999_999, up=True, actor_id=actor)
        assert unknown.value.code == "pack_unknown"
