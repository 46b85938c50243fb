"""The way to a first limit: a card is saved without a payment, or a number is proved."""

import re
from html import unescape

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.accounts import User
from points.payments import events
from points.payments.opening import house_of
from points.payments.settling import settle
from points.payments.tables import payers
from points.tab import limits
from tests.points.payments.fake_stripe import FakeStripe, running
from tests.web.conftest import Open
from tests.web.points.test_paying import TAB, before_a_room
from tests.web.points.test_purchases import with_stripe
from tests.web.scene import Browser, make_user
from tests.web.staff.scene import make_staff

STRIPES_PAGES = "form-action 'self' https://checkout.stripe.com"


async def text(site: Browser, path: str) -> str:
    answer = await site.get(path)
    assert answer.status == 200, answer.headers.get("Location")
    return unescape(await answer.text())


def press_of(page: str) -> str:
    form = page.partition('action="/tab/card"')[2].partition("</form>")[0]
    (press,) = re.findall(r'name="press" value="([^"]+)"', form)
    return str(press)


async def test_who_has_neither_is_told_in_words_with_the_way_there(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    site = await open_browser(tab=True, telephone=True)
    world = await before_a_room(site, database, settings)
    page = await text(site, f"/rooms/{world.room}/enter")
    (by_tab,) = TAB.findall(page)
    assert "disabled" in by_tab
    assert "後払いをはじめるには、カードの保存か電話番号の確認が必要です。" in page
    assert 'href="/tab/limit"' in page
    entry = {"video": "1", "rate": "100", "spend_cap": "", "pays": "tab"}
    answer = await site.post(f"/rooms/{world.room}/entry", entry)
    assert answer.status == 409
    refused = await answer.text()
    assert "カードの保存か電話番号の確認が必要です" in refused
    assert 'href="/tab/limit"' in refused
    page = await text(site, "/tab")
    assert "後払いをはじめる" in page
    page = await text(site, "/tab/limit")
    assert 'action="/tab/card"' in page
    assert 'action="/settings/telephone"' in page
    assert 'name="next" value="/tab/limit"' in page


@pytest.mark.parametrize(
    ("asks", "telephone", "card", "number"),
    [
        ("card", True, True, False),
        ("number", True, False, True),
        ("either", False, True, False),
        ("nothing", True, False, False),
    ],
)
async def test_only_what_the_site_asks_for_is_offered(
    open_browser: Open, database: Database, asks: str, telephone: bool, card: bool, number: bool
) -> None:
    site = await open_browser(tab=True, tab_asks=asks, telephone=telephone)
    await site.sign_in(await make_user(database), database)
    page = await text(site, "/tab/limit")
    assert ('action="/tab/card"' in page) is card
    assert ('action="/settings/telephone"' in page) is number
    assert ("同じカードや番号でご利用いただけるのは、おひとりだけです。" in page) is (
        asks != "nothing"
    )


async def test_on_the_demo_site_a_press_saves_a_card_and_opens_the_tab(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    site = await open_browser(tab=True)
    world = await before_a_room(site, database, settings)
    page = await text(site, "/tab/limit")
    answer = await site.post("/tab/card", {"press": press_of(page)})
    assert answer.headers["Location"] == "/demo/card"
    assert "カードの保存" in await text(site, "/demo/card")
    answer = await site.post("/demo/card", {})
    page = await text(site, answer.headers["Location"])
    assert "カードを保存しました。後払いをご利用いただけます。" in page
    assert "¥8,000" in page
    (by_tab,) = TAB.findall(await text(site, f"/rooms/{world.room}/enter"))
    assert "disabled" not in by_tab
    # Everybody may do so there: the pretended card is another one for each.
    await site.sign_in(await make_user(database, nickname="次の人"), database)
    await site.post("/tab/card", {"press": press_of(await text(site, "/tab/limit"))})
    await site.post("/demo/card", {})
    assert "¥8,000" in await text(site, "/tab/limit")


async def told(database: Database, settings: Settings, event: dict[str, object]) -> None:
    house = house_of(settings)
    assert house
    async with database.transaction() as tx:
        await events.keep(tx, event)
    await settle(database, house, str(event["id"]))


async def stripe_site(
    fake: FakeStripe, open_browser: Open, database: Database
) -> tuple[Browser, User]:
    site = await open_browser(**with_stripe(fake.base), tab=True)
    user = await make_user(database)
    await site.sign_in(user, database)
    return site, user


async def test_through_stripe_a_card_is_saved_at_its_own_page_and_counts_for_one(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    async with running() as fake:
        selling = settings.model_copy(update=with_stripe(fake.base))
        for place, nickname in enumerate(("はじめ", "つぎ")):
            site, user = await stripe_site(fake, open_browser, database)
            answer = await site.get("/tab/limit")
            assert STRIPES_PAGES in answer.headers["Content-Security-Policy"]
            press = press_of(await answer.text())
            pages = [
                (await site.post("/tab/card", {"press": press})).headers["Location"]
                for _ in range(2)
            ]
            assert pages[0] == pages[1]
            name = pages[0].removeprefix("https://checkout.stripe.com/c/pay/")
            asked = fake.sessions[name]
            assert asked["success_url"].endswith("/tab/limit?card=sent"), nickname
            assert "カードの保存を確かめています" in await text(site, "/tab/limit?card=sent")
            event = fake.kept(asked["customer"], "fingerprint", f"pm_{place}")
            await told(database, selling, event)
            page = await text(site, "/tab/limit?card=sent")
            assert ("カードを保存しました" in page) is (place == 0)
            assert ("ほかの会員の後払いに使われています" in page) is (place == 1)
            if place == 0:
                policy = (await site.get("/tab/limit")).headers["Content-Security-Policy"]
                assert "stripe.com" not in policy
                await opened(database, selling, user)
        assert not fake.intents


async def opened(database: Database, settings: Settings, user: User) -> None:
    async with database.transaction() as tx:
        await limits.open_tab(tx, settings.model_copy(update={"tab": True}), user.id)


async def test_a_customer_whom_stripe_no_longer_knows_is_made_anew(
    open_browser: Open, database: Database
) -> None:
    async with running() as fake:
        site, user = await stripe_site(fake, open_browser, database)
        async with database.transaction() as tx:
            gone = {"user_id": user.id, "provider": "stripe", "customer": "cus_gone"}
            await tx.execute(sa.insert(payers).values(**gone))
        fake.gone.add("cus_gone")
        press = press_of(await text(site, "/tab/limit"))
        answer = await site.post("/tab/card", {"press": press})
        assert answer.headers["Location"].startswith("https://checkout.stripe.com/")
        (asked,) = fake.sessions.values()
        assert asked["customer"] in fake.customers


async def test_an_answer_that_leads_elsewhere_is_none(
    open_browser: Open, database: Database
) -> None:
    async with running() as fake:
        site, _ = await stripe_site(fake, open_browser, database)
        press = press_of(await text(site, "/tab/limit"))
        fake.answer = {"id": "cus_x", "url": "https://evil.example/"}
        answer = await site.post("/tab/card", {"press": press})
        assert answer.status == 503
        assert "Location" not in answer.headers


async def test_a_visitor_saves_no_card_and_a_site_with_stripe_has_no_demo_card(
    open_browser: Open, database: Database
) -> None:
    site = await open_browser(tab=True)
    answer = await site.post("/tab/card", {"press": "x"})
    assert answer.headers["Location"].startswith("/sign-in")
    async with running() as fake:
        site, _ = await stripe_site(fake, open_browser, database)
        assert (await site.get("/demo/card")).status == 404


async def test_staff_see_why_somebody_has_no_first_limit(
    open_browser: Open, database: Database
) -> None:
    site = await open_browser(tab=True, tab_asks="card")
    user = await make_user(database)
    await site.sign_in(await make_staff(database), database)
    page = await text(site, f"/staff/tab/people/{user.id}")
    assert "カードの保存か電話番号の確認が済むと、はじめの限度額が付きます。" in page
