"""A Stripe that refuses: every page that asks it answers in words, and staff are told."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
import stripe

from foundation.database import Database
from people.accounts.accounts import User
from points.payments import payers
from points.payments.payers import Card
from points.tables import packs, payment_events
from record.tables import alarms
from tests.points.payments.fake_stripe import FakeStripe, running, signed
from tests.points.payments.test_refusals import REFUSALS
from tests.web.conftest import Open
from tests.web.points.test_purchases import ORDER, with_stripe
from tests.web.scene import SCRIPT, Browser, make_user


@dataclass
class Till:
    """Somebody who buys through a Stripe that refuses on demand."""

    browser: Browser
    database: Database
    fake: FakeStripe
    buyer: User

    async def order(self, press: str, **more: str) -> Any:
        """Press the button of the last page."""
        return await self.browser.post("/points/purchases", ORDER | {"press": press} | more)

    async def keep_card(self, card: str = "pm_kept") -> None:
        """Let the buyer have saved a card."""
        async with self.database.transaction() as tx:
            await payers.note_customer(tx, self.buyer.id, "stripe", "cus_kept")
            await payers.note_card(tx, "cus_kept", Card(card, "visa", "4242"))

    async def card(self) -> Card | None:
        """The card that the buyer has saved."""
        async with self.database.transaction() as tx:
            return await payers.card_of(tx, self.buyer.id, "stripe")

    async def alarms(self) -> list[str]:
        """What staff were told."""
        async with self.database.transaction() as tx:
            return sorted((await tx.execute(sa.select(alarms.c.kind))).scalars())


@pytest.fixture
async def till(
    open_browser: Open, database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Till]:
    """A site with Stripe."""
    for name in ("INITIAL_DELAY", "MAX_DELAY"):
        monkeypatch.setattr(stripe.HTTPClient, name, 0.0)
    async with running() as fake:
        browser = await open_browser(**with_stripe(fake.base), purchase_tries=1000)
        buyer = await make_user(database)
        await browser.sign_in(buyer, database)
        yield Till(browser, database, fake, buyer)


async def _new(till: Till, press: str) -> Any:
    return await till.order(press)


async def _keeping_the_card(till: Till, press: str) -> Any:
    return await till.order(press, save_card="1")


async def _by_saved_card(till: Till, press: str) -> Any:
    await till.keep_card()
    return await till.order(press, pay_with="saved")


async def _pay(till: Till, press: str) -> Any:
    refusal, till.fake.refusal = till.fake.refusal, None
    way = (await till.order(press)).headers["Location"]
    till.fake.refusal = refusal
    return await till.browser.get(way)


async def _pay_unbegun(till: Till, press: str) -> Any:
    refusal, till.fake.refusal = till.fake.refusal, None
    till.fake.faults = ["drop"] * 3
    assert (await till.order(press)).status == 503
    till.fake.refusal = refusal
    async with till.database.transaction() as tx:
        number = await tx.scalar(sa.text("SELECT max(id) FROM purchases"))
    return await till.browser.get(f"/points/purchases/{number}/pay")


async def _forget(till: Till, press: str) -> Any:
    await till.keep_card()
    return await till.browser.post("/points/card/forget", {})


ROUTES: dict[str, Callable[[Till, str], Awaitable[Any]]] = {
    "order": _new,
    "order and keep the card": _keeping_the_card,
    "order by the saved card": _by_saved_card,
    "pay": _pay,
    "pay what was not begun": _pay_unbegun,
    "forget the card": _forget,
}


@pytest.mark.parametrize("route", ROUTES)
async def test_whatever_stripe_answers_the_page_has_words_and_staff_are_told_once(
    till: Till, route: str
) -> None:
    for name, (refusal, problem, code) in REFUSALS.items():
        for again in range(2):
            till.fake.refusal = refusal
            answer = await ROUTES[route](till, f"{name} {again}")
            page = await answer.text()
            if route == "forget the card" and problem == "request":
                assert answer.status == 303, name  # it is no longer kept there
                continue
            assert answer.status in (409, 503), (name, page[:300])
            assert code in page, name
            assert ("Retry-After" in answer.headers) == (answer.status == 503)
    told = await till.alarms()
    assert len(told) == len(set(told))
    wanted = {f"payments_{problem}" for _, problem, _ in REFUSALS.values()}
    assert set(told) | {"payments_request"} == wanted


@pytest.mark.parametrize("name", REFUSALS)
async def test_pages_that_only_name_the_ways_to_pay_show_themselves_all_the_same(
    open_browser: Open, database: Database, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for delay in ("INITIAL_DELAY", "MAX_DELAY"):
        monkeypatch.setattr(stripe.HTTPClient, delay, 0.0)
    async with running() as fake:
        fake.refusal = REFUSALS[name][0]
        browser = await open_browser(**with_stripe(fake.base))
        await browser.sign_in(await make_user(database), database)
        for path in ("/points/buy", "/points/buy/1", "/legal", "/faq"):
            answer = await browser.get(path)
            assert answer.status == 200
        # What nearly every account has.
        page = await (await browser.get("/points/buy/1")).text()
        assert "クレジットカード：" in page
        assert "コンビニ：" not in page
        async with database.transaction() as tx:
            told = list((await tx.execute(sa.select(alarms.c.kind))).scalars())
        assert told == [f"payments_{REFUSALS[name][1]}"]


async def test_a_card_refused_without_a_payment_is_said_and_no_matter_for_staff(
    till: Till,
) -> None:
    till.fake.refusal = (402, {"type": "card_error", "code": "card_declined", "message": "x"})
    await till.keep_card()
    answer = await till.order("p", pay_with="saved")
    assert (answer.status, "card_refused" in await answer.text()) == (409, True)
    assert await till.alarms() == []


async def test_a_script_is_told_the_code_the_words_and_what_helps(till: Till) -> None:
    till.fake.refusal = REFUSALS["key"][0]
    told = await (await till.browser.post("/points/purchases", ORDER, SCRIPT)).json()
    assert (told["code"], told["help"]["url"]) == ("provider_refused", "/contact")
    assert "運営に知らせました" in told["message"]


async def test_a_card_is_kept_until_stripe_has_let_go_of_it(till: Till) -> None:
    await till.keep_card()
    till.fake.refusal = REFUSALS["down"][0]
    assert (await till.browser.post("/points/card/forget", {})).status == 503
    assert await till.card() is not None
    till.fake.refusal = None
    assert (await till.browser.post("/points/card/forget", {})).status == 303
    assert await till.card() is None


@pytest.mark.parametrize("gone", ["cus_kept", "pm_kept"])
async def test_a_saved_card_that_is_gone_leads_to_the_form_and_says_why(
    till: Till, gone: str
) -> None:
    await till.keep_card()
    till.fake.gone = {gone}
    answer = await till.order("p", pay_with="saved")
    way = answer.headers["Location"]
    assert way.endswith("/pay?gone=card")
    page = await (await till.browser.get(way)).text()
    assert "保存したカードは使えなくなっていた" in page
    assert "<card-payment" in page
    assert await till.card() is None


async def test_a_payment_of_another_account_leads_to_a_new_order(till: Till) -> None:
    way = (await till.order("p")).headers["Location"]
    till.fake.intents.clear()
    answer = await till.browser.get(way)
    assert (answer.status, "/points/buy" in await answer.text()) == (410, True)


async def test_a_price_beyond_a_method_hides_it_and_beyond_all_is_said(till: Till) -> None:
    async with till.database.transaction() as tx:
        await tx.execute(sa.update(packs).where(packs.c.id == 1).values(price_yen=300_001))
    page = await (await till.browser.get("/points/buy/1")).text()
    assert "クレジットカード：" in page
    assert "コンビニ：" not in page
    assert "コンビニ：" in await (await till.browser.get("/points/buy/3")).text()
    answer = await till.order("p", shown="1000-0-300001")
    (intent,) = till.fake.intents.values()
    assert (answer.status, intent["payment_method_types"]) == (303, ["card"])


async def test_an_account_with_convenience_stores_only_sells_what_they_take(
    open_browser: Open, database: Database
) -> None:
    async with running() as fake:
        fake.on = {"konbini"}
        browser = await open_browser(**with_stripe(fake.base))
        await browser.sign_in(await make_user(database), database)
        page = await (await browser.get("/points/buy/1")).text()
        assert "クレジットカード" not in page.partition("<footer")[0]
        assert "カードを保存する" not in page
        async with database.transaction() as tx:
            await tx.execute(sa.update(packs).where(packs.c.id == 1).values(price_yen=300_001))
        page = await (await browser.get("/points/buy/1")).text()
        assert "使える方法が、いまありません" in page
        assert 'value="new" disabled' in page
        answer = await browser.post("/points/purchases", ORDER | {"shown": "1000-0-300001"}, SCRIPT)
        assert (answer.status, (await answer.json())["code"]) == (409, "no_method")
        assert fake.intents == {}


NO_BREAK = "\N{NO-BREAK SPACE}"
WAYS: list[tuple[set[str], str]] = [
    ({"card"}, "クレジットカード"),
    ({"card", "konbini", "paypay"}, "クレジットカード、コンビニエンスストア、PayPay"),
    (
        {"card", "link", "apple_pay", "google_pay"},
        "クレジットカード、Apple Pay、Google Pay、Link",
    ),
    ({"konbini"}, "コンビニエンスストア"),
]


@pytest.mark.parametrize(("on", "named"), WAYS)
async def test_the_laws_page_and_the_answers_name_the_ways_that_the_account_has(
    open_browser: Open, on: set[str], named: str
) -> None:
    async with running() as fake:
        fake.on = on
        browser = await open_browser(**with_stripe(fake.base))
        legal = (await (await browser.get("/legal")).text()).replace(NO_BREAK, " ")
        assert f"<dt>お支払い方法</dt><dd>{named}</dd>" in legal
        assert ("手続きから3日以内" in legal) == ("konbini" in on)
        assert ("手数料はかかりません" in legal) == ("konbini" in on)
        answers = (await (await browser.get("/faq")).text()).replace(NO_BREAK, " ")
        assert f"<p>{named}です。" in answers


async def test_a_site_that_sells_nothing_names_no_ways_to_pay(open_browser: Open) -> None:
    browser = await open_browser(demo=False)
    assert "いまはポイントを販売していません。" in await (await browser.get("/legal")).text()


async def _headers(open_browser: Open, database: Database, on: set[str]) -> tuple[Any, str]:
    async with running() as fake:
        fake.on = on
        browser = await open_browser(**with_stripe(fake.base))
        await browser.sign_in(await make_user(database), database)
        way = (await browser.post("/points/purchases", ORDER)).headers["Location"]
        answer = await browser.get(way)
        elsewhere = await browser.get("/points")
        assert "payment=()" in elsewhere.headers["Permissions-Policy"]
        assert elsewhere.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "link.com" not in elsewhere.headers["Content-Security-Policy"]
        return answer.headers, await answer.text()


STRIPES = '(self "https://js.stripe.com" "https://*.js.stripe.com")'
HEADERS: list[tuple[set[str], str, str, bool]] = [
    ({"card"}, "()", "same-origin", False),
    ({"card", "apple_pay"}, STRIPES, "same-origin", False),
    ({"card", "google_pay"}, STRIPES, "same-origin-allow-popups", False),
    ({"card", "link", "apple_pay", "google_pay"}, STRIPES, "same-origin-allow-popups", True),
]


@pytest.mark.parametrize(("on", "payment", "opener", "link"), HEADERS)
async def test_the_headers_of_the_pay_page_have_room_for_the_accounts_wallets_only(
    open_browser: Open, database: Database, on: set[str], payment: str, opener: str, *, link: bool
) -> None:
    headers, page = await _headers(open_browser, database, on)
    assert f"payment={payment}," in headers["Permissions-Policy"]
    assert headers["Cross-Origin-Opener-Policy"] == opener
    policy = headers["Content-Security-Policy"]
    parts = {part.split(" ")[0]: set(part.split(" ")[1:]) for part in policy.split("; ")}
    for name in ("connect-src", "frame-src"):
        assert ({"https://link.com", "https://*.link.com"} <= parts[name]) == link
    assert ("https://*.link.com" in parts["img-src"]) == link
    assert "link.com" not in " ".join(parts["script-src"])
    assert "unsafe" not in policy
    wallets = [name for name in ("apple_pay", "google_pay", "link") if name in on]
    assert f'data-wallets="{" ".join(wallets)}"' in page


async def test_wallets_are_not_shown_where_a_price_can_not_be_paid_by_card(
    open_browser: Open, database: Database
) -> None:
    _, page = await _headers(open_browser, database, {"konbini", "apple_pay"})
    assert 'data-wallets=""' in page


async def _send(till: Till, event: dict[str, Any]) -> Any:
    body, signature = signed(event)
    return await _raw(till, body, signature)


async def _raw(till: Till, body: bytes, signature: str) -> Any:
    headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
    return await till.browser.client.post("/webhooks/payments", data=body, headers=headers)


async def _kept(till: Till) -> int:
    async with till.database.transaction() as tx:
        return int(await tx.scalar(sa.select(sa.func.count()).select_from(payment_events)) or 0)


async def test_a_wrong_signing_secret_is_told_to_staff_once_and_strangers_bodies_are_not(
    till: Till,
) -> None:
    await till.order("p")
    (name,) = till.fake.intents
    for event in (
        till.fake.event("payment_intent.succeeded", {"id": "pi_x", "metadata": {}}),
        till.fake.event("x", {"metadata": {"purchase": "999999:1763800000000000"}}),
        till.fake.event("x", {"metadata": {"purchase": f"{2**80}:1"}}),
    ):
        assert (await _raw(till, *signed(event, "whsec_other"))).status == 400
    assert await till.alarms() == []
    for _ in range(5):
        assert (await _raw(till, *signed(till.fake.paid(name), "whsec_other"))).status == 400
    assert (await till.alarms(), await _kept(till)) == (["payments_signature"], 0)
