"""A newcomer tries the telephone with the demo's practice telephones: all ways in, and the tab."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from foundation.database import Database
from foundation.settings import Settings
from people.telephones import proof_rows
from people.telephones.tables import telephone_proofs
from rooms.ground.tables import rooms, standbys
from tests.browser.bidi import FIREFOX, firefox
from tests.browser.conftest import StartSite, in_one_loop, other_talk
from tests.browser.firefox_person import FirefoxPerson
from tests.browser.person import PHONE, Person
from tests.browser.phones import DIGITS, ONLINE, PATIENT, STANDBY, Telephones
from tests.browser.site import Site
from tests.browser.test_accessibility import Inspector
from tests.browser.test_tab import follow_the_mail, owe_more, pay_by_card, pay_by_transfer
from tests.browser.test_talk import books_hold, charged

pytestmark = [pytest.mark.browser, other_talk, pytest.mark.timeout(420)]

CALLER, CAST = "健太", "なぎさ"
NAME, EMAIL, PASSWORD = "のぞみ", "nozomi@new.example", "はじめての合言葉 25"


@in_one_loop()
async def site(start_site: StartSite) -> Site:
    """A demo site as it is for who starts one, but with short minutes and pauses."""
    return await start_site(
        HITOTOKI_TELEPHONE="true", HITOTOKI_TAB="true", HITOTOKI_PAUSE_SECONDS="1"
    )


async def room_of_cast(database: Database) -> int:
    async with database.transaction() as tx:
        query = sa.select(rooms.c.id).where(rooms.c.by_telephone, rooms.c.takes_tab)
        return int((await tx.execute(query)).scalar_one())


async def is_charged(database: Database, more_than: int = 0) -> None:
    async with asyncio.timeout(60):
        while await charged(database) <= more_than:
            await asyncio.sleep(0.2)


async def test_rung_on_both_telephones(browser: Browser, site: Site, database: Database) -> None:
    room = await room_of_cast(database)
    telephones = await Telephones.on_the_table(browser, site.url)
    caller = await Person.arrive(browser, site.url, CALLER, PHONE)
    page = caller.page
    await page.goto(f"{site.url}/rooms/{room}")
    article = page.locator("article.room")
    await expect(article).to_have_attribute("data-state", "closed")
    await telephones.waits_for_calls()
    # Within a second, without anybody's touching it.
    await expect(article).to_have_attribute("data-state", "open")

    await page.locator(".room-act").get_by_role("link", name="電話で相談する").click()
    await page.get_by_role("button", name="今すぐ相談する").click()
    await page.wait_for_url("**/calls/*")
    await telephones.is_answered("caller")
    await telephones.is_answered("cast")
    lead = page.locator(".application-lead")
    await expect(lead).to_contain_text("お話し中です", timeout=PATIENT)
    await is_charged(database)
    await expect(page.locator("[data-part=time]")).not_to_have_text("0:00", timeout=PATIENT)
    await telephones.hangs_up("caller")
    await page.wait_for_url("**/talks/*")
    await telephones.shows("cast", "idle")
    for person in (caller, telephones.person):
        assert person.problems == person.complaints == []
    await books_hold(database)


async def test_chosen_by_menu_and_by_four_digits(
    browser: Browser, site: Site, database: Database
) -> None:
    telephones = await Telephones.on_the_table(browser, site.url)
    await telephones.waits_for_calls()
    await telephones.dials("caller", ONLINE)
    await telephones.agrees_until_it_rings("caller", "cast")
    await telephones.is_answered("cast")
    await is_charged(database)
    by_menu = await charged(database)
    await telephones.hangs_up("cast")
    await telephones.shows("caller", "idle")

    await waits_again(database)
    await telephones.dials("caller", DIGITS)
    await telephones.one("caller").get_by_role("button", name="番号を押す").last.click()
    await telephones.agrees_until_it_rings("caller", "cast")
    await telephones.is_answered("cast")
    await is_charged(database, by_menu)
    await telephones.hangs_up("caller")
    await telephones.shows("cast", "idle")
    assert telephones.person.problems == telephones.person.complaints == []
    await books_hold(database)


async def waits_again(database: Database) -> None:
    """After a talk and its pause the cast's stand-by goes on."""
    async with asyncio.timeout(60):
        while True:
            async with database.transaction() as tx:
                if await tx.scalar(sa.select(sa.exists().where(standbys.c.medium == "telephone"))):
                    return
            await asyncio.sleep(0.2)


