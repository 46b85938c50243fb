"""The staff's side is there for staff only, and each act is done once and logged."""

import re
from uuid import uuid4

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.accounts import User
from people.accounts.tables import users
from points import ledger
from record import alarms
from record.tables import staff_acts
from rooms.care import claims
from rooms.talk.past import history
from tests.rooms.care.desk import carry_out
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, Browser, give, make_user
from tests.web.staff.scene import WHY, make_staff
from tests.world import World

PAGES = [
    "/staff/today", "/staff/today?by=week", "/staff/today?by=month",
    "/staff/claims", "/staff/claims?state=waiting_second", "/staff/claims?state=done",
    "/staff/people", "/staff/people?q=a", "/staff/people/1", "/staff/books",
    "/staff/books?days=90", "/staff/packs", "/staff/alarms", "/staff/acts",
    "/staff/acts?subject=user:1",
]  # fmt: skip
ACTS = [
    "/staff/claims/1/return", "/staff/claims/1/agree", "/staff/claims/1/send-back",
    "/staff/claims/1/decline", "/staff/claims/1/take", "/staff/claims/1/leave",
    "/staff/claims/1/undo", "/staff/reports/1/take", "/staff/reports/1/leave",
    "/staff/reports/1/undo", "/staff/people/1/give", "/staff/people/1/correct",
    "/staff/alarms/1", "/staff/packs/1", "/staff/proposals/1/agree",
    "/staff/proposals/1/send-back",
]  # fmt: skip


@pytest.fixture
async def staff(browser: Browser, database: Database) -> User:
    """A member of staff, signed in."""
    user = await make_staff(database)
    await browser.sign_in(user, database)
    return user


async def claimed(database: Database, settings: Settings, minutes: int = 3) -> tuple[World, int]:
    """A talk of some charged minutes, and the caller's claim about it."""
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(minutes * 60 + 5, step=14)
    async with database.transaction() as tx:
        await history.leave(tx, settings, world.talk, world.caller)
        claim = await claims.file_claim(
            tx, world.settings, world.talk, world.caller, "no_media", "<b>暗い</b>"
        )
    return world, claim


async def count(database: Database, what: str) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(sa.text(f"SELECT count(*) FROM {what}")) or 0)


async def test_to_anyone_else_the_staffs_side_is_not_there(
    browser: Browser, database: Database
) -> None:
    for user in (None, await make_user(database, is_cast=True)):
        if user:
            await browser.sign_in(user, database)
        for path in ["/staff", *PAGES]:
            assert (await browser.get(path)).status == 404, path
        for path in ACTS:
            form = {"reason": WHY, "scope": "all", "points": "1", "press": "x", "sign": "plus"}
            form |= {"bonus": "0", "price_yen": "99"}
            assert (await browser.post(path, form)).status == 404, path
    assert await count(database, "staff_acts") == 0


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_staff_see_every_page_empty_and_full(
    browser: Browser, database: Database, settings: Settings, staff: User, language: str
) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.update(users).where(users.c.id == staff.id).values(locale=language))
    paths = [path.replace("/1", f"/{staff.id}") for path in PAGES]
    for path in paths:
        answer = await browser.get(path)
        assert answer.status == 200, await answer.text()
    world, claim = await claimed(database, settings)
    async with database.transaction() as tx:
        await alarms.alarm(tx, "amount", "<i>1</i>", "evt_1")
    await browser.post(f"/staff/people/{world.caller}/give", _points("10"))
    for path in [*paths, f"/staff/people/{world.caller}", f"/staff/people/{world.cast}"]:
        answer = await browser.get(path)
        page = await answer.text()
        assert answer.status == 200, page
        assert "<b>暗い" not in page
        assert "<i>1" not in page
    await browser.post(
        f"/staff/claims/{claim}/return", {"scope": "all", "reason": WHY, "at_once": WHY}
    )
    for path in paths:
        assert (await browser.get(path)).status == 200


async def test_no_page_of_theirs_changes_anything(
    browser: Browser, database: Database, settings: Settings, staff: User
) -> None:
    await claimed(database, settings, 1)
    before = await count(database, "notices"), await count(database, "staff_acts")
    for path in PAGES:
        await browser.get(path)
    assert (await count(database, "notices"), await count(database, "staff_acts")) == before


async def test_a_claim_stands_beside_its_evidence_without_a_word_of_the_chat(
    browser: Browser, database: Database, settings: Settings, staff: User
) -> None:
    await claimed(database, settings)
    async with database.transaction() as tx:
        await tx.execute(
            sa.text(
                "INSERT INTO messages (talk_id, side, key, text, at)"
                " SELECT id, 'cast', 'k', 'ひみつの話', entered_at + interval '9 s' FROM talks"
            )
        )
    page = await (await browser.get("/staff/claims")).text()
    assert "音や映像が届かなかった" in page
    assert "&lt;b&gt;暗い" in page
    assert 'data-kind="paid"' in page
    assert 'data-kind="wrote"' in page
    assert "ひみつ" not in page
    assert "300 pt" in page


