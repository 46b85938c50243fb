"""Where the site can't be reached a member reads so in its own words, and comes back by a press."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.person import PHONE, Person
from tests.browser.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

READY = "navigator.serviceWorker.ready.then((one) => one.active !== null)"
KEPT = "caches.open('/offline').then((kept) => kept.keys()).then((all) => all.length)"


async def test_without_a_line_one_reads_so_and_goes_on_where_one_was(
    browser: Browser, site: Site
) -> None:
    person = await Person.visit(browser, site.url, PHONE, worker=True)
    page = person.page
    assert await page.evaluate("navigator.serviceWorker.getRegistration().then(Boolean)") is False
    await person.sign_in("健太")
    assert await page.evaluate(READY)
    assert await page.evaluate(KEPT) == 1
    # Pages go through it as they go without: forms, what they lead to, and files.
    await page.goto(f"{site.url}/settings/notifications")
    await page.get_by_role("button", name="保存する").click()
    await expect(page.get_by_text("保存しました。")).to_be_visible()
    assert not person.problems + person.complaints
    await page.context.set_offline(True)
    await page.goto(f"{site.url}/points/statement?kind=bought")
    await expect(page.get_by_role("heading").first).to_have_text(
        "インターネットにつながっていません"
    )
    # Nothing of the member's is kept.
    assert "健太" not in await page.content()
    await page.context.set_offline(False)
    await page.get_by_role("link", name="もう一度読み込む").first.click()
    await expect(page.get_by_role("heading", name="明細")).to_be_visible()
    assert page.url == f"{site.url}/points/statement?kind=bought"
