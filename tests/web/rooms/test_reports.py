"""Reports reach the staff once, with the talk they are about, and their reporter hears back."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts import accounts
from people.accounts.accounts import User
from rooms.talk import messages
from rooms.talk.past import history
from tests.rooms.care.desk import carry_out
from tests.web.booking.scene import bookable_room, make_cast
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, Browser, make_user
from tests.web.staff.scene import WORDS, make_staff
from tests.world import World

FORM = {"kind": "harassment", "text": "<b>どなられました</b>"}


async def count(database: Database, what: str) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(sa.text(f"SELECT count(*) FROM {what}")) or 0)


async def user_of(database: Database, user_id: int) -> User:
    async with database.transaction() as tx:
        found = await accounts.find_user(tx, user_id)
    assert found
    return found


async def ended(database: Database, settings: Settings) -> World:
    """A talk that has ended, in which something was written."""
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    async with database.transaction() as tx:
        await messages.say(tx, settings, world.talk, world.cast, "key-00001", "ばかやろう")
        await history.leave(tx, settings, world.talk, world.caller)
    return world


async def report(browser: Browser, world: World, **more: str) -> int:
    return (await browser.post(f"/talks/{world.talk}/report", FORM | more)).status


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    return await ended(database, settings)


async def test_a_report_of_a_talk_stands_in_the_queue_with_its_evidence(
    open_browser: Open, database: Database, world: World
) -> None:
    caller, staff = await open_browser(), await open_browser()
    await caller.sign_in(await user_of(database, world.caller), database)
    assert f"/talks/{world.talk}/report" in await (await caller.get(f"/talks/{world.talk}")).text()
    answer = await caller.post(f"/talks/{world.talk}/report", FORM)
    assert answer.headers["Location"] == f"/talks/{world.talk}/report?done=1"
    assert "受け付けました" in await (await caller.get(answer.headers["Location"])).text()
    await staff.sign_in(await make_staff(database, "support"), database)
    queue = await (await staff.get("/staff/reports")).text()
    number = await only_report(database)
    assert f"/staff/reports/{number}" in queue
    page = await (await staff.get(f"/staff/reports/{number}")).text()
    assert "&lt;b&gt;どなられ" in page
    assert "この通報の通話" in page
    assert "ばかやろう" not in page
    assert "ばかやろう" in await (await staff.get(f"/staff/reports/{number}/chat")).text()


async def only_report(database: Database) -> int:
    async with database.transaction() as tx:
        return int((await tx.execute(sa.text("SELECT id FROM reports"))).scalar_one())


async def test_a_cast_reports_as_a_caller_does_and_each_is_a_report_of_its_own(
    open_browser: Open, database: Database, world: World
) -> None:
    for user in (world.caller, world.cast):
        browser = await open_browser()
        await browser.sign_in(await user_of(database, user), database)
        assert await report(browser, world) == 303
    async with database.transaction() as tx:
        rows = await tx.execute(sa.text("SELECT reporter_id, subject_id FROM reports ORDER BY id"))
        assert [tuple(row) for row in rows] == [
            (world.caller, world.cast),
            (world.cast, world.caller),
        ]


async def test_a_second_report_of_a_talk_is_joined_to_the_first(
    browser: Browser, database: Database, world: World
) -> None:
    await browser.sign_in(await user_of(database, world.caller), database)
    for text in ("ひとつめ", "ひとつめ", "ふたつめ", "みっつめ"):
        assert await report(browser, world, text=text) == 303
    assert await report(browser, world, text="よっつめ") == 422
    async with database.transaction() as tx:
        row = (await tx.execute(sa.text("SELECT text, times FROM reports"))).one()
    assert (row.text, row.times) == ("ひとつめ\n\nふたつめ\n\nみっつめ", 3)


async def test_what_is_no_report_is_refused_with_the_form_as_it_was(
    browser: Browser, database: Database, world: World
) -> None:
    await browser.sign_in(await user_of(database, world.caller), database)
    for bad in ({"kind": ""}, {"kind": "other", "text": " "}, {"text": "あ" * 501}):
        assert await report(browser, world, **bad) == 422, bad
    assert await count(database, "reports") == 0
    assert await report(browser, world, text="あ" * 500) == 303


async def test_ten_reports_a_day_and_no_more(browser: Browser, database: Database) -> None:
    member = await make_user(database)
    await browser.sign_in(member, database)
    codes = []
    for _ in range(11):
        room = await bookable_room(database, await make_cast(database))
        codes.append((await browser.post(f"/rooms/{room}/report", FORM)).status)
    assert codes == [303] * 10 + [429]
    # More about one of them is no further report.
    assert (await browser.post(f"/rooms/{room}/report", FORM)).status == 429
    assert (await browser.post(f"/rooms/{room - 1}/report", FORM)).status == 303
    assert await count(database, "reports") == 10


async def test_strangers_and_the_unconfirmed_report_nobody(
    browser: Browser, database: Database, world: World
) -> None:
    await browser.sign_in(await make_user(database), database)
    assert await report(browser, world) == 404
    await browser.sign_in(await make_user(database, confirmed=False), database)
    assert (await browser.post(f"/rooms/{world.room}/report", FORM)).status == 403
    await browser.sign_in(await user_of(database, world.cast), database)
    assert (await browser.post(f"/rooms/{world.room}/report", FORM)).status == 404
    assert await count(database, "reports") == 0


async def test_closing_a_report_tells_its_reporter_and_only_once(
    open_browser: Open, database: Database, world: World
) -> None:
    caller, staff = await open_browser(), await open_browser()
    await caller.sign_in(await user_of(database, world.caller), database)
    await report(caller, world)
    await staff.sign_in(await make_staff(database, "support"), database)
    path = f"/staff/reports/{await only_report(database)}"
    assert (await staff.post(f"{path}/close", {"words": " "})).status == 400
    assert (await staff.post(f"{path}/close", {"words": WORDS})).status == 303
    again = await staff.post(f"{path}/close", {"words": WORDS}, SCRIPT)
    assert (again.status, (await again.json())["code"]) == (409, "report_closed")
    assert await count(database, "notices") == 0, "nothing is told while it can be undone"
    assert await carry_out(database, world.settings) == 1
    page = await (await caller.get("/inbox")).text()
    assert "通報を確認しました" in page
    assert WORDS in page
    assert await count(database, "notices") == 1
    assert await count(database, "staff_acts WHERE act = 'report.close'") == 1
    assert path in await (await staff.get("/staff/reports?state=closed")).text()
    assert await report(caller, world, text="まだあります") == 422


async def test_nobody_closes_a_report_of_their_own(
    open_browser: Open, database: Database, world: World
) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            sa.text("UPDATE users SET staff_role = 'support' WHERE id IN (:a, :b)"),
            {"a": world.caller, "b": world.cast},
        )
    caller, cast = await open_browser(), await open_browser()
    await caller.sign_in(await user_of(database, world.caller), database)
    await cast.sign_in(await user_of(database, world.cast), database)
    await report(caller, world)
    path = f"/staff/reports/{await only_report(database)}"
    for browser in (caller, cast):
        answer = await browser.post(f"{path}/close", {"words": WORDS}, SCRIPT)
        assert (answer.status, (await answer.json())["code"]) == (403, "report_own")


async def test_what_staff_look_at_is_noted_once_a_minute(
    open_browser: Open, database: Database, world: World
) -> None:
    caller, staff = await open_browser(), await open_browser()
    await caller.sign_in(await user_of(database, world.caller), database)
    await report(caller, world)
    member = await make_staff(database, "administrator")
    await staff.sign_in(member, database)
    path = f"/staff/reports/{await only_report(database)}"
    for _ in range(3):
        await staff.get(path)
    await staff.get(f"{path}/chat")
    await staff.get(f"/staff/people/{world.cast}")
    await staff.get("/staff/people")
    async with database.transaction() as tx:
        rows = await tx.execute(
            sa.text("SELECT DISTINCT subject, viewer_id FROM staff_views ORDER BY subject")
        )
        found = [tuple(row) for row in rows]
        # A minute may have turned in between.
        assert await tx.scalar(sa.text("SELECT count(*) FROM staff_views")) <= 6
    wanted = [f"report:{path.rsplit('/', 1)[1]}", f"talk:{world.talk}", f"user:{world.cast}"]
    assert found == [(subject, member.id) for subject in wanted]
    page = await (await staff.get("/staff/acts/views")).text()
    assert f"/staff/people/{world.cast}" in page
    assert "スタッフ" in page


@pytest.mark.parametrize("table", ["staff_views", "sanctions", "reports"])
async def test_neither_logs_nor_reports_can_be_deleted(
    browser: Browser, database: Database, owner_database: Database, world: World, table: str
) -> None:
    await browser.sign_in(await user_of(database, world.caller), database)
    await report(browser, world)
    staff = await make_staff(database)
    async with database.transaction() as tx:
        rows = {
            "staff_views": "INSERT INTO staff_views (viewer_id, subject) VALUES (:s, 'user:1')",
            "sanctions": "INSERT INTO sanctions (user_id, kind, reason, words, made_by)"
            " VALUES (:u, 'warning', 'x', 'x', :s)",
            "reports": "SELECT :s, :u",
        }
        await tx.execute(sa.text(rows[table]), {"s": staff.id, "u": world.cast})
    for role in (database, owner_database):
        with pytest.raises(sa.exc.DBAPIError):
            async with role.transaction() as tx:
                await tx.execute(sa.text(f"DELETE FROM {table}"))
    assert await count(database, table) == 1


async def test_the_log_of_views_and_the_words_of_a_sanction_cannot_be_edited(
    database: Database, world: World
) -> None:
    staff = await make_staff(database)
    async with database.transaction() as tx:
        await tx.execute(
            sa.text("INSERT INTO staff_views (viewer_id, subject) VALUES (:s, 'user:1')"),
            {"s": staff.id},
        )
    for change in ("UPDATE staff_views SET subject = 'x'", "UPDATE sanctions SET words = 'x'"):
        with pytest.raises(sa.exc.DBAPIError):
            async with database.transaction() as tx:
                await tx.execute(sa.text(change))
    assert await count(database, "staff_views WHERE subject = 'user:1'") == 1