async def test_one_click_returns_all_and_a_second_click_is_told(
    browser: Browser, database: Database, settings: Settings, staff: User
) -> None:
    world, claim = await claimed(database, settings)
    form = {"scope": "all", "points": "", "reason": WHY, "at_once": WHY}
    answer = await browser.post(f"/staff/claims/{claim}/return", form)
    assert answer.headers["Location"] == "/staff/claims?done=returned"
    assert "お返しします" in await (await browser.get(answer.headers["Location"])).text()
    again = await browser.post(f"/staff/claims/{claim}/return", form, SCRIPT)
    assert (again.status, (await again.json())["code"]) == (409, "claim_decided")
    assert (await world.points(), await count(database, "staff_acts")) == (700, 0)
    assert await carry_out(database, settings) == 1
    assert await world.points() == 1000
    again = await browser.post(f"/staff/claims/{claim}/return", form, SCRIPT)
    assert (again.status, (await again.json())["code"]) == (409, "claim_decided")
    assert await count(database, "staff_acts") == 1


async def test_what_is_no_part_is_refused(
    browser: Browser, database: Database, settings: Settings, staff: User
) -> None:
    world, claim = await claimed(database, settings)
    for points in ("0", "-1", "1.5", "301", str(2**63), "1e2", "１０", ""):
        form = {"scope": "part", "points": points, "reason": WHY, "at_once": WHY}
        assert (await browser.post(f"/staff/claims/{claim}/return", form)).status == 400
    assert await world.points() == 700


async def test_a_second_member_agrees_on_the_page(
    browser: Browser, open_browser: Open, database: Database, settings: Settings
) -> None:
    world, claim = await claimed(database, settings)
    one, two = await make_staff(database), await make_staff(database)
    first, second = (
        await open_browser(second_staff_points=100),
        await open_browser(second_staff_points=100),
    )
    await first.sign_in(one, database)
    await second.sign_in(two, database)
    form = {"scope": "part", "points": "200", "reason": WHY, "at_once": WHY}
    answer = await first.post(f"/staff/claims/{claim}/return", form)
    assert answer.headers["Location"].endswith("done=waiting_second")
    await carry_out(database, world.settings.model_copy(update={"second_staff_points": 100}))
    assert "/agree" not in await (await first.get("/staff/claims?state=waiting_second")).text()
    assert (await first.post(f"/staff/claims/{claim}/agree", {})).status == 403
    page = await (await second.get("/staff/claims?state=waiting_second")).text()
    assert f"/staff/claims/{claim}/agree" in page
    assert "200 pt" in page
    assert await world.points() == 700
    await second.post(f"/staff/claims/{claim}/agree", {})
    assert await world.points() == 700
    await carry_out(database, settings)
    assert await world.points() == 900


def _points(points: str, **more: str) -> dict[str, str]:
    return {"points": points, "reason": WHY, "press": uuid4().hex} | more


async def test_points_are_given_once_with_a_reason_and_told(
    browser: Browser, database: Database, staff: User
) -> None:
    member = await make_user(database)
    page = await (await browser.get(f"/staff/people/{member.id}")).text()
    found = re.search('name="press" value="([^"]+)"', page)
    assert found
    form = _points("500", press=found[1])
    for _ in range(2):
        assert (await browser.post(f"/staff/people/{member.id}/give", form)).status == 303
    async with database.transaction() as tx:
        assert await ledger.spendable(tx, member.id) == 500
        act = (await tx.execute(sa.select(staff_acts))).one()
    assert (act.actor_id, act.act, act.reason) == (staff.id, "points.give", WHY)
    assert act.detail == {"points": 500}
    assert await count(database, "notices") == 1
    other = await browser.post(f"/staff/people/{member.id}/give", form | {"points": "9"}, SCRIPT)
    assert (other.status, (await other.json())["code"]) == (409, "press_used")


async def test_points_are_corrected_both_ways_and_never_below_nothing(
    browser: Browser, database: Database, staff: User
) -> None:
    member = await make_user(database)
    await give(database, member, 100)
    path = f"/staff/people/{member.id}/correct"
    assert (await browser.post(path, _points("40", sign="minus"))).status == 303
    assert (await browser.post(path, _points("5", sign="plus"))).status == 303
    short = await browser.post(path, _points("66", sign="minus"), SCRIPT)
    assert (short.status, (await short.json())["code"]) == (409, "points_short")
    async with database.transaction() as tx:
        assert await ledger.spendable(tx, member.id) == 65
    assert await count(database, "staff_acts") == 2


