"""A newcomer shows who they are, an administrator looks, and then there is a video room."""

import io

import pytest
import sqlalchemy as sa
from PIL import Image
from playwright.async_api import Browser, expect

from foundation.database import Database
from people.accounts.tables import users
from people.desk.identity_tables import identity_documents
from tests.browser.conftest import StartSite
from tests.browser.person import PHONE, Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NAME, EMAIL, PASSWORD = "ことは", "kotoha@example.jp", "ながい合言葉 7041"
TITLE = "夜ふけの図書室"


def licence() -> bytes:
    """A photo as a phone takes it, larger than is sent."""
    made = io.BytesIO()
    Image.linear_gradient("L").resize((3000, 1900)).convert("RGB").save(made, "JPEG")
    return made.getvalue()


async def test_from_a_document_to_a_video_room(
    browser: Browser, start_site: StartSite, database: Database
) -> None:
    site = await start_site(HITOTOKI_IDENTITY_CHECK="true", HITOTOKI_ROOMS_LOOKED_AT="false")
    kotoha = await Person.visit(browser, site.url, PHONE)
    await kotoha.sign_up(NAME, EMAIL, PASSWORD)
    async with database.transaction() as tx:
        made = sa.update(users).where(users.c.email == EMAIL).values(is_cast=True)
        await tx.execute(made)
    room = await write_a_room(kotoha)
    page = kotoha.page
    await page.get_by_role("button", name="公開する", exact=True).click()
    await page.get_by_role("link", name="本人確認へ").click()
    await send_a_document(kotoha)
    await look_and_check(await Person.arrive(browser, site.url, "スタッフ佐倉"))
    async with database.transaction() as tx:
        assert list(await tx.execute(sa.select(identity_documents))) == []
    await page.goto(f"{site.url}/console/identity")
    await expect(page.locator("main")).to_contain_text("本人確認は済んでいます")
    await page.goto(f"{site.url}{room}")
    await page.get_by_role("button", name="公開する", exact=True).click()
    await share(kotoha)
    assert kotoha.problems == []


async def write_a_room(cast: Person) -> str:
    """Write a room with video; its address on the cast's side."""
    page = cast.page
    await page.goto(f"{cast.base}/console/rooms/new")
    await page.get_by_label("タイトル").fill(TITLE)
    await page.get_by_label("話題", exact=True).fill("読書")
    await page.get_by_label("カテゴリー").select_option(index=1)
    await page.get_by_label("1分の料金").fill("50")
    await page.locator("textarea[name=text]").fill("静かな夜に、本の話をしませんか。")
    await page.get_by_role("radio", name="映像と声").check()
    await page.get_by_role("button", name="保存して、公開前に確かめる").click()
    await page.get_by_role("button", name="公開する", exact=True).wait_for()
    return page.url.partition("?")[0].removeprefix(cast.base)


async def send_a_document(cast: Person) -> None:
    page = cast.page
    photo = {"name": "licence.jpg", "mimeType": "image/jpeg", "buffer": licence()}
    await page.get_by_label("表面の写真").set_input_files(photo)  # type: ignore[arg-type]
    await page.get_by_role("button", name="写真を追加する").first.click()
    await page.get_by_text("表面の写真を受け取りました").wait_for()
    await page.get_by_label("書類にあるお名前").fill("山田 ことは")
    await page.get_by_role("button", name="確認を申し込む").click()
    await page.get_by_role("heading", name="書類を確認しています").wait_for()


async def look_and_check(staff: Person) -> None:
    page = staff.page
    await page.goto(f"{staff.base}/staff/identities")
    await page.get_by_role("link", name=f"{NAME}さんの書類").click()
    picture = page.get_by_role("img", name="書類の表面")
    await expect(picture).to_have_js_property("naturalWidth", 1600)
    for name, figure in (("年", "1990"), ("月", "4"), ("日", "1")):
        await page.get_by_label(name, exact=True).fill(figure)
    for box in await page.get_by_role("checkbox").all():
        await box.check()
    await page.get_by_role("button", name="確認を終える").click()
    await page.get_by_text("確認を終え、書類を消去しました").wait_for()
    await page.goto(f"{staff.base}/staff/acts")
    await expect(page.locator("main")).to_contain_text("本人確認の書類を閲覧")
    assert staff.problems == []
    await staff.close()


async def share(cast: Person) -> None:
    """What was published can be handed on: its short address leads to the room."""
    page = cast.page
    address = await page.get_by_label("短いアドレス").input_value()
    await page.locator(".share-qr summary").click()
    code = page.get_by_role("img", name="このルームのQRコード")
    await expect(code).not_to_have_js_property("naturalWidth", 0)
    await page.goto(address)
    await page.get_by_role("heading", name=TITLE).wait_for()
