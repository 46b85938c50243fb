"""An administrator makes the site another's, by pages alone: pages, manifest and mails say so."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.async_api import Browser, FilePayload, expect

from tests.browser.conftest import StartSite
from tests.browser.person import PHONE, Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ADMINISTRATOR = "スタッフ佐倉"
NAME, HERO, COLOUR = "ことり電話室", "静かな夜に、話したいひとと。", "#2f6f3e"
SHOWN = "rgb(47, 111, 62)"


def icon() -> bytes:
    """A square of another colour."""
    file = BytesIO()
    Image.new("RGB", (640, 640), "#d98c3a").save(file, "PNG")
    return file.getvalue()


async def make_it_ones_own(admin: Person) -> None:
    """Name, hero, colour and icon, each by its form."""
    page = admin.page
    await page.goto(f"{admin.base}/staff/site")
    await page.get_by_label("名前（日本語）").fill(NAME)
    await expect(page.locator('[data-shown="name"]').first).to_have_text(NAME)
    await page.get_by_role("button", name="名前を変える").click()
    await page.locator("#hero_ja").fill(HERO)
    await page.get_by_role("button", name="ことばを変える").click()
    await expect(page.locator('[data-shown="hero"]').first).to_have_text(HERO)
    await page.get_by_role("link", name="色とロゴ").click()
    await page.locator("#colour-field").fill("#ffd400")
    await page.get_by_role("button", name="この色にする").click()
    await expect(page.get_by_role("alert")).to_contain_text("文字が読みにくくなります")
    await page.locator("#colour-field").fill(COLOUR)
    await page.get_by_role("button", name="この色にする").click()
    await expect(page.locator(".site-example.light .button")).to_have_css("background-color", SHOWN)
    form = page.locator("#icon")
    file = FilePayload(name="icon.png", mimeType="image/png", buffer=icon())
    await form.locator("input[type=file]").set_input_files(file)
    await form.get_by_role("button", name="この画像にする").click()
    await expect(form.get_by_role("button", name="画像を外す")).to_be_visible()


async def test_the_site_becomes_another_s(start_site: StartSite, browser: Browser) -> None:
    site = await start_site()
    admin = await Person.arrive(browser, site.url, ADMINISTRATOR)
    await make_it_ones_own(admin)
    visitor = await Person.visit(browser, site.url, PHONE)
    page = visitor.page
    await expect(page).to_have_title(f"{HERO} – {NAME}")
    await expect(page.get_by_role("heading", level=1)).to_have_text(HERO)
    await expect(page.locator(".wordmark")).to_have_text(NAME)
    first = page.locator(".welcome .button.primary")
    await expect(first).to_have_css("background-color", SHOWN)
    manifest = await (await page.request.get(f"{site.url}/manifest.webmanifest")).json()
    assert manifest["short_name"] == NAME
    drawn = await page.request.get(f"{site.url}{manifest['icons'][0]['src']}")
    with Image.open(BytesIO(await drawn.body())) as opened:
        assert opened.size == (192, 192)
        middle = opened.convert("RGB").getpixel((96, 96))
        assert isinstance(middle, tuple)
        # Drawn anew, so nearly the colour that was sent.
        assert all(abs(a - b) <= 6 for a, b in zip(middle, (217, 140, 58), strict=True))
    await page.get_by_role("link", name="新規登録", exact=True).click()
    await visitor.fill_registration("みなと", "minato@example.jp", "ながい合言葉 2026")
    await page.get_by_role("button", name="この内容で登録する").click()
    await page.goto(f"{site.url}/demo/mailbox")
    await page.locator("a.mail").filter(has_text="minato@example.jp").first.click()
    await expect(page.locator("pre.mail-text")).to_contain_text(NAME)
    assert visitor.problems == admin.problems == visitor.complaints == []
