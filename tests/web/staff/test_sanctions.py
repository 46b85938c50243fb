"""Warnings, suspensions and bans: each with a reason and words, at once, and never by the wrong."""

import asyncio
import re

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.accounts import StaffRole, User
from people.desk import sanctions
from people.sign_in import sessions
from tests.web.booking.scene import (
    book,
    bookable_room,
    make_cast,
    move,
    rich,
)
from tests.web.conftest import Open
from tests.web.scene import PASSWORD, SCRIPT, Browser, make_room, make_user
from tests.web.staff.scene import (
    WHY,
    WORDS,
    make_staff,
    sanction,
)
from tests.world import World


@pytest.fixture
async def staff(browser: Browser, database: Database) -> User:
    """An administrator, signed in."""
    user = await make_staff(database)
    await browser.sign_in(user, database)
    return user


async def do(browser: Browser, user: User | int, act: str, **more: str) -> tuple[int, str]:
    number = user if isinstance(user, int) else user.id
    answer = await browser.post(f"/staff/people/{number}/{act}", sanction(**more), SCRIPT)
    return answer.status, (await answer.json())["code"] if answer.status >= 400 else ""


async def state_of(database: Database, user: User) -> str:
    async with database.transaction() as tx:
        found = await sanctions.standing(tx, user.id)
    assert found
    return found.state


async def test_a_warning_is_told_logged_and_kept(
    browser: Browser, open_browser: Open, database: Database, staff: User
) -> None:
    member = await make_user(database)
    assert await do(browser, member, "warn") == (303, "")
    theirs = await open_browser()
    await theirs.sign_in(member, database)
    page = await (await theirs.get("/inbox")).text()
    assert WORDS in page
    assert WHY not in page
    assert "ご利用についてのお願い" in page
    async with database.transaction() as tx:
        mail = (await tx.execute(sa.text("SELECT to_address, text FROM mails"))).one()
        act = (await tx.execute(sa.text("SELECT actor_id, act, reason FROM staff_acts"))).one()
    assert (mail.to_address, WORDS in mail.text) == (member.email, True)
    assert tuple(act) == (staff.id, "person.warn", WHY)
    page = await (await browser.get(f"/staff/people/{member.id}")).text()
    assert WORDS in page
    assert WHY in page
    assert await state_of(database, member) == "active"


@pytest.mark.parametrize("act", ["suspend", "ban"])
async def test_who_is_shut_out_is_out_everywhere_at_once(
    browser: Browser, open_browser: Open, database: Database, staff: User, act: str
) -> None:
    cast = await make_cast(database)
    room = await make_room(database, cast)
    theirs, other = await open_browser(), await open_browser()
    await theirs.sign_in(cast, database)
    assert (await theirs.get("/inbox")).status == 200
    assert await do(browser, cast, act) == (303, "")
    assert "/sign-in" in (await theirs.get("/inbox")).headers["Location"]
    await other.sign_in(await rich(database), database)
    assert (await other.get(f"/rooms/{room}")).status == 404
    assert (await other.post(f"/rooms/{room}/entry", {"video": "0"})).status == 404
    assert f"/rooms/{room}" not in await (await other.get("/")).text()
    async with database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT count(*) FROM standbys")) == 0
        mine = sa.text("SELECT count(*) FROM sessions WHERE user_id = :u")
        assert await tx.scalar(mine, {"u": cast.id}) == 0


@pytest.mark.parametrize("act", ["suspend", "ban"])
async def test_a_live_talk_ends_by_the_staff_and_gives_the_cut_minute_back(
    browser: Browser, database: Database, settings: Settings, staff: User, act: str
) -> None:
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(70)
    assert await do(browser, world.caller, act) == (303, "")
    async with database.transaction() as tx:
        reason = await tx.scalar(sa.text("SELECT end_reason FROM talks"))
    assert reason == "stopped_by_staff"
    assert await world.points() == 1000


async def test_a_suspended_person_reads_until_when_and_why_after_the_right_password_only(
    browser: Browser, open_browser: Open, database: Database, staff: User
) -> None:
    member = await make_user(database)
    await do(browser, member, "suspend", days="7")
    theirs = await open_browser()
    wrong = await theirs.post("/sign-in", {"email": member.email, "password": "まちがい 123"})
    assert wrong.status == 422
    assert WORDS not in await wrong.text()
    right = await theirs.post("/sign-in", {"email": member.email, "password": PASSWORD})
    page = await right.text()
    assert right.status == 403
    assert WORDS in page
    assert WHY not in page
    assert re.search(r"\d{4}年\d+月\d+日.*まで", page)
    assert theirs.cookie("session") is None


