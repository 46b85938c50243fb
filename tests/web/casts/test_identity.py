"""A cast shows who they are: what comes in is drawn anew, and administrators alone look at it."""

import io
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import FormData
from PIL import Image

from foundation.database import Database
from people.accounts.accounts import User
from people.desk.identity_tables import identity_checks, identity_documents
from tests.web.casts.test_photos import MARK, file, gradient, opened
from tests.web.conftest import Open
from tests.web.scene import BROWSER, Browser, make_user
from tests.web.staff.scene import make_staff

PAGE = "/console/identity"
CHECK = {
    "year": "1990", "month": "4", "day": "1",
    "name_matches": "1", "not_in_high_school": "1", "document_valid": "1",
}  # fmt: skip


@pytest.fixture
async def browser(open_browser: Open) -> Browser:
    """A browser on a site that checks identities."""
    return await open_browser(identity_check=True)


@pytest.fixture
async def cast(browser: Browser, database: Database) -> User:
    """A cast, signed in."""
    user = await make_user(database, is_cast=True)
    await browser.sign_in(user, database)
    return user


async def add(browser: Browser, side: str = "front", data: bytes | None = None) -> Any:
    form = FormData()
    form.add_field("csrf", await browser.csrf())
    content = file(gradient()) + MARK if data is None else data
    form.add_field(side, content, filename="me.jpg", content_type="image/jpeg")
    return await browser.client.post(
        f"{PAGE}/{side}", data=form, headers=BROWSER, allow_redirects=False
    )


async def send(browser: Browser, name: str = "山田 花子") -> Any:
    await add(browser)
    return await browser.post(f"{PAGE}/send", {"legal_name": name})


async def documents(database: Database) -> list[Any]:
    async with database.transaction() as tx:
        return list(await tx.execute(sa.select(identity_documents)))


async def text(browser: Browser, path: str) -> str:
    return await (await browser.get(path)).text()


async def as_staff(open_browser: Open, database: Database, role: Any = "administrator") -> Browser:
    browser = await open_browser(identity_check=True)
    await browser.sign_in(await make_staff(database, role), database)
    return browser


async def test_the_way_from_a_document_to_a_video_room(
    browser: Browser, open_browser: Open, database: Database, cast: User
) -> None:
    room = {
        "title": "お茶", "topic": "雑談", "text": "どうぞ", "rate": "100", "allows_video": "1",
        "category": "1", "tags": "", "by_standby": "1", "booking": "none",
    }  # fmt: skip
    made = await browser.post("/console/rooms", room)
    path = made.headers["Location"].partition("?")[0]
    answer = await browser.post(f"{path}/publish", {})
    assert answer.status == 403
    assert f'href="{PAGE}"' in await answer.text()
    sent = await send(browser)
    assert sent.headers["Location"] == f"{PAGE}?saved=sent"
    assert "書類を確認しています" in await text(browser, PAGE)
    staff = await as_staff(open_browser, database)
    one = f"/staff/identities/{cast.id}"
    assert f'href="{one}"' in await text(staff, "/staff/identities")
    page = await text(staff, one)
    assert "山田 花子" in page
    shown = await staff.get(f"{one}/front")
    assert shown.headers["Cache-Control"] == "no-store"
    data = await shown.read()
    assert opened(data).size == (640, 480)
    assert MARK not in data
    assert (await staff.post(f"{one}/check", CHECK)).headers["Location"].endswith("?done=check")
    assert await documents(database) == []
    assert (await staff.get(one)).status == 404
    assert (await staff.get(f"{one}/front")).status == 404
    assert "本人確認は済んでいます" in await text(browser, PAGE)
    assert (await browser.post(f"{path}/publish", {})).status == 303
    acts = await text(staff, "/staff/acts")
    assert "本人確認の書類を閲覧" in acts
    assert "本人確認を完了" in acts
    assert "本人確認が済みました" in await text(browser, "/inbox")


@pytest.mark.parametrize("role", ["support", "finance"])
async def test_other_staff_see_nothing_of_it(
    browser: Browser, open_browser: Open, database: Database, cast: User, role: str
) -> None:
    await send(browser)
    staff = await as_staff(open_browser, database, role)
    one = f"/staff/identities/{cast.id}"
    for path in ("/staff/identities", one, f"{one}/front"):
        assert (await staff.get(path)).status == 404
    assert (await staff.post(f"{one}/check", CHECK)).status == 404
    assert "/staff/identities" not in await text(staff, "/staff/people")
    assert len(await documents(database)) == 1


