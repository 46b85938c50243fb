"""Jobs that were given up run again from the beginning, or are let be for a reason."""

import sqlalchemy as sa

from foundation.database import Database
from tests.web.scene import SCRIPT, Browser
from tests.web.staff.scene import WHY, make_staff
from tests.web.staff.test_staff import count

GIVEN_UP = sa.text("""
INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts, queueing_lock)
VALUES ('send_mail', 'send_mail', '{"mail_id": 7}', 'failed', 24, :key) RETURNING id""")
WAITS = sa.text("""
INSERT INTO procrastinate_jobs (queue_name, task_name, args, queueing_lock)
VALUES ('send_mail', 'send_mail', '{"mail_id": 7}', :key)""")


async def given_up(database: Database, key: str | None = None) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(GIVEN_UP, {"key": key}) or 0)


async def test_again_begins_anew_and_only_once(browser: Browser, database: Database) -> None:
    job = await given_up(database)
    await browser.sign_in(await make_staff(database), database)
    page = await (await browser.get("/staff/jobs")).text()
    assert "send_mail" in page
    assert '<span class="count">1</span>' in page
    assert (await browser.post(f"/staff/jobs/{job}/again", {})).status == 303
    todo = "procrastinate_jobs WHERE status = 'todo' AND attempts = 0"
    assert await count(database, f"{todo} AND id = {job}") == 1
    again = await browser.post(f"/staff/jobs/{job}/again", {}, SCRIPT)
    assert (again.status, (await again.json())["code"]) == (404, "job_unknown")
    assert await count(database, "staff_acts WHERE act = 'job.again'") == 1


async def test_where_another_waits_already_that_one_does_it(
    browser: Browser, database: Database
) -> None:
    job = await given_up(database, "mail:7")
    async with database.transaction() as tx:
        await tx.execute(WAITS, {"key": "mail:7"})
    await browser.sign_in(await make_staff(database), database)
    assert (await browser.post(f"/staff/jobs/{job}/again", {})).status == 303
    assert await count(database, "procrastinate_jobs WHERE queueing_lock = 'mail:7'") == 1


async def test_dropped_for_a_reason_alone(browser: Browser, database: Database) -> None:
    job = await given_up(database)
    await browser.sign_in(await make_staff(database), database)
    assert (await browser.post(f"/staff/jobs/{job}/drop", {"reason": " "})).status == 400
    assert (await browser.post(f"/staff/jobs/{job}/drop", {"reason": WHY})).status == 303
    assert await count(database, f"procrastinate_jobs WHERE id = {job}") == 0
    assert WHY in await (await browser.get("/staff/acts")).text()
