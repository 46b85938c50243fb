"""What waits for staff is seen by its owner and by them alone; what it lacks is said in place."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import FormData

from foundation.database import Database
from people.accounts.accounts import User
from people.accounts.tables import users
from rooms.ground.offering_tables import room_categories
from tests.web.casts.test_photos import file, gradient
from tests.web.casts.test_room_editor import FORM
from tests.web.conftest import Open
from tests.web.scene import BROWSER, Browser, make_user
from tests.web.staff.scene import make_staff


@pytest.fixture
async def cast(browser: Browser, database: Database) -> User:
    """A cast without a room, signed in."""
    user = await make_user(database, is_cast=True)
    await browser.sign_in(user, database)
    return user


@pytest.fixture
async def staff(open_browser: Open, database: Database) -> Browser:
    """An administrator, signed in."""
    browser = await open_browser()
    await browser.sign_in(await make_staff(database), database)
    return browser


async def written(browser: Browser, **changed: str) -> int:
    answer = await browser.post("/console/rooms", FORM | changed)
    assert answer.status == 303, await answer.text()
    return int(answer.headers["Location"].split("/")[3].split("?")[0])


async def upload(browser: Browser, path: str) -> Any:
    form = FormData()
    form.add_field("csrf", await browser.csrf())
    form.add_field("photo", file(gradient()), filename="a.jpg", content_type="image/jpeg")
    return await browser.client.post(path, data=form, headers=BROWSER, allow_redirects=False)


async def text(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status == 200, path
    return await answer.text()


async def test_make_send_look_public(
    browser: Browser, staff: Browser, open_browser: Open, cast: User
) -> None:
    stranger = await open_browser()
    room = await written(browser, text="詳しくは https://example.com/me まで")
    assert "下書き" in await text(browser, "/console/rooms")
    answer = await browser.post(f"/console/rooms/{room}/publish", {})
    assert answer.headers["Location"].endswith("saved=sent")
    assert "確認中" in await text(browser, "/console/rooms")
    assert (await stranger.get(f"/rooms/{room}")).status == 404
    queue = await text(staff, "/staff/looks")
    assert FORM["title"] in queue
    assert 'rel="nofollow ugc noopener noreferrer">example.com/me</a>' in queue
    passed = {"revision": "0", "photos": ""}
    answer = await staff.post(f"/staff/looks/rooms/{room}/pass", passed)
    assert answer.status == 303
    page = await text(stranger, f"/rooms/{room}")
    assert "おしゃべり・話し相手" in page
    assert re.findall(r"<li>(緑茶|団子)</li>", page) == ["緑茶", "団子"]
    assert "待っているルームはありません" in await text(staff, "/staff/looks")


async def test_a_refused_room_says_why_to_its_cast(
    browser: Browser, staff: Browser, cast: User
) -> None:
    room = await written(browser)
    await browser.post(f"/console/rooms/{room}/publish", {})
    refused = f"/staff/looks/rooms/{room}/refuse"
    assert (await staff.post(refused, {"revision": "0", "words": " "})).status == 400
    await staff.post(refused, {"revision": "0", "words": "もう少し<b>詳しく</b>。"})
    page = await text(browser, f"/console/rooms/{room}")
    assert "もう少し&lt;b&gt;詳しく&lt;/b&gt;。" in page
    assert "もう一度、確認に出す" in page
    assert "差し戻し" in await text(browser, "/console/rooms")
    assert "もう少し" in await text(browser, "/inbox")


async def test_a_photo_that_waits_is_seen_by_its_owner_and_staff_alone(
    browser: Browser, staff: Browser, open_browser: Open, database: Database, cast: User
) -> None:
    room = await written(browser)
    for path in ("/console/profile/photos", f"/console/rooms/{room}/photos"):
        answer = await upload(browser, path)
        assert answer.status == 303, await answer.text()
    other, stranger = await open_browser(), await open_browser()
    await other.sign_in(await make_user(database, is_cast=True), database)
    pages = (
        await text(browser, "/console/profile"),
        await text(browser, f"/console/rooms/{room}/photos"),
    )
    names = [re.search(r'src="(/photos/[\w-]{43})-320\.webp"', page) for page in pages]
    for found in names:
        assert found
        for end in (".webp", "-320.webp", "-card.jpg"):
            for who, status in ((browser, 200), (staff, 200), (other, 404), (stranger, 404)):
                answer = await who.get(f"{found[1]}{end}")
                assert answer.status == status
                if status == 200:
                    assert answer.headers["Cache-Control"] == "private, no-store"
    queue = await text(staff, "/staff/looks?of=photos")
    ids = re.search(r'name="photos" value="([\d,]+)"', queue)
    assert ids
    assert len(ids[1].split(",")) == 2
    await staff.post(f"/staff/looks/members/{cast.id}/pass", {"photos": ids[1]})
    assert names[0]
    answer = await stranger.get(f"{names[0][1]}.webp")
    assert (answer.status, "immutable" in answer.headers["Cache-Control"]) == (200, True)


async def test_a_rooms_photos_are_its_casts_to_change(
    browser: Browser, open_browser: Open, database: Database, cast: User
) -> None:
    room = await written(browser)
    await upload(browser, f"/console/rooms/{room}/photos")
    other = await open_browser()
    await other.sign_in(await make_user(database, is_cast=True), database)
    base = f"/console/rooms/{room}/photos"
    assert (await other.get(base)).status == 404
    assert (await upload(other, base)).status == 404
    for act in ("move", "delete"):
        assert (await other.post(f"{base}/1/{act}", {"way": "forward"})).status == 404
    assert (await browser.post(f"{base}/1/delete", {})).status == 303
    assert "まだ写真がありません" in await text(browser, base)


async def test_what_a_room_lacks_is_said_beside_its_field_when_it_is_published(
    browser: Browser, database: Database, cast: User
) -> None:
    room = await written(browser)
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE rooms SET category_id = NULL"))
    answer = await browser.post(f"/console/rooms/{room}/publish", {})
    page = await answer.text()
    assert answer.status == 422
    assert 'id="category-error"' in page
    assert FORM["title"] in page


async def test_a_licensed_category_is_closed_until_staff_have_seen_the_licence(
    browser: Browser, staff: Browser, database: Database, cast: User
) -> None:
    async with database.transaction() as tx:
        query = sa.select(sa.func.min(room_categories.c.id)).where(room_categories.c.licensed)
        licensed = await tx.scalar(query)
    option = rf'<option value="{licensed}"( selected)? disabled>'
    assert re.search(option, await text(browser, "/console/rooms/new"))
    answer = await browser.post("/console/rooms", FORM | {"category": str(licensed)})
    assert answer.status == 422
    assert "資格の確認が必要です" in await answer.text()
    page = await text(staff, f"/staff/people/{cast.id}")
    assert f"/staff/people/{cast.id}/licences/{licensed}/give" in page
    way = f"/staff/people/{cast.id}/licences/{licensed}"
    await staff.post(f"{way}/give", {"reason": "弁護士証を確認"})
    assert not re.search(option, await text(browser, "/console/rooms/new"))
    room = await written(browser, category=str(licensed))
    await staff.post(f"{way}/take", {"reason": "登録の抹消"})
    answer = await browser.post(f"/console/rooms/{room}/publish", {})
    assert answer.status == 422


async def test_staff_keep_the_categories(staff: Browser, browser: Browser, cast: User) -> None:
    new = {"name_ja": "手しごと", "name_en": "Crafts", "icon": "gift", "reason": "要望"}
    assert (await staff.post("/staff/categories", new)).status == 409
    page = await text(staff, "/staff/categories")
    last = re.findall(r'id="category-(\d+)"', page)[-1]
    retired = new | {"retired": "1"}
    assert (await staff.post(f"/staff/categories/{last}/retire", retired)).status == 303
    assert (await staff.post("/staff/categories", new | {"icon": "skull"})).status == 422
    assert (await staff.post("/staff/categories", new)).status == 303
    assert "手しごと" in await text(browser, "/console/rooms/new")


async def test_anyone_who_is_confirmed_makes_rooms_where_anyone_offers(
    open_browser: Open, staff: Browser, database: Database
) -> None:
    browser, visitor = [await open_browser(who_offers="anyone") for _ in "ab"]
    member = await make_user(database, nickname="あや")
    await browser.sign_in(member, database)
    assert "/console/rooms/new" in await text(browser, "/casts/join")
    assert "/sign-up?next=/console/rooms/new" in await text(visitor, "/casts/join")
    assert "/console/rooms" in await text(browser, "/settings")
    assert (await upload(browser, "/console/profile/photos")).status == 303
    room = await written(browser)
    await browser.post(f"/console/rooms/{room}/publish", {})
    assert (await browser.get("/console")).status == 403
    open_staff = await open_browser(who_offers="anyone")
    await open_staff.sign_in(await make_staff(database), database)
    await open_staff.post(f"/staff/looks/rooms/{room}/pass", {"revision": "0"})
    assert (await browser.get("/console")).status == 200
    assert (await visitor.get(f"/rooms/{room}")).status == 200


async def test_an_unconfirmed_member_makes_none(open_browser: Open, database: Database) -> None:
    browser = await open_browser(who_offers="anyone")
    member = await make_user(database, confirmed=False)
    await browser.sign_in(member, database)
    for path in ("/console/rooms", "/console/rooms/new", "/console/profile"):
        assert (await browser.get(path)).status == 403
    assert (await upload(browser, "/console/profile/photos")).status == 403
    assert (await browser.post("/console/rooms", FORM)).status == 403
    async with database.transaction() as tx:
        assert not await tx.scalar(sa.select(users.c.is_cast).where(users.c.id == member.id))


async def test_long_texts_are_counted_and_never_cut(browser: Browser, cast: User) -> None:
    page = await text(browser, "/console/rooms/new")
    assert not re.search(r"<(input|textarea)[^>]* maxlength", page)
    for name, most in (("title", 40), ("topic", 20), ("text", 2000)):
        assert f'data-counter="{name}" data-most="{most}"' in page
    long = {"title": "あ" * 300, "text": f"{'い' * 2100}\n終"}
    answer = await browser.post("/console/rooms", FORM | long)
    kept = await answer.text()
    assert answer.status == 422
    assert "あ" * 300 in kept
    assert f"{'い' * 2100}\n終" in kept
    assert 'id="title-error"' in kept
    assert 'id="text-error"' in kept
