"""Stripe as a browser meets it, answered by Playwright; behind it is the fake that the SDK asks."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import ClientSession
from playwright.async_api import BrowserContext, Route

from tests.points.payments.fake_stripe import FakeStripe, signed

SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")

GOOD, DECLINED, ASKS, REDIRECTS = "4242", "0002", "3184", "3063"
"""The last figures of cards: one that pays, one that doesn't, one whose bank asks in a box over
the page, one whose bank asks on a page of its own."""
WALLETS = ("applePay", "googlePay", "link")
VOUCHER = "https://payments.stripe.com/konbini/voucher/test"

FORM = """<!doctype html><html lang="ja"><title>Stripe</title>
<label>支払い方法 <select></select></label>
<label>カード番号 <input></label>
<script>
const tell = (what, value) => parent.postMessage({ what, value }, "*");
const [way, number] = document.querySelectorAll("select, input");
for (const name of new URLSearchParams(location.search).get("ways").split(","))
  way.append(new Option(name, name));
for (const field of [way, number])
  field.addEventListener("input", () => tell("changed", { type: way.value, number: number.value }));
tell("ready");
</script>"""
BOX = """<!doctype html><html lang="ja"><title>Stripe</title><h1>%s</h1>
%s<script>
for (const button of document.querySelectorAll("button")) button.onclick = async () => {
  const body = new URLSearchParams({ answer: button.value });
  if (button.value) await fetch(location.href, { method: "POST", body });
  parent.postMessage({ what: "done" }, "*");
};
</script>"""
BANK = '<button value="ok">認証する</button> <button value="no">認証しない</button>'
PAGE = """<!doctype html><html lang="ja"><title>Bank</title>
<a href="%s">認証する</a> <a href="%s">認証しない</a>"""


class StripeJs:
    """Stripe's script, frames and API for the pages of one context.

    What happens there becomes an event, which the site hears only when it is told. `strangers`
    are addresses outside of the site and Stripe that a page asked for.
    """

    def __init__(self, fake: FakeStripe, site_url: str) -> None:
        self.fake = fake
        self.site_url = site_url
        self.reachable = True
        self.strangers: list[str] = []
        self._untold: list[dict[str, Any]] = []
        self._returns: dict[str, str] = {}
        self._ways: dict[str, str] = {}

    async def attach(self, context: BrowserContext) -> None:
        """Answer for Stripe in a context, and for nobody else outside of the site."""
        await context.route(re.compile("^https:"), self._answer)

    async def tell(self) -> None:
        """Send the webhook what has happened, signed."""
        async with ClientSession() as http:
            while self._untold:
                body, signature = signed(self._untold.pop(0))
                url, headers = f"{self.site_url}/webhooks/payments", {"Stripe-Signature": signature}
                async with http.post(url, data=body, headers=headers) as answer:
                    assert answer.status == 200, await answer.text()

    def pay_at_the_store(self) -> None:
        """Somebody pays what is awaited."""
        (waiting,) = (i for i in self.fake.intents.values() if i["status"] == "requires_action")
        self._pay(waiting, "konbini")

    async def _answer(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        if not self.reachable:
            await route.abort()
        elif url.hostname == "js.stripe.com":
            await self._script_or_frame(route, url.path)
        elif url.hostname == "api.stripe.com":
            fields = dict(parse_qsl(route.request.post_data or ""))
            _, name, verb = url.path.rsplit("/", 2)
            made, status = self._asked(name, verb, fields)
            headers = {"Access-Control-Allow-Origin": "*"}
            await route.fulfill(status=status, json=made, headers=headers)
        elif url.hostname == "hooks.stripe.com":
            _, name, step = url.path.rsplit("/", 2)
            await self._bank(route, name, step)
        else:
            self.strangers.append(route.request.url)
            await route.abort()

    async def _script_or_frame(self, route: Route, path: str) -> None:
        if path == "/v3/":
            await route.fulfill(content_type="text/javascript", body=SCRIPT)
            return
        voucher = BOX % ("お支払い番号 32900-123456", "<button>閉じる</button>")
        body = voucher if path.endswith("voucher.html") else FORM
        await route.fulfill(content_type="text/html; charset=utf-8", body=body)

    def _asked(self, name: str, verb: str, fields: Mapping[str, str]) -> tuple[Any, int]:
        intent = self.fake.intents[name]
        assert fields["client_secret"] == intent["client_secret"]
        if verb == "confirm":
            return self._confirm(intent, fields)
        if intent["status"] == "requires_action" and not intent.get("next_action"):
            self._let_bank_ask(intent)
        return intent, 200

    def _confirm(self, intent: dict[str, Any], fields: Mapping[str, str]) -> tuple[Any, int]:
        self._returns[intent["id"]] = fields["return_url"]
        if fields["type"] == "konbini":
            self._wait(intent, "konbini_display_details", hosted_voucher_url=VOUCHER)
            self._happened("payment_intent.requires_action", intent)
        elif fields["type"] == "paypay":
            page = f"https://hooks.stripe.com/redirect/{intent['id']}/ask"
            self._wait(intent, "redirect_to_url", url=page)
            self._ways[intent["id"]] = "paypay"
        elif fields["type"] in WALLETS or fields["number"] == GOOD:
            self._pay(intent)
        elif fields["number"] == DECLINED:
            return self._refuse(intent, "card_declined", "カードが拒否されました。"), 402
        elif fields["number"] == ASKS:
            self._let_bank_ask(intent)
        else:
            page = f"https://hooks.stripe.com/redirect/{intent['id']}/ask"
            self._wait(intent, "redirect_to_url", url=page)
        return intent, 200

    def _wait(self, intent: dict[str, Any], kind: str, **action: str) -> None:
        intent |= {"status": "requires_action", "next_action": {"type": kind, kind: action}}

    def _let_bank_ask(self, intent: dict[str, Any]) -> None:
        url = f"https://hooks.stripe.com/3d_secure/{intent['id']}/ask"
        self._wait(intent, "use_stripe_sdk", url=url)

    async def _bank(self, route: Route, name: str, step: str) -> None:
        intent = self.fake.intents[name]
        answer = (route.request.post_data or "").removeprefix("answer=") or step
        if answer == "ok":
            self._pay(intent, self._ways.get(name, "card"))
        elif answer == "no":
            self._refuse(intent, "payment_intent_authentication_failure", "認証できません。")
        await route.fulfill(
            content_type="text/html; charset=utf-8", body=self._bank_page(route, intent, answer)
        )

    def _bank_page(self, route: Route, intent: dict[str, Any], answer: str) -> str:
        if "/3d_secure/" in route.request.url:
            return BOX % ("本人認証", BANK)
        if answer == "ask":
            return PAGE % ("ok", "no")
        told = {
            "payment_intent": intent["id"],
            "payment_intent_client_secret": intent["client_secret"],
            "redirect_status": "succeeded" if answer == "ok" else "failed",
        }
        back = self._returns[intent["id"]]
        back += ("&" if "?" in back else "?") + urlencode(told)
        return f"<script>location.replace({json.dumps(back)})</script>"

    def _pay(self, intent: dict[str, Any], way: str = "card") -> None:
        intent["next_action"] = None
        if intent["customer"] and way == "card":
            kept: dict[str, Any] = {"id": "pm_3ds", "object": "payment_method", "type": "card"}
            kept |= {"customer": intent["customer"], "card": {"brand": "visa", "last4": GOOD}}
            self._happened("payment_method.attached", kept)
        self._untold.append(self.fake.paid(intent["id"]))
        charge = {"id": f"ch_{intent['id']}", "object": "charge", "payment_intent": intent["id"]}
        self._happened("charge.succeeded", charge | {"payment_method_details": {"type": way}})

    def _refuse(self, intent: dict[str, Any], code: str, message: str) -> dict[str, Any]:
        error: dict[str, Any] = {"type": "card_error", "code": code, "message": message}
        error["payment_method"] = {"type": "card"}
        intent |= {"status": "requires_payment_method", "next_action": None}
        self._happened("payment_intent.payment_failed", intent | {"last_payment_error": error})
        return {"error": error | {"payment_intent": intent}}

    def _happened(self, kind: str, subject: dict[str, Any]) -> None:
        self._untold.append(self.fake.event(kind, dict(subject)))
