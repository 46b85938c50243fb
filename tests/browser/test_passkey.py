"""A passkey as a browser makes it, with an authenticator that Chromium plays."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.person import Person
from tests.browser.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

# A platform's own, such as a phone's finger print, which always finds the right finger.
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


async def test_a_passkey_is_made_and_signs_in_without_a_password(
    browser: Browser, site: Site
) -> None:
    # Browsers make passkeys for names, not for figures.
    base = site.url.replace("127.0.0.1", "localhost")
    person = await Person.arrive(browser, base, "スタッフ佐倉")
    await play_authenticator(person.page)
    await person.page.goto(f"{base}/settings/second-factor")
    await person.page.get_by_label("パスキーの名前").fill("仕事用のノート")
    await person.page.get_by_role("checkbox", name="パスキーを登録します").check()
    await person.page.get_by_role("button", name="パスキーを登録する").click()
    await person.page.get_by_role("heading", name="10個のコード").wait_for()
    await person.page.goto(f"{base}/settings/second-factor")
    await expect(person.page.locator("main")).to_contain_text("仕事用のノート")
    await person.page.locator("[popovertarget=menu]").click()
    await person.page.get_by_role("button", name="サインアウト").click()
    await person.page.goto(f"{base}/sign-in?next=/staff")
    await person.page.get_by_role("button", name="パスキーでサインイン").click()
    await person.page.wait_for_url("**/staff/**")
    assert person.problems == []


async def play_authenticator(page: Page) -> None:
    """Let Chromium stand in for a device's authenticator on this page."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    await session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
