"""Becoming a cast on the site: anyone may ask, staff decide once, and what they do is logged."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from people.accounts.tables import users
from people.meeting.tables import applications
from record.tables import staff_acts
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, Browser, make_user
from tests.web.staff.scene import make_staff

FORM = {
    "name": "山田",
    "email": "a@example.jp",
    "about": "旅の話",
    "message": "こんにちは\r\n<b>私</b>",
}
WORDS = {"words": "ようこそ。"}


async def rows(database: Database) -> list[sa.Row[tuple[object, ...]]]:
    async with database.transaction() as tx:
        return list(await tx.execute(sa.select(applications).order_by(applications.c.id)))


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_the_page_says_what_one_earns_and_shows_the_form(
    browser: Browser, language: str
) -> None:
    page = await (await browser.get("/casts/join", **{"Accept-Language": language})).text()
    assert "80%" in page
    assert 'name="message"' in page


async def test_a_visitor_applies_and_sees_when_to_expect_an_answer(
    browser: Browser, database: Database
) -> None:
    answer = await browser.post("/casts/join", FORM)
    assert answer.headers["Location"] == "/casts/join?sent=1#form"
    assert "2〜3日" in await (await browser.get("/casts/join?sent=1")).text()
    (row,) = await rows(database)
    assert (row.email, row.message, row.user_id) == ("a@example.jp", "こんにちは\n<b>私</b>", None)


async def test_a_member_applies_from_their_own_address_whatever_the_form_says(
    browser: Browser, database: Database
) -> None:
    user = await make_user(database)
    await browser.sign_in(user, database)
    page = await (await browser.get("/casts/join")).text()
    assert user.email in page
    assert user.nickname in page
    await browser.post("/casts/join", FORM | {"email": "someone@else.example"})
    (row,) = await rows(database)
    assert (row.email, row.user_id) == (user.email, user.id)
    assert 'name="message"' not in await (await browser.get("/casts/join")).text()


async def test_a_cast_is_led_to_the_casts_side(browser: Browser, database: Database) -> None:
    await browser.sign_in(await make_user(database, is_cast=True), database)
    assert "/console/rooms" in await (await browser.get("/casts/join")).text()
    await browser.post("/casts/join", FORM)
    assert await rows(database) == []


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"email": "no"}, {"about": " "}, {"message": ""}, {"message": "あ" * 2001},
     {"name": "evil.example"}],
)  # fmt: skip
async def test_what_is_missing_is_said_beside_its_field_and_the_rest_stays(
    browser: Browser, database: Database, wrong: dict[str, str]
) -> None:
    answer = await browser.post("/casts/join", FORM | wrong)
    page = await answer.text()
    assert answer.status == 422
    assert 'aria-invalid="true"' in page
    if "message" not in wrong:
        assert "こんにちは\n&lt;b&gt;私" in page
    assert await rows(database) == []


async def test_two_thousand_japanese_characters_fit(browser: Browser, database: Database) -> None:
    await browser.post("/casts/join", FORM | {"message": "話" * 2000})
    assert len((await rows(database))[0].message) == 2000


async def test_an_address_may_apply_a_few_times_an_hour(open_browser: Open) -> None:
    browser = await open_browser(letter_tries=2)
    for number in range(2):
        answer = await browser.post("/casts/join", FORM | {"email": f"{number}@example.jp"})
        assert answer.status == 303
    answer = await browser.post("/casts/join", FORM | {"email": "3@example.jp"})
    assert answer.status == 429


@pytest.mark.parametrize(("name", "warned"), [("Мidori", True), ("つばき", False)])
async def test_staff_are_told_of_a_name_for_which_people_would_take_another_cast(
    browser: Browser, open_browser: Open, database: Database, name: str, warned: bool
) -> None:
    await make_user(database, nickname="Midori", is_cast=True)
    await make_user(database, email="a@example.jp", nickname=name)
    await browser.post("/casts/join", FORM)
    desk = await open_browser()
    await desk.sign_in(await make_staff(database), database)
    page = await (await desk.get("/staff/applications")).text()
    assert ("いまいるキャストとまちがえられます。" in page) is warned


async def test_staff_approve_once_and_the_member_has_the_casts_side(
    browser: Browser, open_browser: Open, database: Database
) -> None:
    user = await make_user(database, email="a@example.jp")
    await browser.post("/casts/join", FORM)
    (row,) = await rows(database)
    desk = await open_browser()
    await desk.sign_in(await make_staff(database), database)
    page = await (await desk.get("/staff/applications")).text()
    assert "&lt;b&gt;私" in page
    assert f"/staff/people/{user.id}" in page
    approve = f"/staff/applications/{row.id}/approve"
    assert (await desk.post(approve, WORDS)).status == 303
    for again in (approve, f"/staff/applications/{row.id}/decline"):
        answer = await desk.post(again, WORDS, SCRIPT)
        assert (answer.status, (await answer.json())["code"]) == (409, "application_decided")
    await browser.sign_in(user, database)
    assert (await browser.get("/console/rooms")).status == 200
    async with database.transaction() as tx:
        act = (await tx.execute(sa.select(staff_acts))).one()
    assert (act.act, act.subject, act.reason) == (
        "application.approve",
        f"user:{user.id}",
        "ようこそ。",
    )
    assert "ようこそ。" in await (await desk.get("/staff/applications?state=done")).text()


async def test_words_are_needed(browser: Browser, database: Database) -> None:
    await browser.post("/casts/join", FORM)
    (row,) = await rows(database)
    await browser.sign_in(await make_staff(database), database)
    answer = await browser.post(f"/staff/applications/{row.id}/approve", {"words": "  "}, SCRIPT)
    assert (answer.status, (await answer.json())["code"]) == (400, "words_needed")


@pytest.mark.parametrize("role", [None, "finance"])
async def test_without_the_permission_the_queue_is_not_there(
    browser: Browser, database: Database, role: str | None
) -> None:
    user = await make_user(database)
    async with database.transaction() as tx:
        await tx.execute(sa.update(users).where(users.c.id == user.id).values(staff_role=role))
    await browser.sign_in(user, database)
    assert (await browser.get("/staff/applications")).status == 404
    for act in ("approve", "decline"):
        assert (await browser.post(f"/staff/applications/1/{act}", WORDS)).status == 404
