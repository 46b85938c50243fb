"""What somebody buys points for is kept over all pages of a purchase, and led back to."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from points.payments.tables import checkouts
from tests.points.payments.fake_stripe import running, signed
from tests.web.conftest import Open
from tests.web.points.test_purchases import ORDER, with_stripe
from tests.web.scene import SCRIPT, Browser, give, make_room, make_user
from web.api.domain_file import DOMAIN_FILE, MOST_BYTES

AIM = {"next": "/rooms/1/enter", "need": "1500"}
QUERY = "?next=%2Frooms%2F1%2Fenter&amp;need=1500"


async def _text(browser: Browser, path: str) -> str:
    answer = await browser.get(path)
    assert answer.status == 200, path
    return str(await answer.text())


async def test_from_a_room_that_one_can_not_pay_to_points_and_back(
    browser: Browser, database: Database
) -> None:
    """The whole way: the room, the packs, the last look, the payment, and the room again."""
    cast, buyer = await make_user(database), await make_user(database)
    room = await make_room(database, cast, rate=600)
    await browser.sign_in(buyer, database)
    await give(database, buyer, 500)
    way = f"/points/buy?next=%2Frooms%2F{room}%2Fenter&amp;need=3000"
    assert f'href="{way}"' in await _text(browser, f"/rooms/{room}/enter")

    page = await _text(browser, way.replace("&amp;", "&"))
    assert "あと2,500 pt必要です。" in page
    assert f'href="/rooms/{room}/enter"' in page
    # The smallest pack that is enough is marked, and no other.
    assert page.count("これで足ります") == 1
    first, _, after = page.partition("これで足ります")
    assert "/points/buy/2?" in first
    assert "/points/buy/3?" not in first
    assert "/points/buy/3?" in after

    page = await _text(
        browser, f"/points/buy/1{way.removeprefix('/points/buy')}".replace("&amp;", "&")
    )
    assert "あと2,500 pt必要です。" in page
    assert f'name="next" value="/rooms/{room}/enter"' in page
    aim = {"next": f"/rooms/{room}/enter", "need": "3000"}
    pay = await browser.get(
        (await browser.post("/points/purchases", ORDER | aim)).headers["Location"]
    )
    await browser.post(pay.headers["Location"], {"act": "card_ok"})
    bought = pay.headers["Location"].replace("/demo/pay/", "/points/purchases/")
    page = await _text(browser, bought)
    assert "あと1,500 pt必要です。" in page
    assert f'href="{way}"' in page

    await give(database, buyer, 1500)
    page = await _text(browser, bought)
    assert "必要です" not in page
    assert f'primary" href="/rooms/{room}/enter">ルームに戻る' in page


async def test_where_no_pack_is_enough_none_is_marked(browser: Browser, database: Database) -> None:
    await browser.sign_in(await make_user(database), database)
    page = await _text(browser, "/points/buy?need=999999")
    assert "あと999,999 pt必要です。" in page
    assert "これで足ります" not in page


async def test_somebody_in_a_talk_is_offered_nothing_that_leads_away_from_it(
    open_browser: Open, database: Database
) -> None:
    async with running() as fake:
        fake.on = {"card", "paypay"}
        browser = await open_browser(**with_stripe(fake.base))
        buyer = await make_user(database)
        await browser.sign_in(buyer, database)
        await give(database, buyer, 500)
        room = await make_room(database, await make_user(database))
        assert "PayPay" in await _text(browser, "/points/buy/1")
        entry = {"spend_cap": "", "video": "0"}
        assert (await browser.post(f"/rooms/{room}/entry", entry, SCRIPT)).status == 200
        assert "PayPay" not in await _text(browser, "/points/buy/1")
        assert (await browser.post("/points/purchases", ORDER)).status == 303
        (intent,) = fake.intents.values()
        assert intent["payment_method_types"] == ["card"]


async def test_a_script_that_may_not_enter_is_told_the_way_to_points_and_back(
    browser: Browser, database: Database
) -> None:
    cast, buyer = await make_user(database), await make_user(database)
    room = await make_room(database, cast, rate=600)
    await browser.sign_in(buyer, database)
    origin = str(browser.client.make_url("/")).rstrip("/")
    fields = {"spend_cap": "", "video": "0", "rate": "600"}
    # Whatever the browser says, the way back is a page of this site: else the nearest that is one.
    nearest = f"next=%2Frooms%2F{room}&"
    for referer, back in (
        (f"{origin}/rooms/{room}/enter", f"next=%2Frooms%2F{room}%2Fenter&"),
        ("https://other.example/rooms/1", nearest),
        (f"{origin}//other.example/x", nearest),
        ("", nearest),
    ):
        told = await browser.post(f"/rooms/{room}/entry", fields, SCRIPT | {"Referer": referer})
        answer = await told.json()
        assert answer["code"] == "points_short"
        assert answer["help"]["url"] == f"/points/buy?{back}need=3000"


MALFORMED = [
    {"next": "//other.example"}, {"next": "https://other.example/"}, {"next": "/\\other.example"},
    {"next": "javascript:alert(1)"}, {"next": "/x\n"}, {"next": "/" + "x" * 300}, {"next": ""},
    {"need": "0"}, {"need": "-5"}, {"need": "1.5"}, {"need": "１"}, {"need": "99999999"},
    {"need": "x"}, {"need": str(2**70)},
]  # fmt: skip


@pytest.mark.parametrize("aim", MALFORMED)
async def test_an_aim_that_is_none_is_left_out_and_refuses_nothing(
    browser: Browser, database: Database, aim: dict[str, str]
) -> None:
    await browser.sign_in(await make_user(database), database)
    page = await (await browser.client.get("/points/buy", params=aim)).text()
    assert "必要です。" not in page
    assert "元の画面に戻る" not in page
    assert (await browser.post("/points/purchases", ORDER | aim)).status == 303
    async with database.transaction() as tx:
        row = (await tx.execute(sa.select(checkouts.c.back, checkouts.c.need))).one()
    assert tuple(row) == (None, None)


async def test_a_bank_or_wallet_that_led_back_without_a_payment_is_believed_until_it_is_paid(
    open_browser: Open, database: Database
) -> None:
    async with running() as fake:
        fake.on = {"card", "paypay"}
        browser = await open_browser(**with_stripe(fake.base))
        await browser.sign_in(await make_user(database), database)
        way = (await browser.post("/points/purchases", ORDER | AIM)).headers["Location"]
        (intent,) = fake.intents.values()
        assert intent["payment_method_types"] == ["card", "paypay"]
        assert "PayPayの画面に移って" in await _text(browser, way)
        bought = way.removesuffix("/pay")
        back = await browser.get(f"{bought}?redirect_status=failed&payment_intent_client_secret=s")
        page = await _text(browser, back.headers["Location"])
        assert "お支払いできませんでした" in page
        assert "もう一度支払う" in page
        assert 'href="/rooms/1/enter"' in page
        assert "<purchase-wait" not in page
        back = await browser.get(f"{bought}?redirect_status=succeeded")
        assert "お支払いを確認しています" in await _text(browser, back.headers["Location"])
        for event in (fake.paid(intent["id"]), _charge(fake, intent["id"])):
            body, signature = signed(event)
            headers = {"Stripe-Signature": signature}
            await browser.client.post("/webhooks/payments", data=body, headers=headers)
        page = await _text(browser, f"{bought}?refused=1")
        assert "1,000ポイントを追加しました" in page
        assert "あと500 pt必要です。" in page
        assert "PayPay" in await _text(browser, "/points/purchases")


def _charge(fake: Any, name: str) -> dict[str, Any]:
    charge = {"id": "ch_1", "object": "charge", "payment_intent": name}
    made: dict[str, Any] = fake.event(
        "charge.succeeded", charge | {"payment_method_details": {"type": "paypay"}}
    )
    return made


async def test_a_store_is_awaited_and_the_way_back_is_kept_meanwhile(
    browser: Browser, database: Database
) -> None:
    await browser.sign_in(await make_user(database), database)
    way = (await browser.post("/points/purchases", ORDER | AIM)).headers["Location"]
    pay = (await browser.get(way)).headers["Location"]
    await browser.post(pay, {"act": "konbini"})
    page = await _text(browser, way.removesuffix("/pay"))
    assert "コンビニでのお支払いを待っています" in page
    assert 'href="/rooms/1/enter">ルームに戻る' in page
    # What a page of a bank says is no matter here.
    assert "待っています" in await _text(browser, f"{way.removesuffix('/pay')}?refused=1")


async def test_the_demo_offers_no_store_for_a_price_that_none_takes(
    browser: Browser, database: Database
) -> None:
    await browser.sign_in(await make_user(database), database)
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE packs SET price_yen = 300001 WHERE id = 1"))
    way = (await browser.post("/points/purchases", ORDER | {"shown": "1000-0-300001"})).headers
    page = await _text(browser, (await browser.get(way["Location"])).headers["Location"])
    assert 'value="card_ok"' in page
    assert 'value="konbini"' not in page


async def test_the_file_of_the_domain_is_given_out_as_the_operator_has_it(
    open_browser: Open, tmp_path: Path
) -> None:
    file = tmp_path / "domain"
    browser = await open_browser(apple_pay_domain_file=file)
    assert (await browser.get(DOMAIN_FILE)).status == 404
    file.write_bytes(b"7B227073704964\n")
    answer = await browser.get(DOMAIN_FILE)
    assert (answer.status, await answer.read()) == (200, b"7B227073704964\n")
    assert answer.content_type == "text/plain"
    file.write_bytes(b"x" * (MOST_BYTES + 1))
    assert (await browser.get(DOMAIN_FILE)).status == 404
    assert (await (await open_browser()).get(DOMAIN_FILE)).status == 404
