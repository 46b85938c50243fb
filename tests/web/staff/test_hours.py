"""Staff sign in anew after a working day; what they looked at can be searched."""

import sqlalchemy as sa

from foundation.database import Database
from people.desk import staff_views
from tests.web.scene import Browser, make_user
from tests.web.staff.scene import make_staff

LATER = sa.text("UPDATE sessions SET created_at = created_at - make_interval(mins => :minutes)")


async def later(database: Database, minutes: int) -> None:
    async with database.transaction() as tx:
        await tx.execute(LATER, {"minutes": minutes})


async def test_a_session_of_staff_ends_after_eight_hours_used_or_not(
    browser: Browser, database: Database
) -> None:
    await browser.sign_in(await make_staff(database), database)
    await later(database, 8 * 60 - 2)
    assert (await browser.get("/staff/claims")).status == 200
    await later(database, 3)
    answer = await browser.get("/staff/claims")
    assert answer.status == 303
    assert answer.headers["Location"].startswith("/sign-in")


async def test_a_members_session_goes_on(browser: Browser, database: Database) -> None:
    await browser.sign_in(await make_user(database), database)
    await later(database, 24 * 60)
    assert (await browser.get("/points")).status == 200


async def test_looks_are_found_by_who_looked_and_by_what(
    browser: Browser, database: Database
) -> None:
    me = await make_staff(database)
    async with database.transaction() as tx:
        await staff_views.note(tx, me.id, "user:41", "user:4", "claim:7")
    await browser.sign_in(me, database)

    async def found(query: str) -> set[str]:
        page = await (await browser.get(f"/staff/acts/views?{query}")).text()
        rows = page.partition('<ul class="acts">')[2].partition("</ul>")[0]
        words = {"会員 41": "user:41", "会員 4<": "user:4", "申し立て 7": "claim:7"}
        return {subject for word, subject in words.items() if word in rows}

    assert await found("") == {"user:41", "user:4", "claim:7"}
    assert await found("subject=user:4") == {"user:4"}
    assert await found("subject=user:") == {"user:41", "user:4"}
    assert await found("who=スタッフ&subject=claim:") == {"claim:7"}
    assert await found("who=いない") == set()
