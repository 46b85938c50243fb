"""A member's file: tabs, figures, notes for staff alone, and accounts that may be theirs too."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, Browser, make_user
from tests.web.staff.scene import WHY, make_staff
from tests.web.staff.test_staff import claimed, count

TABS = ("talks", "purchases", "reservations", "questions", "earnings", "payouts", "devices")


async def test_every_tab_is_there_and_talks_lead_to_their_pages(
    browser: Browser, database: Database, settings: Settings
) -> None:
    world, _ = await claimed(database, settings)
    await browser.sign_in(await make_staff(database), database)
    for user in (world.caller, world.cast):
        for tab in TABS:
            answer = await browser.get(f"/staff/people/{user}?tab={tab}")
            assert answer.status == 200, tab
    page = await (await browser.get(f"/staff/people/{world.caller}")).text()
    assert f'href="/staff/talks/{world.talk}"' in page
    assert f'href="/staff/people/{world.cast}"' in page
    earned = await (await browser.get(f"/staff/people/{world.cast}?tab=earnings")).text()
    assert f'href="/staff/talks/{world.talk}"' in earned
    assert (await browser.get(f"/staff/people/{world.caller}?tab=letters")).status == 404


async def test_money_of_casts_is_for_who_pays_it(
    browser: Browser, database: Database, settings: Settings
) -> None:
    world, _ = await claimed(database, settings, 1)
    await browser.sign_in(await make_staff(database, "support"), database)
    for tab in ("earnings", "payouts"):
        assert (await browser.get(f"/staff/people/{world.cast}?tab={tab}")).status == 404
    assert "tab=earnings" not in await (await browser.get(f"/staff/people/{world.cast}")).text()


async def test_whom_somebody_wrote_to_is_shown_for_a_reason_that_is_logged(
    browser: Browser, database: Database
) -> None:
    member = await make_user(database)
    await browser.sign_in(await make_staff(database), database)
    path = f"/staff/people/{member.id}/questions"
    assert (await browser.post(path, {"reason": " "})).status == 400
    assert await count(database, "staff_acts") == 0
    assert (await browser.post(path, {"reason": WHY})).status == 200
    assert await count(database, "staff_acts WHERE act = 'question.list'") == 1


async def test_notes_are_seen_by_staff_and_taken_away_by_their_writer(
    browser: Browser, open_browser: Open, database: Database
) -> None:
    member, other = await make_user(database), await open_browser()
    path = f"/staff/people/{member.id}"
    await browser.sign_in(await make_staff(database), database)
    await other.sign_in(await make_staff(database, "support"), database)
    assert (await browser.post(f"{path}/notes", {"text": "<b>返信が早い</b>"})).status == 303
    page = await (await other.get(path)).text()
    assert "&lt;b&gt;返信が早い" in page
    assert "返信が早い" not in await (await other.get("/staff/acts")).text()
    async with database.transaction() as tx:
        note = await tx.scalar(sa.text("SELECT id FROM staff_notes"))
    refused = await other.post(f"{path}/notes/{note}/remove", {}, SCRIPT)
    assert (refused.status, (await refused.json())["code"]) == (404, "note_unknown")
    assert (await browser.post(f"{path}/notes", {"text": " "})).status == 400
    assert (await browser.post(f"{path}/notes/{note}/remove", {})).status == 303
    assert await count(database, "staff_notes") == 0


@pytest.mark.parametrize("kind", ["device", "address"])
async def test_accounts_that_share_a_device_stand_beside_each_other(
    browser: Browser, database: Database, kind: str
) -> None:
    one = await make_user(database, nickname="ひとり")
    two = await make_user(database, nickname="ふたり")
    async with database.transaction() as tx:
        for user in (one, two):
            made = "INSERT INTO traces (user_id, kind, mark, day)"
            await tx.execute(
                sa.text(f"{made} VALUES (:user, :kind, sha256('x'), current_date)"),
                {"user": user.id, "kind": kind},
            )
    await browser.sign_in(await make_staff(database), database)
    page = await (await browser.get(f"/staff/people/{one.id}")).text()
    linked = page.partition('id="linked"')[2].partition('id="notes"')[0]
    assert (f"/staff/people/{two.id}" in linked) == (kind == "device")
