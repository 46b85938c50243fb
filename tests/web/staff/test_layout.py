"""The staff's side has a frame of its own: no public header or footer, and counts."""

import re

from foundation.database import Database
from foundation.settings import Settings
from tests.web.scene import Browser
from tests.web.staff.scene import make_staff
from tests.web.staff.test_staff import claimed


async def test_a_bar_of_its_own_stands_in_place_of_the_public_frame(
    browser: Browser, database: Database, settings: Settings
) -> None:
    await claimed(database, settings, 1)
    await browser.sign_in(await make_staff(database), database)
    page = await (await browser.get("/staff/people")).text()
    assert 'class="site-head"' not in page
    assert 'class="site-foot"' not in page
    ways = page.partition('id="desk-ways"')[2].partition("</nav>")[0]
    assert re.search(r'href="/staff/claims".*?<span class="count">1</span>', ways)
    assert ways.count("aria-current") == 1
    assert re.search(r'href="/staff/people" aria-current="page"', ways)
    assert 'action="/sign-out"' in ways


async def test_the_bar_counts_only_what_its_reader_may_see(
    browser: Browser, database: Database, settings: Settings
) -> None:
    await claimed(database, settings, 1)
    await browser.sign_in(await make_staff(database, "finance"), database)
    page = await (await browser.get("/staff/books")).text()
    assert 'href="/staff/reports"' not in page
    assert page.count('class="count"') == 2, "the claim, beside its way and where all is folded"
