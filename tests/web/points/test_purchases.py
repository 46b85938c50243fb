"""Buying through the door: pages, forms, the webhook's route, and the demo's provider."""

import asyncio
import json
import re
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.accounts import User
from points import ledger
from points.payments import payers, purchases
from points.tables import payment_events
from points.tables import purchases as purchase_rows
from record.tables import alarms
from tests.points.payments.fake_stripe import KEY, SECRET, running, signed
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, Browser, make_user

ORDER = {"pack": "1", "shown": "1000-0-1000", "press": "p", "pay_with": "new"}


async def _buyer(browser: Browser, database: Database) -> User:
    user = await make_user(database)
    await browser.sign_in(user, database)
    return user


async def _points(database: Database, user: User) -> int:
    async with database.transaction() as tx:
        return await ledger.spendable(tx, user.id)


async def _order(browser: Browser, **more: str) -> str:
    """Order a pack; return where one is led."""
    answer = await browser.post("/points/purchases", ORDER | more)
    assert answer.status == 303, await answer.text()
    return str(answer.headers["Location"])


async def _bought(database: Database) -> purchases.Purchase:
    async with database.transaction() as tx:
        row = (await tx.execute(sa.select(purchase_rows.c.id, purchase_rows.c.user_id))).one()
        return await purchases.find(tx, row.id, row.user_id)


async def test_the_pages_say_what_it_costs_how_long_it_lasts_and_that_it_is_final(
    browser: Browser, database: Database
) -> None:
    await _buyer(browser, database)
    page = await (await browser.get("/points/buy")).text()
    assert all(price in page for price in ("¥1,000", "¥3,000", "¥5,000", "¥10,000", "¥30,000"))
    page = await (await browser.get("/points/buy/3")).text()
    wanted = (
        "数量",
        "お支払い総額",
        "お支払いの時期と方法",
        "提供の時期",
        "有効期限",
        "取り消しと返金",
    )
    for item in wanted:
        assert item in page
    assert "5,100 pt" in page
    assert "¥5,000" in page
    assert re.search(r"20\d\d年\d+月\d+日(</\w+>)?まで", page)


@pytest.mark.parametrize("path", ["/points/buy", "/points/buy/1", "/points/top-up"])
async def test_a_visitor_is_led_to_sign_in(browser: Browser, path: str) -> None:
    assert (await browser.get(path)).headers["Location"] == f"/sign-in?next={path}"


async def test_a_card_that_works_gives_the_points_through_a_signed_event(
    browser: Browser, database: Database
) -> None:
    user = await _buyer(browser, database)
    way = await _order(browser)
    assert (await browser.get(way)).headers["Location"].startswith("/demo/pay/")
    bought = await _bought(database)
    answer = await browser.post(f"/demo/pay/{bought.id}", {"act": "card_ok"})
    assert answer.headers["Location"] == f"/points/purchases/{bought.id}"
    assert (
        "1,000ポイントを追加しました"
        in await (await browser.get(answer.headers["Location"])).text()
    )
    assert await _points(database, user) == 1000
    found = await _bought(database)
    assert (found.state, found.method, found.intent) == ("paid", "card", f"pi_demo_{bought.id}")


async def test_a_card_that_is_declined_gives_nothing_and_can_be_tried_again(
    browser: Browser, database: Database
) -> None:
    user = await _buyer(browser, database)
    pay = (await browser.get(await _order(browser))).headers["Location"]
    for act, state, points in (
        ("card_declined", "failed", 0),
        ("card_3ds", "created", 0),
        ("bank_refuse", "failed", 0),
        ("card_3ds", "created", 0),
        ("bank_ok", "paid", 1000),
        ("card_ok", "paid", 1000),
    ):
        await browser.post(pay, {"act": act})
        assert ((await _bought(database)).state, await _points(database, user)) == (state, points)


async def test_konbini_expires_and_is_paid_late(browser: Browser, database: Database) -> None:
    user = await _buyer(browser, database)
    pay = (await browser.get(await _order(browser))).headers["Location"]
    answer = await browser.post(pay, {"act": "konbini"})
    assert answer.headers["Location"].endswith("?step=konbini")
    bought = await _bought(database)
    page = await (await browser.get(f"/points/purchases/{bought.id}")).text()
    assert "コンビニでのお支払いを待っています" in page
    points = await (await browser.get("/points")).text()
    assert f'data-order="{bought.id}"' in points
    assert f'href="/points/purchases/{bought.id}/pay"' in points
    assert "までにお支払いください" in points
    await browser.post(pay, {"act": "konbini_expired"})
    page = await (await browser.get(f"/points/purchases/{bought.id}")).text()
    assert "お支払いは期限切れです" in page
    assert "data-order=" not in await (await browser.get("/points")).text()
    assert await _points(database, user) == 0
    await browser.post(pay, {"act": "konbini_paid"})
    assert await _points(database, user) == 1000


