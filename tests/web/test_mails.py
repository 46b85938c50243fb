"""Staff see which mails did not arrive and send them again; a demo shows its mails."""

import sqlalchemy as sa

from foundation.database import Database
from notify import inbox, outbox
from notify.tables import mails
from record.tables import staff_acts
from tests.web.conftest import Open
from tests.web.scene import Browser, make_user
from tests.web.staff.scene import make_staff

WHY = "SMTPRecipientsRefused(550, '<b>unknown</b>')"


async def told(database: Database, title: str = "予約の確定") -> int:
    """Somebody is told something, also by mail; its id."""
    user = await make_user(database, email=f"{title.encode().hex()[:40]}@example.jp")
    async with database.transaction() as tx:
        await inbox.tell(tx, user.id, kind="test", title=title, text="<b>明日</b>です。")
        return int(await tx.scalar(sa.select(sa.func.max(mails.c.id))) or 0)


async def dead(database: Database, title: str = "予約の確定") -> int:
    mail_id = await told(database, title)
    async with database.transaction() as tx:
        mail = await outbox.take(tx, mail_id)
        assert mail
        await outbox.failed(tx, mail, WHY, final=True)
    return mail_id


async def test_staff_see_why_a_mail_did_not_arrive_and_send_it_again_once(
    browser: Browser, database: Database
) -> None:
    staff = await make_staff(database)
    await browser.sign_in(staff, database)
    mail_id = await dead(database)
    await told(database, "いま届くもの")
    page = await (await browser.get("/staff/mails")).text()
    assert "予約の確定" in page
    assert "&lt;b&gt;unknown" in page
    assert "いま届くもの" not in page
    assert (await browser.post(f"/staff/mails/{mail_id}", {})).status == 303
    assert (await browser.post(f"/staff/mails/{mail_id}", {})).status == 404
    assert "未達メールはありません" in await (await browser.get("/staff/mails")).text()
    async with database.transaction() as tx:
        act = (await tx.execute(sa.select(staff_acts))).one()
        found = await outbox.take(tx, mail_id)
    assert (act.actor_id, act.act, act.subject) == (staff.id, "mail.send_again", f"mail:{mail_id}")
    assert act.reason == WHY
    assert found
    assert "メールを再送" in await (await browser.get("/staff/acts")).text()


async def test_what_is_no_dead_mail_is_not_there(browser: Browser, database: Database) -> None:
    mail_id = await told(database)
    await browser.sign_in(await make_staff(database), database)
    for unknown in (mail_id, 999, 2**63 - 1):
        assert (await browser.post(f"/staff/mails/{unknown}", {})).status == 404


async def test_to_anyone_else_the_dead_letters_are_not_there(
    browser: Browser, database: Database
) -> None:
    mail_id = await dead(database)
    await browser.sign_in(await make_user(database), database)
    assert (await browser.get("/staff/mails")).status == 404
    assert (await browser.post(f"/staff/mails/{mail_id}", {})).status == 404
    async with database.transaction() as tx:
        assert await outbox.dead_count(tx) == 1


async def test_a_demo_shows_each_mail_as_it_would_look(
    browser: Browser, database: Database
) -> None:
    assert "メールはまだありません" in await (await browser.get("/demo/mailbox")).text()
    mail_id = await told(database)
    assert "予約の確定" in await (await browser.get("/demo/mailbox")).text()
    answer = await browser.get(f"/demo/mailbox/{mail_id}")
    page = await answer.text()
    assert f'src="/demo/mailbox/{mail_id}/html"' in page
    assert "&lt;b&gt;明日" in page
    assert "frame-src 'self';" in answer.headers["Content-Security-Policy"]
    framed = await browser.get(f"/demo/mailbox/{mail_id}/html")
    policy = framed.headers["Content-Security-Policy"]
    assert "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'" in policy
    assert "script" not in policy
    assert "<b>明日" not in await framed.text()
    for path in ("/demo/mailbox/999", "/demo/mailbox/999/html"):
        assert (await browser.get(path)).status == 404


async def test_elsewhere_nobody_reads_other_peoples_mail(
    open_browser: Open, database: Database
) -> None:
    mail_id = await told(database)
    browser = await open_browser(demo=False)
    for path in ("/demo/mailbox", f"/demo/mailbox/{mail_id}", f"/demo/mailbox/{mail_id}/html"):
        assert (await browser.get(path)).status == 404
    assert "frame-src" not in (await browser.get("/guide")).headers["Content-Security-Policy"]
