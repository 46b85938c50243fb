"""Applying to talk, by two people at their browsers: rung wherever one looks, and once more."""

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, Locator, ViewportSize, expect

from foundation.database import Database
from tests.browser.conftest import one_talk
from tests.browser.person import PHONE, SECONDS, Person
from tests.browser.site import Site
from tests.browser.test_accessibility import Inspector

pytestmark = [pytest.mark.browser, one_talk, pytest.mark.timeout(300)]

CALLER, CAST, ROOM = "健太", "はるか", 1
WORDS = "京都の旅の話を聞きたいです"
PATIENT = 60 * SECONDS


async def offline(database: Database) -> None:
    """Nobody stands by, and nobody's reservation is near."""
    async with database.transaction() as tx:
        await tx.execute(sa.text("DELETE FROM standbys"))


async def apply(caller: Person) -> None:
    """From the room's page, by the bar at the thumb."""
    await caller.page.goto(f"{caller.base}/rooms/{ROOM}")
    await caller.page.locator(".room-act").get_by_role("link", name="トークを申し込む").click()
    await caller.page.get_by_label("ひとこと").fill(WORDS)
    await caller.page.get_by_role("button", name="申し込む").click()
    await caller.page.wait_for_url("**/applications/*")
    await expect(caller.page.get_by_text("お返事を待っています")).to_be_visible()


def bar(person: Person, kind: str) -> Locator:
    """One of the bars above whatever page somebody looks at."""
    return person.page.locator(f".ring-bar[data-ring={kind}]")


async def test_applied_taken_rung_on_another_page_and_in_the_talk(
    browser: Browser, site: Site, database: Database
) -> None:
    caller = await Person.arrive(browser, site.url, CALLER, PHONE)
    cast = await Person.arrive(browser, site.url, CAST)
    await offline(database)
    await cast.page.goto(f"{cast.base}/guide")
    await apply(caller)

    await expect(bar(cast, "applied")).to_contain_text(f"{CALLER}さんから", timeout=PATIENT)
    await bar(cast, "applied").get_by_role("link", name="申し込みを見る").click()
    await expect(cast.page.locator(".application")).to_contain_text(WORDS)
    await caller.page.goto(f"{caller.base}/points")
    await expect(bar(caller, "applying")).to_contain_text(CAST)
    await cast.page.get_by_role("button", name="トークする").click()
    await cast.page.wait_for_url("**/console?*")

    # The check of the devices is all that the cast does: then it rings wherever the caller looks.
    await expect(bar(caller, "rung")).to_contain_text("いま入室できます", timeout=PATIENT)
    await expect(bar(caller, "rung")).to_be_in_viewport()
    await expect(cast.page.locator("[data-part=taken]")).to_contain_text("お呼びしています")
    await expect(cast.page.locator("[data-part=console]")).to_have_attribute("data-view", "on")
    stranger = await Person.visit(browser, site.url, PHONE)
    await stranger.page.goto(f"{stranger.base}/rooms/{ROOM}")
    await expect(stranger.page.locator("article.room")).to_have_attribute("data-state", "busy")

    await bar(caller, "rung").get_by_role("link", name="入室へ進む").click()
    await caller.page.wait_for_url(f"**/rooms/{ROOM}/enter")
    await caller.page.get_by_role("button", name="入室する").click()
    await caller.see("talking", PATIENT / SECONDS)
    await cast.see("talking", PATIENT / SECONDS)
    assert await caller.sees_the_other_move()
    await caller.hang_up()
    await caller.see_account()
    assert caller.problems == cast.problems == stranger.problems == []


async def test_declined_asked_once_more_and_applied_again_with_one_press(
    browser: Browser, site: Site, database: Database
) -> None:
    caller = await Person.arrive(browser, site.url, CALLER, PHONE)
    cast = await Person.arrive(browser, site.url, CAST)
    await offline(database)
    await apply(caller)
    await cast.page.goto(f"{cast.base}/console/applications")
    card = cast.page.locator(".application")
    await card.get_by_text("お断りする", exact=True).click()
    await card.get_by_label("お客様へのひとこと").fill("夜ならだいじょうぶです")
    await card.get_by_role("button", name="この内容でお断りする").click()
    # The caller's page follows by itself.
    state = caller.page.locator(".application-state")
    await expect(state).to_contain_text("夜ならだいじょうぶです", timeout=PATIENT)

    await cast.page.get_by_role("button", name="再依頼する").first.click()
    await expect(cast.page.get_by_text("再依頼しました").first).to_be_visible()
    await caller.page.goto(f"{caller.base}/points")
    await bar(caller, "invited").get_by_role("link", name="もう一度申し込む").click()
    await expect(state).to_contain_text("いまなら話せるそうです")
    await caller.page.get_by_role("button", name="もう一度申し込む").click()
    await expect(caller.page.get_by_text("お返事を待っています")).to_be_visible()
    # The cast's page, too.
    await expect(card).to_contain_text(WORDS, timeout=PATIENT)
    await caller.page.get_by_role("button", name="申し込みを取り消す").click()
    await expect(card).to_have_count(0, timeout=PATIENT)
    assert caller.problems == cast.problems == []


