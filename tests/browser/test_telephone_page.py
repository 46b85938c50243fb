"""One's own telephone in a browser: from a room's page through the code and back, seen by axe."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser

from foundation.database import Database
from foundation.settings import Settings
from media.speech import kana
from people.accounts.tables import users
from people.sign_in import sessions
from people.telephones import digits, proof_calls, spoken_names
from people.telephones.words import PAGE
from rooms.calling import gateways
from rooms.ground.tables import rooms
from tests.browser.conftest import StartSite
from tests.browser.site import BY_TRUNK
from tests.browser.test_accessibility import Inspector
from tests.web.scene import give, make_room, make_user

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.mark.parametrize("locale", ["ja", "en"])
async def test_the_number_is_asked_for_in_the_flow(
    browser: Browser,
    start_site: StartSite,
    database: Database,
    settings: Settings,
    tmp_path: Path,
    locale: str,
) -> None:
    site = await start_site(HITOTOKI_TELEPHONE="true", **BY_TRUNK)
    caller = await make_user(database, nickname="Kenji", is_cast=True)
    cast = await make_user(database, nickname="Sakura", is_cast=True)
    await give(database, caller, 3000)
    room = await make_room(database, cast, waiting=False)
    async with database.transaction() as tx:
        await tx.execute(sa.update(rooms).values(by_telephone=True))
        await tx.execute(sa.update(users).values(locale=locale))
        await gateways.beat(tx, await gateways.appear(tx), None, 0)
        await tx.execute(sa.text("UPDATE telephone_gateways SET seen_at = now() + interval '1 h'"))
        token = await sessions.open_for(tx, caller.id, days=1)
    context = await browser.new_context(locale=locale)
    await context.add_cookies([{"name": "session", "value": token, "url": site.url}])
    page, inspector = await context.new_page(), Inspector(site.url)
    ask = f"/rooms/{room}/call"
    await inspector.visit(page, PAGE, ask)
    # The button beside the number, within the form of the call.
    await page.fill("#number", "090-1234")
    await page.click("button[formaction='/settings/telephone']")
    await page.wait_for_selector("#number-error")
    await inspector.look(page, "a number that was refused")
    await page.fill("#number", "０９０−１２３４−５６７８")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**{PAGE}/code**")
    await inspector.look(page, "the code")
    # The key is the test's own site's.
    own = settings.model_copy(update={"data": tmp_path / "data"})
    async with database.transaction() as tx:
        proof = await tx.scalar(sa.text("SELECT max(id) FROM telephone_proofs"))
        told = await proof_calls.to_speak(tx, own, int(proof or 0))
    assert told is not None
    await page.fill("#code", told.code)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**{ask}")
    assert await page.locator(".telephone-own .number").inner_text() == "•••-••••-5678"
    async with database.transaction() as tx:
        await digits.give(tx, caller.id)
        await spoken_names.change(tx, caller.id, "はるか")
        await spoken_names.keep(tx, caller.id, "ハルカ", kana.spelled("ハルカ"))
    await inspector.visit(page, ask)
    await page.goto(site.url + PAGE)
    await page.click("#pin summary")
    await inspector.look(page, PAGE)
    # What was made is really heard.
    lasts = "async (audio) => { audio.load(); audio.preload = 'auto'; await audio.play(); return"
    seconds = await page.locator("audio").evaluate(f"{lasts} audio.duration }}")
    assert 0.2 < seconds < 3
    assert not inspector.found, "\n\n".join(inspector.found)
    await context.close()