async def test_an_administrator_without_a_second_step_sees_nothing(
    browser: Browser, open_browser: Open, database: Database, cast: User
) -> None:
    await send(browser)
    staff = await open_browser(identity_check=True)
    await staff.sign_in(await make_staff(database), database, proved=False)
    for path in (f"/staff/identities/{cast.id}", f"/staff/identities/{cast.id}/front"):
        answer = await staff.get(path)
        assert answer.status == 303
        assert answer.headers["Location"].startswith("/settings/second-factor?")


async def test_nobody_else_sees_a_document(
    browser: Browser, open_browser: Open, database: Database, cast: User
) -> None:
    await send(browser)
    for path in ("front", "back"):
        assert (await browser.get(f"/staff/identities/{cast.id}/{path}")).status == 404
    other = await open_browser()
    await other.sign_in(await make_user(database, is_cast=True), database)
    assert "書類を確認しています" not in await text(other, PAGE)
    await other.post(f"{PAGE}/take-back", {})
    assert len(await documents(database)) == 1


@pytest.mark.parametrize(
    "lacking", ["name_matches", "not_in_high_school", "document_valid", "year"]
)
async def test_everything_is_compared_and_nothing_typed_is_lost(
    browser: Browser, open_browser: Open, database: Database, cast: User, lacking: str
) -> None:
    await send(browser)
    staff = await as_staff(open_browser, database)
    answer = await staff.post(f"/staff/identities/{cast.id}/check", CHECK | {lacking: ""})
    assert answer.status == 422
    page = await answer.text()
    assert 'value="4"' in page
    assert page.count(" checked") == (3 if lacking == "year" else 2)
    assert len(await documents(database)) == 1


async def test_the_young_are_not_checked(
    browser: Browser, open_browser: Open, database: Database, cast: User
) -> None:
    await send(browser)
    staff = await as_staff(open_browser, database)
    answer = await staff.post(f"/staff/identities/{cast.id}/check", CHECK | {"year": "2020"})
    assert answer.status == 422
    assert "18歳に達していません" in await answer.text()
    async with database.transaction() as tx:
        assert list(await tx.execute(sa.select(identity_checks))) == []


async def test_declined_words_stand_on_the_casts_page(
    browser: Browser, open_browser: Open, database: Database, cast: User
) -> None:
    await send(browser)
    staff = await as_staff(open_browser, database)
    one = f"/staff/identities/{cast.id}"
    assert (await staff.post(f"{one}/decline", {"words": ""})).status == 400
    words = "<b>文字</b>が読めません"
    assert (await staff.post(f"{one}/decline", {"words": words})).status == 303
    page = await text(browser, PAGE)
    assert "&lt;b&gt;文字&lt;/b&gt;が読めません" in page
    assert "1. 表面" in page


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 a licence", file(gradient((90, 90)))])
async def test_what_is_no_photo_is_refused_beside_its_field(
    browser: Browser, database: Database, cast: User, data: bytes
) -> None:
    answer = await add(browser, data=data)
    assert answer.status == 422
    assert 'id="front-error"' in await answer.text()
    assert await documents(database) == []


async def test_a_document_is_kept_small(browser: Browser, database: Database, cast: User) -> None:
    noise = Image.effect_noise((3000, 2000), 80).convert("RGB")
    made = io.BytesIO()
    noise.save(made, "JPEG", quality=60)
    assert (await add(browser, data=made.getvalue())).status == 303
    (row,) = await documents(database)
    assert len(row.front) < 4 * 1024 * 1024


async def test_a_name_is_needed_and_what_was_typed_stays(browser: Browser, cast: User) -> None:
    answer = await send(browser, "あ" * 81)
    assert answer.status == 422
    assert "あ" * 81 in await answer.text()


async def test_an_unconfirmed_member_sends_nothing(
    browser: Browser, open_browser: Open, database: Database
) -> None:
    other = await open_browser()
    await other.sign_in(await make_user(database, confirmed=False), database)
    assert (await add(other)).status == 403
    assert (await other.get(PAGE)).status == 403
    assert await documents(database) == []


async def test_a_visitor_is_led_to_the_sign_in(browser: Browser) -> None:
    answer = await browser.get(PAGE)
    assert answer.status == 303
    assert answer.headers["Location"].startswith("/sign-in?next=")
    assert (await add(browser)).headers["Location"].startswith("/sign-in")


async def test_a_form_from_elsewhere_adds_nothing(
    browser: Browser, database: Database, cast: User
) -> None:
    form = FormData()
    form.add_field("csrf", "x" * 80)
    form.add_field("front", file(gradient()), filename="a.jpg", content_type="image/jpeg")
    answer = await browser.client.post(f"{PAGE}/front", data=form, headers=BROWSER)
    assert answer.status == 403
    assert await documents(database) == []
