"""Paying in Stripe's own form: the site's keys are Stripe's, the money is the tests' fake's."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, FrameLocator, Locator, Page, expect

from foundation.database import Database
from tests.browser.conftest import StartSite, in_one_loop, other_talk
from tests.browser.person import PHONE, Person
from tests.browser.stripe_js import ASKS, DECLINED, GOOD, REDIRECTS, VOUCHER, StripeJs
from tests.browser.test_accessibility import Inspector
from tests.browser.test_talk import CAST, ROOM, books_hold, room_title
from tests.points.payments.fake_stripe import KEY, SECRET, running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

BUYER = "健太"
ADDED = "1,000ポイントを追加しました"


@dataclass
class Till:
    """Somebody who buys on a site with Stripe's keys."""

    buyer: Person
    stripe: StripeJs
    database: Database

    @property
    def page(self) -> Page:
        return self.buyer.page

    @property
    def form(self) -> FrameLocator:
        """Stripe's form, in its frame."""
        return self.page.frame_locator("[data-part=element] iframe")

    async def order(self, *, keep_card: bool = False) -> None:
        """Press the button of the last page."""
        await self.page.goto(f"{self.buyer.base}/points/buy/1")
        if keep_card:
            await self.page.get_by_label("カードを保存する").check()
        await self.page.locator("button[value=new]").click()

    async def pay_by_card(self, number: str) -> None:
        """Type a card into Stripe's form, and press the button beneath it."""
        await self.form.get_by_label("カード番号").fill(number)
        await self.button.click()

    @property
    def button(self) -> Locator:
        """The button beneath Stripe's form."""
        return self.page.locator("[data-part=pay]")

    async def ways(self) -> set[str]:
        """What Stripe's form offers."""
        options = self.form.get_by_label("支払い方法").locator("option")
        await expect(options).not_to_have_count(0)
        return set(await options.all_text_contents())

    async def choose(self, way: str) -> None:
        """Choose a way to pay in Stripe's form, and press the button beneath it."""
        await self.form.get_by_label("支払い方法").select_option(way)
        await self.button.click()

    async def sees(self, text: str) -> None:
        """Wait for words on the page."""
        await expect(self.page.locator("main")).to_contain_text(text)

    async def bought(self) -> int:
        """How many points have been made for payments."""
        async with self.database.transaction() as tx:
            paid = sa.text(
                "SELECT coalesce(sum(points), 0) FROM purchases"
                " WHERE state = 'paid' AND provider = 'stripe'"
            )
            return int(await tx.scalar(paid) or 0)

    async def must_be_clean(self) -> None:
        """Nothing broke, nothing was asked of strangers, the headers refused nothing."""
        assert self.buyer.problems == self.stripe.strangers == []
        assert [text for text in self.buyer.complaints if "Content Security" in text] == []
        await books_hold(self.database)


@in_one_loop()
async def till(browser: Browser, start_site: StartSite, database: Database) -> AsyncIterator[Till]:
    async with running() as fake:
        fake.on |= {"paypay", "link", "apple_pay", "google_pay"}
        site = await start_site(
            HITOTOKI_STRIPE_SECRET_KEY=KEY,
            HITOTOKI_STRIPE_PUBLISHABLE_KEY="pk_test_fake",
            HITOTOKI_STRIPE_WEBHOOK_SECRET=SECRET,
            HITOTOKI_STRIPE_API_BASE=fake.base,
            HITOTOKI_MINUTE_SECONDS="10",
        )
        stripe = StripeJs(fake, site.url)
        buyer = await Person.arrive(browser, site.url, BUYER, PHONE)
        await stripe.attach(buyer.page.context)
        yield Till(buyer, stripe, database)


async def test_a_card_pays_only_when_the_webhook_says_so_and_is_kept_for_one_tap(
    till: Till,
) -> None:
    await till.order(keep_card=True)
    await till.pay_by_card(GOOD)
    await till.sees("お支払いを確認しています")
    assert await till.bought() == 0
    await till.stripe.tell()
    await till.sees(ADDED)
    assert await till.bought() == 1000

    # One tap; its bank asks, is refused, and another card is offered at once.
    await till.page.goto(f"{till.buyer.base}/points/buy/1")
    await till.page.get_by_role("button", name="4242").click()
    await bank(till.page).get_by_role("button", name="認証しない").click()
    await till.sees("お客様の認証ができませんでした。")
    await till.pay_by_card(GOOD)
    await till.sees("お支払いを確認しています")
    await till.stripe.tell()
    await till.sees(ADDED)
    assert await till.bought() == 2000
    await till.must_be_clean()


def bank(page: Page) -> FrameLocator:
    """The box in which a bank asks."""
    return page.frame_locator("iframe[src*=hooks]")


async def test_what_is_refused_credits_nothing_and_another_way_may_be_tried(till: Till) -> None:
    inspector = Inspector(till.buyer.base)
    await till.order()
    # By the keyboard: a pointer pressed while Stripe's frame takes its place may reach the frame.
    await expect(till.button).to_be_enabled()
    await till.button.press("Enter")
    await till.sees("カード番号に不備があります。")
    await till.pay_by_card(DECLINED)
    await till.sees("カードが拒否されました。")
    await inspector.look(till.page, "a declined card")
    # This bank asks on a page of its own, and leads back to ours.
    await till.pay_by_card(REDIRECTS)
    await till.page.get_by_role("link", name="認証しない").click()
    await till.stripe.tell()
    await till.sees("お支払いできませんでした")
    assert await till.bought() == 0
    await till.page.get_by_role("link", name="もう一度支払う").click()
    await till.pay_by_card(REDIRECTS)
    await till.page.get_by_role("link", name="認証する").click()
    # The webhook has told of failures only: they are not the last word.
    await till.sees("お支払いを確認しています")
    assert "secret" not in till.page.url
    # Nothing can be paid a second time meanwhile.
    await till.page.get_by_role("link", name="支払いの画面に戻る").click()
    await till.sees("お支払いを確認しています")
    assert await till.bought() == 0
    await till.stripe.tell()
    await till.sees(ADDED)
    assert await till.bought() == 1000
    await till.must_be_clean()
    assert inspector.found == []


