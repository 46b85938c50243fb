"""The staff's lists as files: what the page shows, its filters kept, and no formula in it."""

import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from record import alarms
from tests.web.scene import Browser, make_user
from tests.web.staff.scene import make_staff
from tests.web.staff.test_staff import claimed
from web.pages.staff.cases.sheets import SHEETS


async def test_each_list_comes_with_its_heads_and_no_formula(
    browser: Browser, database: Database, settings: Settings
) -> None:
    world, claim = await claimed(database, settings, 1)
    await make_user(database, nickname="=HYPERLINK(1)")
    async with database.transaction() as tx:
        await tx.execute(
            sa.text("UPDATE users SET nickname = '@SUM(1)' WHERE id = :id"), {"id": world.caller}
        )
        await alarms.alarm(tx, "amount", "=1+1", "evt_1")
    await browser.sign_in(await make_staff(database), database)
    for one in SHEETS:
        answer = await browser.get(f"/staff/sheets/{one.name}")
        assert answer.content_type == "text/csv"
        head, *rows = (await answer.text()).lstrip("\ufeff").splitlines()
        assert tuple(head.split(",")) == one.heads
        cells = [cell for row in rows for cell in row.split(",")]
        assert not [cell for cell in cells if cell[:1] in ("=", "@", "+")], one.name
    rows = (await (await browser.get("/staff/sheets/claims")).text()).splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == [str(claim)]
    kept = await (await browser.get("/staff/sheets/claims?kind=other")).text()
    assert len(kept.splitlines()) == 1
    async with database.transaction() as tx:
        looked = sa.text("SELECT count(*) FROM staff_views WHERE subject = 'sheet:people'")
        assert await tx.scalar(looked) == 1