async def test_a_newcomer_talks_on_the_tab_and_pays_by_card_and_by_transfer(
    browser: Browser,
    site: Site,
    database: Database,
    owner_database: Database,
    settings: Settings,
    tmp_path: Path,
) -> None:
    room = await room_of_cast(database)
    telephones = await Telephones.on_the_table(browser, site.url)
    await telephones.waits_for_calls()
    caller = await Person.visit(browser, site.url, PHONE)
    await caller.sign_up(NAME, EMAIL, PASSWORD)
    page = caller.page
    await page.goto(f"{site.url}/rooms/{room}/call")
    await page.get_by_label("あなたの電話番号").fill("080-9876-5432")
    await page.get_by_role("button", name="電話で確認番号を聞く").click()
    own = settings.model_copy(update={"data": tmp_path / "data"})
    await prove(telephones, caller, await spoken_code(database, own))
    await page.wait_for_url(f"**/rooms/{room}/call")

    await expect(page.get_by_role("radio", name="後払いにする")).to_be_checked()
    await page.get_by_role("button", name="今すぐ相談する").click()
    await page.wait_for_url("**/calls/*")
    await telephones.is_answered("caller")
    await telephones.is_answered("cast")
    await is_charged(database)
    await telephones.hangs_up("caller")
    await page.wait_for_url("**/talks/*")
    await telephones.shows("cast", "idle")
    yen = await charged(database)
    await follow_the_mail(caller, yen, CAST)
    await pay_by_card(caller, yen)
    await owe_more(database, owner_database, NAME)
    await pay_by_transfer(caller)
    await books_hold(database)
    for person in (caller, telephones.person):
        assert person.problems == person.complaints == []


async def spoken_code(database: Database, own: Settings) -> str:
    """The code of the call that proves a number, as the site knows it."""
    async with database.transaction() as tx:
        row = (await tx.execute(sa.select(telephone_proofs))).one()
    told = proof_rows.opened(own, row.user_id, row.sealed)
    assert told is not None
    return str(told["code"])


async def prove(telephones: Telephones, caller: Person, code: str) -> None:
    """The first telephone rings for any number; its owner types what they have heard there."""
    first = telephones.one("caller")
    await telephones.shows("caller", "ringing")
    await expect(first.locator("[data-part=wanted]")).to_contain_text("080-9876-5432")
    await first.get_by_role("button", name="電話に出る").click()
    await telephones.shows("caller", "talking")
    # It is said twice, and who has it needn't hear it out.
    await telephones.hangs_up("caller")
    await caller.page.fill("#code", code)
    await caller.page.keyboard.press("Enter")


async def test_the_page_breaks_no_rule_and_only_one_holds_the_telephones(
    browser: Browser, site: Site, database: Database
) -> None:
    inspector = Inspector(site.url)
    telephones = await Telephones.on_the_table(browser, site.url)
    page = telephones.page
    await inspector.look(page, "the telephones")
    await page.get_by_role("button", name="音とマイクを使う").click()
    await expect(page.locator("[data-part=microphone-on]")).to_be_visible()
    await telephones.dials("cast", "05012340000")
    await inspector.look(page, "a telephone that is spoken with")

    other = await Person.visit(browser, site.url, PHONE)
    await other.page.goto(f"{site.url}/demo/telephones")
    await expect(other.page.locator("[data-part=taken]")).to_be_visible()
    await inspector.look(other.page, "telephones that another page has")
    await other.page.get_by_role("button", name="このページで使う").click()
    await other.page.locator("[data-part=telephones][data-held='1']").wait_for()
    await expect(page.locator("[data-part=taken]")).to_be_visible()
    # A call goes with the page that had it.
    await telephones.shows("cast", "idle")
    await inspector.visit(other.page, "/sign-in")
    # They are free, and the page that had them has them again.
    await page.locator("[data-part=telephones][data-held='1']").wait_for()
    await other.page.get_by_role("link", name="練習用の電話で試す").click()
    await expect(other.page.get_by_role("heading", name="練習用の電話")).to_be_visible()
    english = await browser.new_page(locale="en")
    await inspector.visit(english, "/demo/telephones")
    assert not inspector.found, "\n".join(inspector.found)


@pytest.mark.skipif(FIREFOX is None, reason="firefox-esr is not installed")
async def test_a_firefox_rings_the_site_too(site: Site, database: Database, tmp_path: Path) -> None:
    cast = "document.querySelector('[data-phone=cast]')"
    async with firefox(tmp_path / "firefox") as fox:
        person = FirefoxPerson(fox, site.url)
        await fox.go(f"{site.url}/demo/telephones")
        await person.until("document.querySelector('[data-held=\"1\"]')")
        await fox.click(f"{cast}.querySelector('[data-number=\"{STANDBY}\"]')")
        await person.until(f"{cast}.dataset.state === 'talking'")
        await fox.click(f"{cast}.querySelector('.phone-quick button')")
        await fox.click(f"{cast}.querySelector('.phone-keys [data-keys=\"1\"]')")
        # The site says how it is now, for longer than a telephone may be silent.
        await person.until(f"{cast}.dataset.state === 'idle'")
        words = await fox.value(f"{cast}.querySelector('[data-part=state]').innerText")
        assert words == "電話が切れました"
        assert person.problems == []
    await waits_again(database)