async def test_a_saved_card_pays_with_one_tap_and_can_be_forgotten(
    browser: Browser, database: Database
) -> None:
    user = await _buyer(browser, database)
    assert (await browser.get("/points/top-up")).headers["Location"] == "/points/buy"
    pay = (await browser.get(await _order(browser, save_card="1"))).headers["Location"]
    await browser.post(pay, {"act": "card_ok"})
    page = await (await browser.get("/points/top-up")).text()
    assert "4242" in page
    assert "¥1,000 を支払う" in page
    tap = {"pack": "3", "shown_1": "1000-0-1000", "shown_3": "5000-100-5000", "pay_with": "saved"}
    ways = await asyncio.gather(
        *(browser.post("/points/purchases", tap | {"press": "tap"}) for _ in range(5))
    )
    assert len({way.headers["Location"] for way in ways}) == 1
    assert "/pay" not in ways[0].headers["Location"]
    assert await _points(database, user) == 1000 + 5100
    await browser.post("/points/card/forget", {})
    async with database.transaction() as tx:
        assert await payers.card_of(tx, user.id, "demo") is None


async def test_a_price_from_the_client_is_ignored(browser: Browser, database: Database) -> None:
    await _buyer(browser, database)
    await _order(browser, price="1", price_yen="1", amount="1", points="1000000", bonus="500")
    bought = await _bought(database)
    assert (bought.points, bought.bonus, bought.price_yen) == (1000, 0, 1000)


@pytest.mark.parametrize("pack", ["0", "-1", "1.5", str(2**63), "1e9", "１", "", "x", "99"])
async def test_a_pack_that_is_none_orders_nothing(
    browser: Browser, database: Database, pack: str
) -> None:
    await _buyer(browser, database)
    answer = await browser.post("/points/purchases", ORDER | {"pack": pack}, SCRIPT)
    assert answer.status in (400, 404)
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(purchase_rows)) == 0


async def test_somebody_elses_purchase_is_not_there(open_browser: Open, database: Database) -> None:
    mine, theirs = await open_browser(), await open_browser()
    await _buyer(mine, database)
    await _order(mine)
    await _buyer(theirs, database)
    bought = await _bought(database)
    for path in (f"/points/purchases/{bought.id}", f"/points/purchases/{bought.id}/pay"):
        assert (await theirs.get(path)).status == 404
    assert (await theirs.get(f"/demo/pay/{bought.id}")).status == 404
    answer = await theirs.post(f"/demo/pay/{bought.id}", {"act": "card_ok"}, SCRIPT)
    assert (answer.status, (await _bought(database)).state) == (404, "created")


async def test_an_act_that_the_demo_does_not_know_is_refused(
    browser: Browser, database: Database
) -> None:
    await _buyer(browser, database)
    pay = (await browser.get(await _order(browser))).headers["Location"]
    assert (await browser.post(pay, {"act": "gift"}, SCRIPT)).status == 400


