"""A cast is told of the minute that went back since the talk broke off."""

import pytest

from foundation.database import Database
from foundation.settings import Settings
from notify import inbox
from points import earnings
from rooms.talk.past import history
from tests.world import World


@pytest.mark.parametrize("leaver", ["cast", "caller"])
async def test_what_was_cut_short_is_told_with_its_amount_once(
    database: Database, settings: Settings, leaver: str
) -> None:
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(80)
    async with database.transaction() as tx:
        user = world.cast if leaver == "cast" else world.caller
        await history.leave(tx, settings, world.talk, user)
    async with database.transaction() as tx:
        told = [one for one in await inbox.inbox(tx, world.cast, 1, 9) if one.kind == "claim"]
        wallet = await earnings.wallet_of(tx, world.cast)
        total = await earnings.total(tx, wallet, earnings.BEGINNING, earnings.END)
    if leaver == "caller":
        assert (told, total.net) == ([], 80)
        return
    (notice,) = told
    assert (notice.title, notice.link) == ("報酬が変わりました（−80 pt）", f"/talks/{world.talk}")
    assert "けんじさん" in notice.text
    assert (total.earned, total.returned, total.net) == (80, 80, 0)