TABLET: ViewportSize = {"width": 768, "height": 1024}
# Of a link: how much of it another element lies upon, once one has scrolled to it.
COVERED = """
(link) => {
  link.scrollIntoView({ block: "end" });
  const { x, y, width, height } = link.getBoundingClientRect();
  const top = document.elementFromPoint(x + width / 2, y + height / 2);
  return top !== null && !link.contains(top) && top.closest(".room-act, .ways") !== null;
}
"""


@pytest.mark.parametrize("who", [None, CALLER])
async def test_a_room_on_a_phone_has_all_that_matters_in_the_first_screen(
    browser: Browser, site: Site, database: Database, who: str | None
) -> None:
    await offline(database)
    person = await Person.visit(browser, site.url, PHONE)
    if who:
        await person.sign_in(who)
    await person.page.goto(f"{person.base}/rooms/{ROOM}")
    act = person.page.locator(".room-act")
    for what in (
        person.page.locator("h1"),
        person.page.locator("[data-badge]"),
        person.page.locator(".room-name"),
        act.get_by_text("¥80"),
        act.get_by_role("link", name="トークを申し込む"),
    ):
        await expect(what.first).to_be_in_viewport(ratio=1)
    # Live: the cast comes, and the one act is another.
    async with database.transaction() as tx:
        await tx.execute(
            sa.text(
                "INSERT INTO standbys (cast_id, room_id) SELECT cast_id, id FROM rooms"
                " WHERE id = :room ON CONFLICT DO NOTHING"
            ),
            {"room": ROOM},
        )
    await person.page.reload()
    enters = "入室する" if who else "入室へ進む"
    await expect(act.get_by_role("link", name=enters)).to_be_in_viewport(ratio=1)
    await expect(act.get_by_role("link")).to_have_count(1)

    # The bar has a place of its own at the end of the page, and hides nothing there.
    await person.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    last = person.page.locator(".site-foot a").last
    assert not await last.evaluate(COVERED)
    await person.page.set_viewport_size(TABLET)
    await expect(act).to_be_hidden()
    await expect(person.page.locator(".act-here").get_by_role("link")).to_be_visible()
    assert not person.problems
    await offline(database)


async def test_no_state_of_an_application_breaks_a_rule(
    browser: Browser, site: Site, database: Database
) -> None:
    caller = await Person.arrive(browser, site.url, CALLER)
    cast = await Person.arrive(browser, site.url, CAST)
    inspector = Inspector(site.url)
    await offline(database)
    await inspector.visit(caller.page, f"/rooms/{ROOM}", f"/rooms/{ROOM}/apply")
    await caller.page.set_viewport_size(PHONE)
    await apply(caller)
    await inspector.look(caller.page, "an application that waits")
    await inspector.visit(caller.page, f"/rooms/{ROOM}", "/rooms/2/apply")
    await inspector.visit(cast.page, "/console/applications")
    # A console without devices: the one that was taken waits there.
    async with database.transaction() as tx:
        await tx.execute(
            sa.text(
                "UPDATE talk_applications SET state = 'accepted', accepted_at = clock_timestamp(),"
                " due_at = clock_timestamp() + interval '10 min' WHERE cast_id = (SELECT cast_id"
                " FROM rooms WHERE id = :room) AND state = 'open'"
            ),
            {"room": ROOM},
        )
    await caller.page.goto(f"{caller.base}/points")
    await inspector.visit(cast.page, f"/console?room={ROOM}")
    await expect(bar(caller, "rung")).to_be_visible(timeout=PATIENT)
    await inspector.look(caller.page, "a page on which it rings")
    await inspector.visit(caller.page, f"/rooms/{ROOM}")
    async with database.transaction() as tx:
        found = await tx.scalar(sa.text("SELECT max(id) FROM talk_applications"))
    await inspector.visit(caller.page, f"/applications/{found}")
    await caller.page.get_by_role("button", name="申し込みを取り消す").click()
    await expect(caller.page.get_by_text("申し込みを取り消しました")).to_be_visible()
    await inspector.look(caller.page, "one that is over")
    await inspector.visit(cast.page, "/console/applications")
    assert not inspector.found, "\n\n".join(inspector.found)