async def test_a_form_that_could_not_open_opens_later_and_a_convenience_store_is_awaited(
    till: Till,
) -> None:
    inspector = Inspector(till.buyer.base)
    till.stripe.reachable = False
    await till.order()
    await till.sees("お支払いの欄を開けませんでした。")
    await expect(till.button).to_be_hidden()
    await expect(till.page.get_by_text("開いています")).to_be_hidden()
    await inspector.look(till.page, "a form that does not open")
    till.stripe.reachable = True
    await till.page.get_by_role("button", name="もう一度開く").click()
    await till.form.get_by_label("支払い方法").select_option("konbini")
    await till.button.click()
    voucher = till.page.frame_locator("iframe[src*=voucher]")
    await voucher.get_by_role("button", name="閉じる").click()
    await till.stripe.tell()
    await till.sees("コンビニでのお支払いを待っています")
    await till.page.get_by_role("link", name="お支払いの番号を見る").click()
    number = till.page.get_by_role("link", name="お支払い番号を開く")
    await expect(number).to_have_attribute("href", VOUCHER)
    await inspector.look(till.page, "a number for the store")
    await till.page.get_by_role("link", name="お支払いの状況に戻る").click()
    await till.sees("コンビニでのお支払いを待っています")
    assert await till.bought() == 0
    till.stripe.pay_at_the_store()
    await till.stripe.tell()
    await till.sees(ADDED)
    assert await till.bought() == 1000
    await till.must_be_clean()
    assert inspector.found == []


async def test_from_a_room_one_pays_at_paypay_and_comes_back_to_it(
    till: Till, database: Database
) -> None:
    async with database.transaction() as tx:
        room = await tx.scalar(sa.text("SELECT min(id) FROM rooms WHERE published"))
    path = f"/rooms/{room}/enter"
    await till.page.goto(f"{till.buyer.base}/points/buy?next={path}&need=999999")
    await till.sees("pt必要です")
    await till.page.locator("a.pack").first.click()
    await till.page.locator("button[value=new]").click()
    assert await till.ways() == {"card", "konbini", "paypay", "link", "applePay", "googlePay"}
    await till.choose("paypay")
    await till.page.get_by_role("link", name="認証しない").click()
    # Nothing is awaited that will not come, and no event was needed to know it.
    await till.sees("お支払いできませんでした")
    await till.page.get_by_role("link", name="もう一度支払う").click()
    await till.choose("paypay")
    await till.page.get_by_role("link", name="認証する").click()
    await till.sees("お支払いを確認しています")
    await till.stripe.tell()
    await till.sees(ADDED)
    await till.sees("pt必要です")
    await till.page.get_by_role("link", name="ルームに戻る").click()
    await till.page.wait_for_url(f"**{path}")
    async with database.transaction() as tx:
        paid = sa.text("SELECT method FROM purchases WHERE provider = 'stripe'")
        assert await tx.scalar(paid) == "paypay"
    await till.must_be_clean()


async def test_a_phones_wallet_pays_and_the_headers_let_it(till: Till) -> None:
    refused = []
    till.page.on("console", lambda said: refused.append(said.text))
    await till.order()
    may = "document.featurePolicy.allowedFeatures().includes('payment')"
    assert await till.page.evaluate(may)
    await till.choose("applePay")
    await till.sees("お支払いを確認しています")
    await till.stripe.tell()
    await till.sees(ADDED)
    assert not await till.page.evaluate(may)
    assert [text for text in refused if "ermissions" in text] == []
    await till.must_be_clean()


@other_talk
async def test_over_a_talk_a_bank_can_ask_and_the_talk_is_not_left(
    till: Till, browser: Browser, database: Database
) -> None:
    cast = await Person.arrive(browser, till.buyer.base, CAST)
    await cast.stand_by(await room_title(database))
    await till.buyer.enter(ROOM)
    await till.buyer.see("talking", 60)
    sheet = till.page.locator("[data-part=top-up-sheet]")
    await till.page.locator("[data-top-up]:visible").first.click()
    await sheet.get_by_role("link", name="1,000", exact=False).first.click()
    await sheet.locator("button[value=new]").click()
    await till.form.get_by_label("カード番号").wait_for()
    # What leads to a page of its own would lead away from the talk.
    assert await till.ways() == {"card", "konbini", "link", "applePay", "googlePay"}
    place = await sheet.bounding_box()
    await till.pay_by_card(ASKS)
    await bank(till.page).get_by_role("button", name="認証する").wait_for()
    assert await sheet.bounding_box() == place
    await bank(till.page).get_by_role("button", name="認証する").click()
    await sheet.get_by_text("お支払いを確認しています").wait_for()
    await till.stripe.tell()
    await sheet.get_by_text(ADDED).wait_for()
    assert await till.bought() == 1000
    await sheet.get_by_role("link", name="通話に戻る").click()
    await expect(sheet).to_be_hidden()
    assert await till.buyer.sees_the_other_move()
    await till.must_be_clean()
