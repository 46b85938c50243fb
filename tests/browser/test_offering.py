"""A member makes a room with a photo, sends it, staff send it back and then let it pass: public."""

import io

import pytest
from PIL import Image
from playwright.async_api import Browser, Page

from tests.browser.conftest import StartSite
from tests.browser.person import PHONE, Person
from tests.browser.test_accessibility import Inspector

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]

TITLE = "牛と東京と、わたしの話"
LONG = "あ" * 2001


def photo() -> dict[str, object]:
    """A photo larger than what is kept, as a phone sends it."""
    made = io.BytesIO()
    Image.linear_gradient("L").resize((2400, 1800)).convert("RGB").save(made, "JPEG")
    return {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": made.getvalue()}


async def test_make_send_look_public(browser: Browser, start_site: StartSite) -> None:
    site = await start_site(HITOTOKI_WHO_OFFERS="anyone")
    member = await Person.arrive(browser, site.url, "健太", PHONE)
    staff = await Person.arrive(browser, site.url, "スタッフ林")
    visitor = await Person.visit(browser, site.url, PHONE)
    inspector = Inspector(site.url)

    await member.open_from_menu("わたしのルーム")
    await member.page.get_by_role("link", name="新しいルームを作る").click()
    await write(member.page, inspector)
    await add_a_photo(member.page)
    await member.page.get_by_role("link", name=TITLE).click()
    await member.page.get_by_role("button", name="確認に出す").click()
    await member.page.get_by_role("heading", name="スタッフが確認しています").wait_for()
    await inspector.look(member.page, "a room that waits")
    room = member.page.url.partition("?")[0].rpartition("/")[2]
    await visitor.page.goto(f"{site.url}/rooms/{room}")
    await visitor.page.get_by_text("このルームは見つかりません").wait_for()

    await send_back(staff.page, inspector)
    await member.page.goto(f"{site.url}/console/rooms")
    await member.page.get_by_role("link", name=TITLE).click()
    await member.page.get_by_text("リンクを外してください。").wait_for()
    await inspector.look(member.page, "a room that came back")
    await member.page.get_by_role("button", name="もう一度").click()
    await member.page.wait_for_url("**saved=sent")
    await staff.page.goto(f"{site.url}/staff/looks")
    await staff.page.get_by_role("button", name="ルームと写真を公開する").click()
    await staff.page.get_by_text("待っているルームはありません").wait_for()

    await visitor.page.goto(f"{site.url}/rooms/{room}")
    await visitor.page.get_by_role("heading", name=TITLE).wait_for()
    shown = visitor.page.locator(".photo-row img").first
    await shown.scroll_into_view_if_needed()
    await visitor.page.wait_for_function(
        "document.querySelector('.photo-row img')?.naturalWidth === 320"
    )
    link = visitor.page.get_by_role("link", name="example.com/kenta")
    assert await link.get_attribute("rel") == "nofollow ugc noopener noreferrer"
    await member.page.goto(f"{site.url}/console")
    await member.page.get_by_text(TITLE).first.wait_for()
    assert not inspector.found, "\n\n".join(inspector.found)
    assert [*member.problems, *staff.problems, *visitor.problems] == []


async def write(page: Page, inspector: Inspector) -> None:
    """Fill in the form: what is too long is said and stays, what can't be entered likewise."""
    text = page.get_by_label("このルームについて")
    await text.fill(LONG)
    await page.get_by_text("2,001 / 2,000 · 1文字多すぎます").wait_for()
    assert await text.input_value() == LONG
    await text.fill("北海道の話をします。 https://example.com/kenta もどうぞ。")
    await page.get_by_label("タイトル").fill(TITLE)
    await page.get_by_text("11 / 40").wait_for()
    await page.get_by_label("カテゴリー").select_option(label="人生の経験")
    await page.get_by_label("話題", exact=True).fill("上京")
    await page.get_by_label("タグ").fill("#北海道、牛乳")
    for box in ("by_standby", "by_application"):
        await page.locator(f"[name={box}]").uncheck()
    await page.get_by_role("button", name="保存して").click()
    await page.get_by_text("ひとつは受け付けてください").wait_for()
    await inspector.look(page, "a room that nobody can enter")
    assert await page.get_by_label("タイトル").input_value() == TITLE
    await page.locator("[name=by_standby]").check()
    await page.get_by_role("button", name="保存して").click()
    await page.wait_for_url("**saved=1")


async def add_a_photo(page: Page) -> None:
    await page.get_by_role("link", name="ルームの写真").click()
    await page.locator("input[type=file]").set_input_files(photo())  # type: ignore[arg-type]
    await page.get_by_role("button", name="追加する").click()
    await page.get_by_text("スタッフが確認中", exact=True).wait_for()


async def send_back(page: Page, inspector: Inspector) -> None:
    """Look at what waits, and send the room back with words."""
    await page.goto(f"{inspector.base}/staff/looks")
    await page.get_by_role("heading", name=TITLE).wait_for()
    await inspector.look(page, "what waits for staff")
    await inspector.visit(page, "/staff/looks?of=photos")
    await page.goto(f"{inspector.base}/staff/looks")
    await page.locator("summary", has_text="差し戻す").click()
    await page.get_by_label("ご本人に伝える言葉").fill("リンクを外してください。")
    await page.get_by_role("button", name="差し戻す", exact=True).click()
    await page.wait_for_url("**done=refuse")
