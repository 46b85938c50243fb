"""The pages that only a step of one's own leads to, from registration on, looked at by axe."""

import pyotp
import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, Page

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.tables import users
from rooms.care import sanctioning
from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.test_accessibility import Inspector

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

EMAIL, PASSWORD = "kotoha@example.jp", "ながい合言葉 7041"


@pytest.mark.parametrize("locale", ["ja", "en"])
async def test_no_page_of_an_account_breaks_a_rule(
    browser: Browser, site: Site, database: Database, settings: Settings, locale: str
) -> None:
    inspector = Inspector(site.url)
    person = await Person.visit(browser, site.url)
    await register(person, inspector, locale)
    await forget_the_password(person, inspector)
    codes = await set_up_an_app(person, inspector)
    await sign_in_with_a_code(person, inspector, codes[0])
    await be_suspended(person, inspector, database, settings)
    await inspector.visit(person.page, "/withdrawn")
    assert not inspector.found, "\n\n".join(inspector.found)


async def register(person: Person, inspector: Inspector, locale: str) -> None:
    """Register, looking at each step; the language is chosen in between."""
    page = person.page
    await person.enter_registration("ことは", EMAIL, PASSWORD)
    await speak(page, locale)
    await inspector.look(page, "what was entered")
    await submit(page)
    await inspector.look(page, "a mail was sent")
    await person.open_mailed_link(EMAIL)
    link = page.url
    await inspector.look(page, "the registration's link")
    await submit(page)
    await page.wait_for_url("**/sign-up/done*")
    await inspector.look(page, "registered")
    await page.goto(link)
    await inspector.look(page, "a link that is used up")
    await sign_out(page)


async def forget_the_password(person: Person, inspector: Inspector) -> None:
    page = person.page
    await inspector.visit(page, "/forgotten-password")
    await page.locator("main [name=email]").fill(EMAIL)
    await submit(page)
    await inspector.look(page, "a link for a new password was sent")
    await person.open_mailed_link(EMAIL)
    await inspector.look(page, "a new password")


async def set_up_an_app(person: Person, inspector: Inspector) -> list[str]:
    """Register an authenticator app; return the recovery codes."""
    page = person.page
    await sign_in(page, inspector)
    await page.goto(f"{inspector.base}/settings/second-factor")
    form = page.locator("form[action='/settings/second-factor/app']")
    await form.locator("[name=password]").fill(PASSWORD)
    await form.locator("button").click()
    await page.locator("#secret").wait_for()
    await inspector.look(page, "the app's key")
    await page.locator("#code").fill("000000")
    await submit(page)
    await inspector.look(page, "a wrong code")
    await page.goto(f"{inspector.base}/settings/second-factor")
    await form.locator("[name=password]").fill(PASSWORD)
    await form.locator("button").click()
    secret = await page.locator("#secret").input_value()
    await page.locator("#code").fill(pyotp.TOTP(secret.replace(" ", "")).now())
    await submit(page)
    await page.locator("#codes").wait_for()
    await inspector.look(page, "recovery codes")
    codes = (await page.locator("#codes").input_value()).split()
    await inspector.visit(page, "/settings/second-factor")
    await sign_out(page)
    return codes


async def sign_in_with_a_code(person: Person, inspector: Inspector, code: str) -> None:
    page = person.page
    await sign_in(page, inspector)
    await page.locator("#code").wait_for()
    await inspector.look(page, "the second step")
    await page.locator("#code").fill(code)
    await submit(page)
    await page.locator("[popovertarget=menu]").wait_for()
    await sign_out(page)


async def be_suspended(
    person: Person, inspector: Inspector, database: Database, settings: Settings
) -> None:
    async with database.transaction() as tx:
        ids = sa.select(users.c.id)
        user = await tx.scalar(ids.where(users.c.email == EMAIL))
        staff = await tx.scalar(ids.where(users.c.staff_role == "administrator").limit(1))
        await sanctioning.suspend(
            tx,
            settings,
            int(staff or 0),
            int(user or 0),
            3,
            reason="rude",
            words="お休みください。",
        )
    await sign_in(person.page, inspector)
    await inspector.look(person.page, "who is suspended")


async def sign_in(page: Page, inspector: Inspector) -> None:
    await page.goto(f"{inspector.base}/sign-in")
    await page.locator("main [name=email]").fill(EMAIL)
    await page.locator("main [name=password]").fill(PASSWORD)
    async with page.expect_navigation():
        await page.locator("form[action='/sign-in'] button").click()


async def sign_out(page: Page) -> None:
    async with page.expect_navigation():
        await page.evaluate("document.querySelector('form[action=\"/sign-out\"]').submit()")


async def submit(page: Page) -> None:
    """Press the button of the page's own form."""
    async with page.expect_navigation():
        await page.locator("main form button:not([type=button])").first.click()


async def speak(page: Page, locale: str) -> None:
    if locale == "en":
        async with page.expect_navigation():
            await page.get_by_role("button", name="English").click()
