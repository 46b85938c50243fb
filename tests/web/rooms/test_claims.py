"""A caller files a claim from a talk in the history, and reads what became of it."""

from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from notify import inbox
from people.accounts import accounts
from people.accounts.accounts import User
from rooms.care import decisions
from rooms.talk.past import history
from tests.web.conftest import Open
from tests.web.scene import Browser, make_user
from tests.world import World


async def talked(database: Database, settings: Settings) -> tuple[World, User, User]:
    """A talk of one charged minute that has ended, with its caller and cast."""
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(65, step=14)
    async with database.transaction() as tx:
        await history.leave(tx, settings, world.talk, world.caller)
        caller = await accounts.find_user(tx, world.caller)
        cast = await accounts.find_user(tx, world.cast)
    assert caller
    assert cast
    return world, caller, cast


async def test_a_claim_goes_from_the_talk_to_its_answer(
    browser: Browser, database: Database, settings: Settings
) -> None:
    world, caller, _ = await talked(database, settings)
    await browser.sign_in(caller, database)
    way = f"/talks/{world.talk}/claim"
    assert way in await (await browser.get(f"/talks/{world.talk}")).text()
    assert "100ポイントまで" in await (await browser.get(way)).text()
    answer = await browser.post(way, {"kind": "other", "text": "<script>声が\r\n聞こえません"})
    assert answer.headers["Location"] == f"/talks/{world.talk}"
    page = await (await browser.get(f"/talks/{world.talk}")).text()
    assert way not in page
    assert 'data-claim="open"' in page
    assert "&lt;script&gt;声が" in page
    assert (await browser.get(way)).status == 303
    again = await browser.post(way, {"kind": "other", "text": "もう一度"})
    assert again.status == 409

    actor = await make_user(database)
    async with database.transaction() as tx:
        claim = await tx.scalar(sa.text("SELECT id FROM claims"))
        await decisions.return_points(tx, settings, claim, actor.id, 30, "お詫びします", "急ぎ")
    page = await (await browser.get(f"/talks/{world.talk}")).text()
    assert 'data-claim="returned"' in page
    assert "お詫びします" in page
    assert "30ポイントをお返ししました" in page
    inbox = await (await browser.get("/inbox")).text()
    assert "30ポイントをお返ししました" in inbox
    assert "data-unread" in inbox


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"text": "x"}, "kind"),
        ({"kind": "prize", "text": "x"}, "kind"),
        ({"kind": "other", "text": ""}, "text"),
        ({"kind": "no_media", "text": "あ" * 501}, "text"),
    ],
)
async def test_a_form_that_is_not_complete_comes_back_with_what_was_typed(
    browser: Browser, database: Database, settings: Settings, form: dict[str, str], field: str
) -> None:
    world, caller, _ = await talked(database, settings)
    await browser.sign_in(caller, database)
    answer = await browser.post(f"/talks/{world.talk}/claim", form)
    page = await answer.text()
    assert answer.status == 422
    assert f'id="{field}-error"' in page
    assert form["text"][:50] in page


async def test_nobody_else_sees_or_files_a_claim(
    browser: Browser, database: Database, settings: Settings
) -> None:
    world, _, cast = await talked(database, settings)
    way = f"/talks/{world.talk}/claim"
    assert (await browser.get(way)).headers["Location"].startswith("/sign-in")
    await browser.sign_in(await make_user(database), database)
    assert (await browser.get(way)).status == 404
    assert (await browser.post(way, {"kind": "no_media", "text": ""})).status == 404
    await browser.sign_in(cast, database)
    assert way not in await (await browser.get(f"/talks/{world.talk}")).text()
    assert (await browser.post(way, {"kind": "no_media", "text": ""})).status == 404


async def test_a_notice_is_read_by_its_button_and_leads_on(
    browser: Browser, database: Database, settings: Settings
) -> None:
    user, other = await make_user(database), await make_user(database)
    async with database.transaction() as tx:
        for whose in (user, other):
            await inbox.tell(tx, whose.id, kind="x", title="A", text="B", link="/points")
        ids = list((await tx.execute(sa.text("SELECT id FROM notices ORDER BY id"))).scalars())
    await browser.sign_in(user, database)
    assert 'data-part="notices-count">1<' in await (await browser.get("/")).text()
    assert (await browser.post(f"/inbox/{ids[1]}", {})).headers["Location"] == "/inbox"
    assert (await browser.post(f"/inbox/{ids[0]}", {})).headers["Location"] == "/points"
    assert "data-unread" not in await (await browser.get("/inbox")).text()
    await browser.post("/inbox/read", {})
    async with database.transaction() as tx:
        assert await inbox.unread(tx, other.id) == 1


async def test_the_term_of_a_claim_is_told_and_then_over(
    browser: Browser, database: Database, settings: Settings
) -> None:
    world, caller, _ = await talked(database, settings)
    await browser.sign_in(caller, database)
    way = f"/talks/{world.talk}/claim"
    async with database.transaction() as tx:
        until = await tx.scalar(
            sa.text("SELECT ended_at + interval '14 days' FROM talks WHERE id = :talk"),
            {"talk": world.talk},
        )
    there = until.astimezone(ZoneInfo(settings.site_zone))
    said = f"{there.hour}:{there:%M} JST まで"
    for page in (f"/talks/{world.talk}", way):
        assert said in await (await browser.get(page)).text()
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE talks SET ended_at = ended_at - interval '14 days'"))
    page = await (await browser.get(f"/talks/{world.talk}")).text()
    assert way not in page
    assert "は過ぎました" in page
    assert (await browser.get(way)).status == 303
    answer = await browser.post(way, {"kind": "other", "text": "遅くなりました"})
    assert answer.status == 409
    refusal = await answer.text()
    assert "14日以内" in refusal
    assert 'href="/contact"' in refusal


@pytest.mark.parametrize("page", ["/faq", "/terms", "/guide"])
@pytest.mark.parametrize("days", [14, 21])
async def test_the_term_is_told_where_people_read_of_claims(
    open_browser: Open, page: str, days: int
) -> None:
    browser = await open_browser(claim_days=days)
    assert f"{days}日以内" in await (await browser.get(page)).text()