async def test_a_suspension_ends_by_itself(
    browser: Browser, open_browser: Open, database: Database, owner_database: Database, staff: User
) -> None:
    member = await make_user(database)
    await do(browser, member, "suspend", days="1")
    async with owner_database.transaction() as tx:
        await tx.execute(
            sa.text("UPDATE users SET suspended_until = suspended_until - interval '25 hours'")
        )
        await tx.execute(
            sa.text(
                "UPDATE sanctions SET made_at = made_at - interval '25 hours',"
                " until = until - interval '25 hours'"
            )
        )
    theirs = await open_browser()
    answer = await theirs.post("/sign-in", {"email": member.email, "password": PASSWORD})
    assert answer.status == 303
    assert await state_of(database, member) == "active"


async def test_a_ban_lasts_until_it_is_lifted(
    browser: Browser, open_browser: Open, database: Database, staff: User
) -> None:
    member = await make_user(database)
    assert await do(browser, member, "ban") == (303, "")
    assert await do(browser, member, "ban") == (409, "person_banned")
    assert await do(browser, member, "lift-suspension") == (409, "nothing_to_lift")
    theirs = await open_browser()
    form = {"email": member.email, "password": PASSWORD}
    assert (await theirs.post("/sign-in", form)).status == 403
    assert await do(browser, member, "lift-ban") == (303, "")
    assert await state_of(database, member) == "active"
    assert (await theirs.post("/sign-in", form)).status == 303
    page = await (await browser.get(f"/staff/people/{member.id}")).text()
    assert "解除済み" in page


async def test_a_longer_suspension_is_not_shortened_by_a_later_one(
    browser: Browser, database: Database, staff: User
) -> None:
    member = await make_user(database)
    await do(browser, member, "suspend", days="30")
    await do(browser, member, "suspend", days="1")
    async with database.transaction() as tx:
        found = await sanctions.standing(tx, member.id)
        why = await sanctions.shut_out(tx, member.id)
    assert found is not None
    assert why is not None
    assert found.suspended_until == why.until
    assert await do(browser, member, "lift-suspension") == (303, "")
    assert await state_of(database, member) == "active"


async def test_reservations_end_by_the_side_of_the_one_who_is_shut_out(
    browser: Browser, database: Database, owner_database: Database, settings: Settings, staff: User
) -> None:
    cast = await make_cast(database)
    room = await bookable_room(database, cast)
    early, late = await rich(database), await rich(database)
    first = await book(database, settings, room, early)
    another = await bookable_room(database, await make_cast(database))
    second = await book(database, settings, another, late)
    await move(owner_database, second.id, 90)
    await do(browser, cast, "ban")
    await do(browser, late, "ban")
    async with database.transaction() as tx:
        rows = await tx.execute(
            sa.text("SELECT state, stopped_for FROM reservations WHERE id IN (:a, :b) ORDER BY id"),
            {"a": first.id, "b": second.id},
        )
        assert [tuple(row) for row in rows] == [("declined", None), ("stopped", "caller")]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"reason": " "}, "reason_needed"),
        ({"words": " "}, "sanction_words_needed"),
        ({"words": "あ" * 501}, "sanction_words_needed"),
    ],
)
async def test_every_sanction_needs_a_reason_and_words(
    browser: Browser, database: Database, staff: User, form: dict[str, str], code: str
) -> None:
    member = await make_user(database)
    for act in ("warn", "suspend", "ban"):
        assert await do(browser, member, act, **form) == (400, code)
    for days in ("0", "366", "-1", "", "x", "1.5"):
        assert (await do(browser, member, "suspend", days=days))[0] == 400
    assert await state_of(database, member) == "active"


async def test_nobody_sanctions_themselves_and_only_administrators_sanction_staff(
    browser: Browser, open_browser: Open, database: Database, staff: User
) -> None:
    support, other = await make_staff(database, "support"), await make_staff(database, "finance")
    theirs = await open_browser()
    await theirs.sign_in(support, database)
    for act in ("warn", "suspend", "ban"):
        assert await do(browser, staff, act) == (403, "sanction_own")
    for subject in (other, staff):
        assert await do(theirs, subject, "warn") == (403, "sanction_of_staff")
    assert await do(theirs, support, "warn") == (403, "sanction_own")
    assert await do(browser, other, "suspend") == (303, "")
    assert await state_of(database, other) == "suspended"


async def test_the_last_administrator_stays_one(
    browser: Browser, database: Database, staff: User
) -> None:
    assert await do(browser, staff, "role", role="") == (409, "last_administrator")
    second = await make_staff(database)
    await do(browser, second, "suspend")
    # One who can't come in doesn't count.
    assert await do(browser, staff, "role", role="support") == (409, "last_administrator")
    await do(browser, second, "lift-suspension")
    assert await do(browser, staff, "role", role="support") == (303, "")
    assert await do(browser, second, "role", role="") == (404, "not_found")


