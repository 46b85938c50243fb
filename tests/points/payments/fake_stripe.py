"""A small Stripe on a port of its own, that the real SDK talks to.

It honours idempotency keys, keeps what it is told, signs events as Stripe does, and fails on
demand: before or after it has done what it was asked.
"""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast
from urllib.parse import parse_qsl

import stripe
from aiohttp import web
from aiohttp.test_utils import TestServer

SECRET = "whsec_of_the_fake"
KEY = "sk_test_fake"


class FakeStripe:
    """The state of the fake, and the knobs with which a test makes it fail."""

    def __init__(self) -> None:
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.customers: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, dict[str, str]] = {}
        self.moved: list[dict[str, Any]] = []
        self.answers: dict[str, tuple[bytes, int, Any]] = {}
        self.asked: list[tuple[str, str]] = []
        # What happens to the next questions that make something: "drop", "slow", "500", "kill".
        self.faults: list[str] = []
        self.kill_pid: int | None = None
        # What the account has switched on, what it really takes, and what was deleted or is of
        # another account.
        self.on = {"card", "konbini"}
        self.active = {"card", "konbini", "paypay", "link", "customer_balance"}
        self.gone: set[str] = set()
        # An answer to every question from now on: a status and an error of Stripe's, or a page of
        # somebody else's; or an answer of any form.
        self.refusal: tuple[int, Any] | None = None
        self.answer: Any = None
        self.base = ""
        self._numbers = iter(range(1, 1_000_000))

    def app(self) -> web.Application:
        """The API."""
        app = web.Application(middlewares=[self._refuse])
        app.add_routes(
            [
                web.get("/v1/payment_method_configurations", self._configurations),
                web.post("/v1/customers", self._customer),
                web.post("/v1/payment_intents", self._create),
                web.post("/v1/checkout/sessions", self._session),
                web.get("/v1/payment_intents", self._list_intents),
                web.get("/v1/payment_intents/{id}", self._retrieve),
                web.get("/v1/refunds", self._list_refunds),
                web.post("/v1/payment_methods/{id}/detach", self._detach),
                web.post("/v1/payment_intents/{id}/cancel", self._cancel),
                web.post("/v1/customers/{id}/funding_instructions", self._account),
                web.get("/v1/customers/{id}/cash_balance_transactions", self._moved),
            ]
        )
        return app

    @web.middleware
    async def _refuse(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.answer is not None:
            return web.json_response(self.answer)
        if self.refusal is None:
            return cast("web.StreamResponse", await handler(request))
        self.asked.append((request.method, request.path))
        status, error = self.refusal
        if error is None:
            return web.Response(text="<h1>Bad gateway</h1>", status=status)
        return web.json_response({"error": error}, status=status)

    async def _configurations(self, request: web.Request) -> web.StreamResponse:
        names = ("card", "konbini", "paypay", "link", "apple_pay", "google_pay", "alipay")
        told: dict[str, Any] = {name: {"available": name in self.on} for name in names}
        own = {"id": "pmc_1", "object": "payment_method_configuration", "active": True}
        theirs = own | {"id": "pmc_0", "application": "ca_1", "alipay": {"available": True}}
        data = [theirs, own | {"is_default": True, "parent": None} | told]
        body = {"object": "list", "url": request.path, "data": data, "has_more": False}
        return web.json_response(body)

    async def _customer(self, request: web.Request) -> web.StreamResponse:
        return await self._once(request, self._new_customer)

    async def _session(self, request: web.Request) -> web.StreamResponse:
        return await self._once(request, self._new_session)

    def _new_session(self, fields: Mapping[str, str]) -> tuple[dict[str, Any], int]:
        assert fields["mode"] == "setup"
        if fields["customer"] in self.gone:
            error = {"type": "invalid_request_error", "code": "resource_missing"}
            return {"error": error | {"param": "customer", "message": "No such customer"}}, 400
        name = f"cs_{next(self._numbers)}"
        self.sessions[name] = dict(fields)
        url = f"https://checkout.stripe.com/c/pay/{name}"
        return {"id": name, "object": "checkout.session", "url": url}, 200

    def kept(self, customer: str, fingerprint: str, card: str = "pm_kept") -> dict[str, Any]:
        """Somebody has saved a card; return the event that Stripe sends."""
        saved = {"brand": "visa", "last4": "4242", "fingerprint": fingerprint}
        found = {"id": card, "object": "payment_method", "type": "card", "customer": customer}
        return self.event("payment_method.attached", found | {"card": saved})

    async def _create(self, request: web.Request) -> web.StreamResponse:
        return await self._once(request, self._new_intent)

    async def _once(self, request: web.Request, make: Any) -> web.StreamResponse:
        """Do a thing once for each idempotency key, then fail if a test wants it."""
        self.asked.append((request.method, request.path))
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"error": {"type": "invalid_request_error"}}, status=401)
        key, body = request.headers.get("Idempotency-Key"), await request.read()
        assert key, "everything that makes something needs a key of our own"
        if key not in self.answers:
            made, status = make(dict(parse_qsl(body.decode())))
            self.answers[key] = (body, status, made)
        first, status, made = self.answers[key]
        if first != body:
            error = {"type": "idempotency_error", "message": "other parameters"}
            return web.json_response({"error": error}, status=400)
        await self._fail(request)
        if self.faults and self.faults[0] == "500":
            self.faults.pop(0)
            return web.json_response({"error": {"type": "api_error"}}, status=500)
        return web.json_response(made, status=status)

    async def _fail(self, request: web.Request) -> None:
        """Everything here happens after Stripe has done its part."""
        fault = self.faults[0] if self.faults else None
        if fault == "kill":
            self.faults.pop(0)
            assert self.kill_pid
            os.kill(self.kill_pid, signal.SIGKILL)
        elif fault == "slow":
            self.faults.pop(0)
            await asyncio.sleep(3)
        elif fault == "drop":
            self.faults.pop(0)
            assert request.transport
            request.transport.abort()

    async def _cancel(self, request: web.Request) -> web.StreamResponse:
        found = self.intents.get(request.match_info["id"])
        if found is None:
            return _missing("intent")
        if found["status"] == "succeeded":
            error = {"type": "invalid_request_error", "code": "payment_intent_unexpected_state"}
            return web.json_response({"error": error}, status=400)
        found["status"] = "canceled"
        return await self._once(request, lambda _: (dict(found), 200))

    async def _account(self, request: web.Request) -> web.StreamResponse:
        number = request.match_info["id"].removeprefix("cus_").zfill(7)
        zengin = {
            "bank_name": "みずほ銀行", "bank_code": "0001", "branch_name": "第一支店",
            "branch_code": "001", "account_type": "futsu", "account_number": number,
            "account_holder_name": "ストライプジャパン（カ",
        }  # fmt: skip
        addresses = [{"type": "zengin", "supported_networks": ["zengin"], "zengin": zengin}]
        made = {
            "object": "funding_instructions", "currency": "jpy", "funding_type": "bank_transfer",
            "bank_transfer": {"country": "JP", "financial_addresses": addresses},
        }  # fmt: skip
        return await self._once(request, lambda _: (made, 200))

    async def _moved(self, request: web.Request) -> web.StreamResponse:
        theirs = [one for one in self.moved if one["customer"] == request.match_info["id"]]
        body = {"object": "list", "url": request.path, "data": theirs[::-1], "has_more": False}
        return web.json_response(body)

    def send(self, customer: str, yen: int, **changed: Any) -> dict[str, Any]:
        """Let somebody send yen by their bank; return the event that Stripe sends."""
        moved = {
            "id": f"ccsbtxn_{next(self._numbers)}",
            "object": "customer_cash_balance_transaction",
            "type": "funded",
            "net_amount": yen,
            "currency": "jpy",
            "customer": customer,
            "created": int(time.time()) - 60,
            "livemode": False,
            "funded": {"bank_transfer": {"jp_bank_transfer": {"sender_name": "ヤマダ ケンジ"}}},
        } | changed
        self.moved.append(moved)
        return self.event("customer_cash_balance_transaction.created", moved)

    def _new_customer(self, fields: Mapping[str, str]) -> tuple[dict[str, Any], int]:
        made = {"id": f"cus_{next(self._numbers)}", "object": "customer", "metadata": {}}
        made["metadata"] = {"user": fields.get("metadata[user]")}
        self.customers[str(made["id"])] = made
        return made, 200

    def _wrong(self, fields: Mapping[str, str]) -> dict[str, Any] | None:
        """What Stripe finds wrong with a question."""
        for param, what in (("customer", "customer"), ("payment_method", "PaymentMethod")):
            if fields.get(param) in self.gone:
                message = f"No such {what}: '{fields[param]}'; a similar object exists in live mode"
                return {"code": "resource_missing", "param": param, "message": message}
        asked = [v for k, v in fields.items() if k.startswith("payment_method_types")]
        amount = int(fields["amount"])
        if bad := next((way for way in asked if way not in self.active), None):
            message = f'The payment method type "{bad}" is invalid. Please ensure it is activated.'
            return {"param": "payment_method_types", "message": message}
        if "konbini" in asked and not 120 <= amount <= 300_000:
            message = "The amount is out of the range of `konbini`."
            return {"code": "amount_too_large", "param": "amount", "message": message}
        return None

    def _new_intent(self, fields: Mapping[str, str]) -> tuple[dict[str, Any], int]:
        if wrong := self._wrong(fields):
            return {"error": {"type": "invalid_request_error"} | wrong}, 400
        name = f"pi_{next(self._numbers)}"
        made = {
            "id": name,
            "object": "payment_intent",
            "amount": int(fields["amount"]),
            "amount_received": 0,
            "currency": fields["currency"],
            "livemode": False,
            "status": "requires_payment_method",
            "created": int(time.time()) - 3600,
            "customer": fields.get("customer"),
            "client_secret": f"{name}_secret",
            "metadata": {k[9:-1]: v for k, v in fields.items() if k.startswith("metadata[")},
            "application": None,
            "payment_method_types": [v for k, v in fields.items() if "_types" in k],
        }
        self.intents[name] = made
        card = fields.get("payment_method")
        if card == "pm_declined":
            error = {"type": "card_error", "code": "card_declined", "payment_intent": made}
            return {"error": error}, 402
        if card == "pm_3ds" and fields.get("off_session"):
            error = {"type": "card_error", "code": "authentication_required"}
            return {"error": error | {"payment_intent": made}}, 402
        if fields.get("payment_method_data[type]") == "customer_balance":
            sent = sum(m["net_amount"] for m in self.moved if m["customer"] == made["customer"])
            if made["amount"] <= sent:
                made |= {"status": "succeeded", "amount_received": made["amount"]}
            return made, 200
        if card == "pm_3ds":
            made["status"] = "requires_action"
        elif card:
            assert fields["confirm"] == "true"
            made |= {"status": "succeeded", "amount_received": made["amount"]}
        return made, 200

    async def _retrieve(self, request: web.Request) -> web.StreamResponse:
        found = self.intents.get(request.match_info["id"])
        return web.json_response(found) if found else _missing("intent")

    async def _list_intents(self, request: web.Request) -> web.StreamResponse:
        return self._page(request, list(self.intents.values()))

    async def _list_refunds(self, request: web.Request) -> web.StreamResponse:
        return self._page(request, list(self.refunds.values()))

    def _page(self, request: web.Request, items: list[dict[str, Any]]) -> web.StreamResponse:
        query = request.query
        since, until = int(query["created[gte]"]), int(query["created[lt]"])
        found = [item for item in items if since <= item["created"] < until]
        after = query.get("starting_after")
        first = next((n + 1 for n, item in enumerate(found) if item["id"] == after), 0)
        most = min(int(query.get("limit", 10)), 2)  # so that a few make several pages
        page = found[first : first + most]
        more = first + most < len(found)
        body = {"object": "list", "url": request.path, "data": page, "has_more": more}
        return web.json_response(body)

    async def _detach(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.method, request.path))
        if request.match_info["id"] in self.gone:
            return _missing("payment_method")
        return web.json_response({"id": request.match_info["id"], "object": "payment_method"})

    def paid(self, name: str, **changed: Any) -> dict[str, Any]:
        """Let somebody pay; return the event that Stripe sends."""
        intent = self.intents[name]
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        return self.event("payment_intent.succeeded", intent | changed)

    def event(self, kind: str, subject: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """An event about something."""
        return {
            "id": f"evt_{next(self._numbers)}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "type": kind,
            "livemode": False,
            "created": int(time.time()),
            "data": {"object": dict(subject)},
        } | changed

    def refund(self, intent: str, amount: int, status: str = "succeeded") -> dict[str, Any]:
        """Give money back at Stripe; return the refund."""
        name = f"re_{next(self._numbers)}"
        self.refunds[name] = {
            "id": name,
            "object": "refund",
            "amount": amount,
            "currency": "jpy",
            "payment_intent": intent,
            "status": status,
            "created": int(time.time()) - 3000,
        }
        return self.refunds[name]

    def dispute(self, intent: str, amount: int, status: str = "needs_response") -> dict[str, Any]:
        """A payer's bank takes money back; return the dispute."""
        return {
            "id": f"dp_{next(self._numbers)}",
            "object": "dispute",
            "amount": amount,
            "currency": "jpy",
            "payment_intent": intent,
            "status": status,
        }


def _missing(param: str) -> web.Response:
    error = {"type": "invalid_request_error", "code": "resource_missing", "param": param}
    return web.json_response({"error": error | {"message": f"No such {param}"}}, status=404)


def signed(event: dict[str, Any], secret: str = SECRET, age: int = 0) -> tuple[bytes, str]:
    """The raw body of an event, and the signature that Stripe would send with it."""
    body = json.dumps(event).encode()
    at = int(time.time()) - age
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at)
    return body, str(header)


@asynccontextmanager
async def running() -> AsyncIterator[FakeStripe]:
    """A fake that answers on a port of its own."""
    fake = FakeStripe()
    server = TestServer(fake.app())
    await server.start_server()
    fake.base = str(server.make_url("")).rstrip("/")
    try:
        yield fake
    finally:
        await server.close()