async def test_without_a_provider_nothing_is_sold_and_the_demos_page_is_not_there(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(demo=False)
    await _buyer(browser, database)
    page = await (await browser.get("/points/buy/1")).text()
    assert "いまはポイントを販売していません" in page
    assert (await browser.post("/points/purchases", ORDER, SCRIPT)).status == 503
    assert (await browser.get("/demo/pay/1")).status == 404
    body, signature = signed({"id": "evt_1", "type": "x"})
    assert (await _send(browser, body, signature)).status == 404


async def _send(browser: Browser, body: bytes, signature: str | None) -> Any:
    headers = {"Content-Type": "application/json"}
    if signature is not None:
        headers["Stripe-Signature"] = signature
    return await browser.client.post("/webhooks/payments", data=body, headers=headers)


def with_stripe(base: str) -> dict[str, Any]:
    """Settings of a site that sells through a Stripe."""
    given = {
        "stripe_secret_key": KEY,
        "stripe_publishable_key": "pk_test_fake",
        "stripe_webhook_secret": SECRET,
        "stripe_api_base": base,
        "stripe_seconds": 1,
    }
    made = Settings(**given)  # type: ignore[arg-type]
    return {"demo": False} | {name: getattr(made, name) for name in given}


async def test_through_stripe_one_pays_in_its_own_form_and_the_webhook_credits_once(
    open_browser: Open, database: Database
) -> None:
    async with running() as fake:
        browser = await open_browser(**with_stripe(fake.base))
        user = await _buyer(browser, database)
        pay = await _order(browser)
        answer = await browser.get(pay)
        page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
        (name,) = fake.intents
        assert f'data-secret="{name}_secret"' in page
        assert 'data-key="pk_test_fake"' in page
        assert KEY not in page
        assert SECRET not in page
        assert _stripe_in(policy) == {
            "script-src": {"https://js.stripe.com", "https://*.js.stripe.com"},
            "frame-src": {
                "https://js.stripe.com", "https://*.js.stripe.com", "https://hooks.stripe.com",
            },
            "connect-src": {"https://api.stripe.com"},
        }  # fmt: skip
        assert "unsafe" not in policy
        assert "stripe.com" not in (await browser.get("/points")).headers["Content-Security-Policy"]
        body, signature = signed(fake.paid(name))
        answers = await asyncio.gather(*(_send(browser, body, signature) for _ in range(10)))
        assert [one.status for one in answers] == [200] * 10
        assert await _points(database, user) == 1000
        state = await browser.client.get(pay.removesuffix("/pay"), headers=SCRIPT)
        assert await state.json() == {"state": "paid", "method": None}


def _stripe_in(policy: str) -> dict[str, set[str]]:
    """What of Stripe a policy allows, and for what."""
    parts = {part.split(" ")[0]: part.split(" ")[1:] for part in policy.split("; ")}
    found = {
        name: {place for place in places if "stripe" in place} for name, places in parts.items()
    }
    return {name: places for name, places in found.items() if places}


async def test_who_comes_back_from_a_bank_waits_at_an_address_without_secrets(
    open_browser: Open, database: Database
) -> None:
    async with running() as fake:
        browser = await open_browser(**with_stripe(fake.base))
        await _buyer(browser, database)
        way = (await _order(browser)).removesuffix("/pay")
        (name,) = fake.intents
        failed = fake.event("payment_intent.payment_failed", fake.intents[name])
        assert (await _send(browser, *signed(failed))).status == 200
        told = f"?payment_intent={name}&payment_intent_client_secret={name}_secret&redirect_status="
        for status, leads in (("failed", f"{way}?refused=1"), ("succeeded", f"{way}?sent=1")):
            assert (await browser.get(way + told + status)).headers["Location"] == leads
        # An earlier failure is not the last word on what was paid just now.
        assert "お支払いできませんでした" in await (await browser.get(way)).text()
        assert "お支払いを確認しています" in await (await browser.get(f"{way}?sent=1")).text()
        fake.paid(name)
        answer = await browser.get(f"{way}/pay")
        assert answer.headers["Location"] == f"{way}?sent=1"


async def test_when_stripe_is_silent_the_page_says_so_and_the_same_press_goes_on(
    open_browser: Open, database: Database
) -> None:
    async with running() as fake:
        browser = await open_browser(**with_stripe(fake.base))
        await _buyer(browser, database)
        fake.faults = ["drop"] * 3
        answer = await browser.post("/points/purchases", ORDER, SCRIPT)
        assert (answer.status, (await answer.json())["code"]) == (503, "provider_silent")
        await _order(browser)
        assert len(fake.intents) == 1


async def test_the_webhook_takes_nothing_that_is_not_signed(
    open_browser: Open, database: Database
) -> None:
    async with running() as fake:
        browser = await open_browser(**with_stripe(fake.base))
        user = await _buyer(browser, database)
        await _order(browser)
        (name,) = fake.intents
        event = fake.paid(name)
        body, signature = signed(event)
        forged = signed(event, "whsec_forged")[1]
        reformed = json.dumps(json.loads(body), indent=1).encode()
        for sent, header in (
            (body, None), (body, ""), (body, forged), (body + b"\n", signature),
            (reformed, signature), (b"", signature), (b"\xff", signature),
            (body, signed(event, age=600)[1]),
        ):  # fmt: skip
            assert (await _send(browser, sent, header)).status == 400
        assert (await _send(browser, b"x" * 600_000, signature)).status == 413
        assert await _points(database, user) == 0
        async with database.transaction() as tx:
            assert await tx.scalar(sa.select(sa.func.count()).select_from(payment_events)) == 0
        assert (await browser.get("/webhooks/payments")).status == 405


async def test_an_event_that_fails_is_asked_for_again_and_a_known_stranger_alarms(
    open_browser: Open, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running() as fake:
        browser = await open_browser(**with_stripe(fake.base))
        user = await _buyer(browser, database)
        await _order(browser)
        (name,) = fake.intents
        early = signed(fake.event("refund.created", fake.refund(name, 400)))
        assert (await _send(browser, *early)).status == 503

        async def broken(*_: Any, **__: Any) -> None:
            raise RuntimeError("no")

        paid = signed(fake.paid(name))
        with monkeypatch.context() as patch:
            patch.setattr(ledger, "credit_purchase", broken)
            assert (await _send(browser, *paid)).status == 500
        assert (await _send(browser, *paid)).status == 200
        # The refund that came too early was handled together with it.
        assert await _points(database, user) == 600
        assert (await _send(browser, *early)).status == 200
        assert await _points(database, user) == 600
        mark = {"purchase": "99:1763800000000000"}
        stranger = signed(fake.event("payment_intent.succeeded", {"id": "pi_x", "metadata": mark}))
        assert (await _send(browser, *stranger)).status == 200
        async with database.transaction() as tx:
            assert (await tx.execute(sa.select(alarms.c.subject))).scalars().all() == ["pi_x"]


async def test_too_many_orders_are_slowed_down(open_browser: Open, database: Database) -> None:
    browser = await open_browser(purchase_tries=2)
    await _buyer(browser, database)
    for press in ("a", "b"):
        await _order(browser, press=press)
    answer = await browser.post("/points/purchases", ORDER | {"press": "c"}, SCRIPT)
    assert (answer.status, (await answer.json())["code"]) == (429, "too_many_purchases")