async def test_of_two_administrators_who_demote_each_other_one_stays(
    browser: Browser, open_browser: Open, database: Database, staff: User
) -> None:
    second = await make_staff(database)
    other = await open_browser()
    await other.sign_in(second, database)
    await asyncio.gather(do(browser, second, "role", role=""), do(other, staff, "role", role=""))
    async with database.transaction() as tx:
        left = await tx.scalar(
            sa.text("SELECT count(*) FROM users WHERE staff_role = 'administrator'")
        )
    assert left == 1


async def test_a_role_is_given_told_and_logged(
    browser: Browser, open_browser: Open, database: Database, staff: User
) -> None:
    member = await make_user(database)
    assert await do(browser, member, "role", role="boss") == (400, "role_unknown")
    assert await do(browser, member, "role", role="support") == (303, "")
    assert await do(browser, member, "role", role="support") == (409, "role_same")
    theirs = await open_browser()
    await theirs.sign_in(member, database)
    assert (await theirs.get("/staff/reports")).status == 200
    assert "サポート" in await (await theirs.get("/inbox")).text()
    async with database.transaction() as tx:
        act = (await tx.execute(sa.text("SELECT act, detail FROM staff_acts"))).one()
    assert (act.act, act.detail) == ("person.role", {"before": None, "after": "support"})
    stranger = await make_user(database, confirmed=False)
    assert await do(browser, stranger, "role", role="support") == (409, "role_needs_member")


@pytest.mark.parametrize("role", ["support", "finance"])
async def test_no_lesser_role_gives_roles_or_bans(
    browser: Browser, database: Database, role: StaffRole
) -> None:
    await browser.sign_in(await make_staff(database, role), database)
    member = await make_user(database)
    for act in ("role", "ban", "lift-ban"):
        assert await do(browser, member, act, role="administrator") == (404, "not_found")
    page = await (await browser.get(f"/staff/people/{member.id}")).text()
    assert "/ban" not in page
    assert "/role" not in page


async def test_the_search_shows_state_role_and_number_and_finds_by_it(
    browser: Browser, database: Database, staff: User
) -> None:
    member = await make_user(database, nickname="はるか")
    await do(browser, member, "suspend")
    page = await (await browser.get(f"/staff/people?q={member.member_number}")).text()
    assert f"/staff/people/{member.id}" in page
    assert str(member.member_number) in page
    assert "一時停止中" in page
    page = await (await browser.get(f"/staff/people?q={staff.member_number}")).text()
    assert "管理者" in page
    assert f"/staff/people/{member.id}" not in page


async def test_a_sanction_from_a_report_names_it_and_leads_back(
    browser: Browser, open_browser: Open, database: Database, staff: User
) -> None:
    cast = await make_cast(database)
    room = await bookable_room(database, cast)
    reporter = await open_browser()
    await reporter.sign_in(await make_user(database), database)
    await reporter.post(f"/rooms/{room}/report", {"kind": "fraud", "text": ""})
    async with database.transaction() as tx:
        number = await tx.scalar(sa.text("SELECT id FROM reports"))
    page = await (await browser.get(f"/staff/reports/{number}")).text()
    assert f'name="report" value="{number}"' in page
    answer = await browser.post(f"/staff/people/{cast.id}/warn", sanction(report=str(number)))
    assert answer.headers["Location"] == f"/staff/reports/{number}?done=warned"
    assert WORDS in await (await browser.get(f"/staff/reports/{number}")).text()
    stranger = await make_user(database)
    assert await do(browser, stranger, "warn", report=str(number)) == (404, "report_unknown")


async def test_who_is_shut_out_keeps_no_door_open(
    browser: Browser, open_browser: Open, database: Database, staff: User
) -> None:
    member = await make_user(database)
    theirs = await open_browser()
    await theirs.sign_in(member, database)
    page = await (await theirs.post("/reservations/calendar", {})).text()
    feed = re.search(r"/calendar/[A-Za-z0-9_-]{43}\.ics", page)
    assert feed
    assert (await theirs.get(feed[0])).status == 200
    await do(browser, member, "ban")
    async with database.transaction() as tx:
        token = await sessions.open_for(tx, member.id, days=1)
    theirs.client.session.cookie_jar.update_cookies({"session": token}, theirs.client.make_url("/"))
    assert "/sign-in" in (await theirs.get("/inbox")).headers["Location"]
    assert (await theirs.get(feed[0])).status == 404
