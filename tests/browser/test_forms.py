"""Forms in a real browser: nothing typed is lost, no button stays dead, photos are made to fit."""

import asyncio
import io

import pytest
import sqlalchemy as sa
from PIL import Image
from playwright.async_api import Browser, FilePayload, Page, Route, expect

from foundation.database import Database
from people.accounts.tables import sessions
from people.meeting.tables import photos
from tests.browser.person import Person
from tests.browser.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CAST, OTHER_CAST = "はるか", "よしこ"
TITLE = "夜のお茶の時間"
CATEGORY = "おしゃべり・話し相手"
TEXT = "ゆっくり話しましょう。\n改行もそのまま。"
UNDONE = "先ほどの操作は行われていません"


async def end_sessions(database: Database) -> None:
    """End everybody's session, as time does; browsers go on sending their cookies."""
    async with database.transaction() as tx:
        await tx.execute(sa.delete(sessions))


async def write_a_room(person: Person) -> None:
    page = person.page
    await page.goto(f"{person.base}/console/rooms/new")
    await page.get_by_label("タイトル").fill(TITLE)
    await page.get_by_label("カテゴリー").select_option(label=CATEGORY)
    await page.get_by_label("話題").fill("雑談")
    await page.get_by_label("このルームについて").fill(TEXT)
    await page.get_by_text("声だけ（カメラは使いません）").click()


async def press_too_late(person: Person, database: Database) -> None:
    await write_a_room(person)
    await end_sessions(database)
    await person.page.get_by_role("button", name="保存して").click()
    await person.page.wait_for_url(lambda url: "/sign-in?next=" in url)
    await expect(person.page.get_by_text(UNDONE)).to_be_visible()


async def become(page: Page, nickname: str) -> None:
    await page.get_by_role("button", name=nickname).first.click()
    await page.wait_for_url(lambda url: "/sign-in" not in url)


async def test_after_signing_in_again_the_form_is_as_it_was_typed(
    browser: Browser, site: Site, database: Database
) -> None:
    person = await Person.arrive(browser, site.url, CAST)
    page = person.page
    await press_too_late(person, database)
    await become(page, CAST)
    await expect(page.get_by_text(UNDONE)).to_be_visible()
    await expect(page.get_by_text("入力した内容は戻してあります")).to_be_visible()
    assert page.url == f"{site.url}/console/rooms/new"
    await expect(page.get_by_label("タイトル")).to_have_value(TITLE)
    await expect(page.get_by_label("このルームについて")).to_have_value(TEXT)
    await expect(page.get_by_label("声だけ（カメラは使いません）")).to_be_checked()
    await expect(page.locator("#category option:checked")).to_have_text(CATEGORY)
    await page.reload()
    await expect(page.get_by_label("タイトル")).to_have_value("")
    await press_too_late(person, database)
    await become(page, OTHER_CAST)
    await expect(page.get_by_label("タイトル")).to_have_value("")
    assert not person.problems


async def test_a_press_that_came_to_nothing_can_be_made_again(browser: Browser, site: Site) -> None:
    person = await Person.arrive(browser, site.url, CAST)
    page = person.page
    await be_stopped(page, site)
    await download_twice(page, site)
    await stand_behind_a_proxy(page, site)
    await be_forged(browser, site)
    assert not person.problems


async def be_stopped(page: Page, site: Site) -> None:
    """Stop the page while a form is under way: what was typed stands, and the button lives."""
    window = await page.context.new_cdp_session(page)

    async def stop(_: Route) -> None:
        await window.send("Page.stopLoading")

    await page.goto(f"{site.url}/console/profile")
    await page.route("**/console/profile", stop)
    await page.get_by_role("textbox", name="自己紹介").fill(TEXT)
    form = page.locator("form[action='/console/profile']")
    async with page.expect_event("requestfailed"):
        await form.get_by_role("button").click(no_wait_after=True)
    await expect(form).not_to_have_attribute("data-sent", "")
    await page.unroute("**/console/profile")
    await form.get_by_role("button").click()
    await expect(page.get_by_text("保存しました。")).to_be_visible()


async def download_twice(page: Page, site: Site) -> None:
    await page.goto(f"{site.url}/settings/data")
    await page.get_by_role("checkbox").check()
    for _ in range(2):
        async with page.expect_download() as download:
            await page.get_by_role("button", name="ダウンロードする").click()
        assert (await download.value).suggested_filename.endswith(".zip")
    await expect(page.get_by_text("ダウンロードしました。")).to_be_visible()


async def stand_behind_a_proxy(page: Page, site: Site) -> None:
    """Send a form from a page that a proxy has put under `no-referrer`."""

    async def hide(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(
            response=answer, headers=answer.headers | {"referrer-policy": "no-referrer"}
        )

    await page.route("**/guide", hide)
    await page.goto(f"{site.url}/guide")
    async with page.expect_request("**/language") as sent:
        await page.get_by_role("button", name="日本語").click()
    assert await (await sent.value).header_value("origin") == "null"
    answer = await (await sent.value).response()
    assert answer
    assert answer.status == 303
    await page.unroute("**/guide")


FRAME = """html => {
  const frame = document.createElement("iframe");
  frame.sandbox = "allow-forms allow-scripts";
  frame.srcdoc = html;
  document.body.append(frame);
}"""


async def be_forged(browser: Browser, site: Site) -> None:
    """Have a sandboxed frame send a form: it names no origin either, and is refused."""
    page = await (await browser.new_context(bypass_csp=True)).new_page()
    await page.goto(f"{site.url}/guide")
    form = f"<form method=post action={site.url}/language><input name=locale value=ja></form>"
    await page.evaluate(FRAME, f"{form}<script>document.forms[0].submit()</script>")
    async with asyncio.timeout(30):
        while not (refused := [line for line in site.log if "csrf.other_site" in line]):
            await asyncio.sleep(0.05)
    assert "null" in refused[0]
    assert "cross-site" in refused[0]


def photo_of_a_phone() -> bytes:
    """48 megapixels, held upright: the file lies on its side and says so."""
    picture = Image.linear_gradient("L").resize((8064, 6048)).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    picture.save(file, "JPEG", exif=exif, quality=60)
    return file.getvalue()


async def test_a_photo_of_a_phone_is_made_to_fit_before_it_is_sent(
    browser: Browser, site: Site, database: Database
) -> None:
    person = await Person.arrive(browser, site.url, CAST)
    page = person.page
    await page.goto(f"{site.url}/console/profile")
    await page.get_by_role("textbox", name="自己紹介").fill(TEXT)
    field = page.get_by_label("写真を追加")
    heic = b"\0\0\0\x18ftypheic" + bytes(2000)
    await field.set_input_files(FilePayload(name="IMG_1.HEIC", mimeType="image/heic", buffer=heic))
    await expect(page.get_by_text("HEICやAVIFの写真は")).to_be_visible()
    await expect(field).to_have_value("")
    large = FilePayload(name="IMG_2.JPG", mimeType="image/jpeg", buffer=photo_of_a_phone())
    await field.set_input_files(large)
    async with page.expect_request("**/console/profile/photos") as sent:
        await page.get_by_role("button", name="追加する").click()
    assert int((await (await sent.value).all_headers())["content-length"]) < 1_000_000
    await expect(page.get_by_text("写真を追加しました。")).to_be_visible()
    await expect(page.get_by_role("textbox", name="自己紹介")).to_have_value(TEXT)
    async with database.transaction() as tx:
        row = (await tx.execute(sa.select(photos.c.width, photos.c.height))).one()
    assert tuple(row) == (1200, 1600)
    assert not person.problems