async def test_what_is_no_amount_gives_nothing(
    browser: Browser, database: Database, staff: User
) -> None:
    member = await make_user(database)
    for points in ("0", "-1", "1.5", "10000001", str(2**63), "1e9", "５００", ""):
        for act in ("give", "correct"):
            form = _points(points, sign="plus")
            assert (await browser.post(f"/staff/people/{member.id}/{act}", form)).status == 400
    assert await count(database, "transfers") == 0


async def test_nobody_gives_themselves_points_or_without_a_reason(
    browser: Browser, database: Database, staff: User
) -> None:
    own = await browser.post(f"/staff/people/{staff.id}/give", _points("10"), SCRIPT)
    assert (own.status, (await own.json())["code"]) == (403, "own_points")
    member = await make_user(database)
    form = _points("10", reason="  ")
    assert (await browser.post(f"/staff/people/{member.id}/give", form)).status == 400
    assert await count(database, "transfers") == 0


async def test_an_alarm_is_seen_by_the_first_who_looks(
    browser: Browser, database: Database, staff: User
) -> None:
    async with database.transaction() as tx:
        await alarms.alarm(tx, "amount", "9円ちがいます", "evt_1")
        alarm = await tx.scalar(sa.text("SELECT id FROM alarms"))
    assert "9円ちがいます" in await (await browser.get("/staff/alarms")).text()
    assert (await browser.post(f"/staff/alarms/{alarm}", {})).status == 303
    assert (await browser.post(f"/staff/alarms/{alarm}", {})).status == 409
    assert (await browser.post("/staff/alarms/999", {})).status == 404
    assert await count(database, "staff_acts") == 1


@pytest.mark.parametrize("change", ["UPDATE staff_acts SET reason = 'x'", "DELETE FROM staff_acts"])
async def test_the_log_of_acts_cannot_be_edited(
    browser: Browser,
    database: Database,
    owner_database: Database,
    staff: User,
    change: str,
) -> None:
    member = await make_user(database)
    await browser.post(f"/staff/people/{member.id}/give", _points("10"))
    for role in (database, owner_database):
        with pytest.raises(sa.exc.DBAPIError):
            async with role.transaction() as tx:
                await tx.execute(sa.text(change))
    assert WHY in await (await browser.get("/staff/acts")).text()


async def test_people_are_found_by_what_staff_know_of_them(
    browser: Browser, database: Database, staff: User
) -> None:
    member = await make_user(database, nickname="100%はるか", email="haruka@example.jp")
    await make_user(database, nickname="なつき", email="natsuki@example.jp")
    for text in (str(member.id), "haruka", "HARUKA@", "はるか", "100%"):
        page = await (await browser.get(f"/staff/people?q={text.replace('%', '%25')}")).text()
        assert f"/staff/people/{member.id}" in page, text
        assert "natsuki@example.jp" not in page, text
    for text in ("%25%25", "_", "zzz", "9" * 30):
        page = await (await browser.get(f"/staff/people?q={text}")).text()
        assert "haruka@example.jp" not in page, text


async def test_the_books_show_the_totals_the_chart_and_the_proofs(
    browser: Browser, database: Database, settings: Settings, staff: User
) -> None:
    await claimed(database, settings)
    page = await (await browser.get("/staff/books")).text()
    assert '<rect data-series="spent"' in page
    assert page.count("<tr><th") == 14 + 2
    assert "すべてが、いまの帳簿で" in page
    assert (await browser.get("/staff/books?days=0")).status == 400
    assert (await browser.get("/staff/books?days=91")).status == 400


async def test_a_pack_is_changed_within_its_bounds_and_logged(
    browser: Browser, database: Database, staff: User
) -> None:
    async with database.transaction() as tx:
        pack = await tx.scalar(sa.text("SELECT min(id) FROM packs"))
    good = {"points": "1000", "bonus": "50", "price_yen": "990", "reason": "春の割引"}
    assert (await browser.post(f"/staff/packs/{pack}", good)).status == 303
    async with database.transaction() as tx:
        row = (await tx.execute(sa.text("SELECT * FROM packs WHERE id = :id"), {"id": pack})).one()
        act = (await tx.execute(sa.select(staff_acts))).one()
    assert (row.points, row.bonus, row.price_yen, row.active) == (1000, 50, 990, False)
    assert act.detail["before"]["price_yen"] == 1000
    for bad in (
        {"points": "0"}, {"bonus": "1001"}, {"price_yen": "49"}, {"price_yen": "９９０"},
        {"points": "1e3"}, {"bonus": "-1"}, {"price_yen": str(2**63)}, {"reason": " "},
    ):  # fmt: skip
        assert (await browser.post(f"/staff/packs/{pack}", good | bad)).status == 400, bad
    assert (await browser.post("/staff/packs/999", good)).status == 404
    assert await count(database, "staff_acts") == 1
