"""The page beside a claim reads the same from a talk's digest, and says when that is gone, too."""

import re

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.accounts import User
from rooms.talk.proof import digests
from tests.web.scene import Browser
from tests.web.staff.scene import make_staff
from tests.web.staff.test_staff import claimed

GONE = "保存期間を過ぎたため"
OLDER = {
    "talks": ("entered_at", "ended_at", "caller_seen_at", "cast_seen_at"),
    "beats": ("at",),
    "talk_spans": ("began_at", "ended_at"),
    "talk_digests": ("ended_at",),
}


@pytest.fixture
async def staff(browser: Browser, database: Database) -> User:
    """A member of staff, signed in."""
    user = await make_staff(database)
    await browser.sign_in(user, database)
    return user


async def age(owner_database: Database, days: int) -> None:
    async with owner_database.transaction() as tx:
        await tx.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for table, columns in OLDER.items():
            moved = ", ".join(f"{one} = {one} - :days * interval '1 day'" for one in columns)
            await tx.execute(sa.text(f"UPDATE {table} SET {moved}"), {"days": days})


async def evidence(browser: Browser) -> str:
    page = await (await browser.get("/staff/claims")).text()
    (found,) = re.findall(r'(?s)<section class="evidence.*?</section>', page)
    return str(found)


async def test_the_page_beside_a_claim_needs_no_beats(
    browser: Browser, database: Database, owner_database: Database, settings: Settings, staff: User
) -> None:
    await claimed(database, settings)
    await age(owner_database, 31)
    before = await evidence(browser)
    assert "受信あり" in before
    async with database.transaction() as tx:
        assert await digests.sweep_beats(tx, settings, digests.BEATS_DAYS) == 1
        assert await tx.scalar(sa.text("SELECT count(*) FROM beats")) == 0
    assert await evidence(browser) == before
    assert GONE not in before


async def test_what_is_gone_is_not_shown_as_silence(
    browser: Browser, database: Database, owner_database: Database, settings: Settings, staff: User
) -> None:
    await claimed(database, settings)
    async with owner_database.transaction() as tx:
        await tx.execute(sa.text("DELETE FROM beats"))
    await age(owner_database, 401)
    shown = await evidence(browser)
    assert GONE in shown
    assert "応答なしの時間" not in shown
    # What was billed is still told.
    assert "有料" in shown
