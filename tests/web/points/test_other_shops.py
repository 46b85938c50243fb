"""Other shops on the same account of Stripe's: their events and payments are none of ours."""

import hashlib
import hmac
import time
from typing import Any
from unittest.mock import AsyncMock

import pytest
import sqlalchemy as sa

from foundation.settings import Settings
from points.payments import events
from points.payments.reconciliation import reconcile
from points.payments.wire.gateway import StripeGateway
from points.tables import payment_events, purchases
from tests.points.payments.fake_stripe import SECRET, FakeStripe
from tests.web.points.test_payment_troubles import Till, _kept, _raw, _send, till
from tests.web.points.test_purchases import with_stripe

__all__ = ["till"]

OURS = "https://talk.example"
MARK = {"purchase": "77:1763800000000000"}


def _foreign(fake: FakeStripe) -> list[dict[str, Any]]:
    """An event of every kind that we heed, about what another shop sold."""
    theirs: dict[str, Any] = {"payment_intent": "pi_theirs", "currency": "jpy", "amount": 500}
    made = []
    for kind in sorted(events.KINDS):
        if kind.startswith("payment_intent."):
            subject: dict[str, Any] = {"id": "pi_theirs", "object": "payment_intent"}
            subject |= {"metadata": {"order": "7"}, "amount_received": 500, "currency": "jpy"}
        elif kind.startswith("payment_method."):
            subject = {"id": "pm_theirs", "object": "payment_method", "customer": "cus_theirs"}
            subject |= {"type": "card", "card": {"brand": "visa", "last4": "4242"}}
        else:
            subject = {"id": "x_theirs", "object": kind.split(".")[0], "status": "succeeded"}
            subject |= theirs
        made.append(fake.event(kind, subject))
    return made


async def test_events_of_other_shops_are_acknowledged_and_neither_kept_nor_told(
    till: Till,
) -> None:
    for event in _foreign(till.fake):
        answer = await _send(till, event)
        assert (answer.status, await answer.json()) == (200, {"outcome": "not_ours"})
    assert (await _kept(till), await till.alarms()) == (0, [])


async def test_a_strangers_mode_is_none_of_ours_and_a_payment_of_ours_of_the_other_is_refused(
    till: Till,
) -> None:
    for event in _foreign(till.fake):
        assert (await _send(till, event | {"livemode": True})).status == 200
    assert await till.alarms() == []
    await till.order("p")
    (name,) = till.fake.intents
    answer = await _send(till, till.fake.paid(name) | {"livemode": True})
    assert await answer.json() == {"outcome": "refused"}
    assert await till.alarms() == ["payment_refused"]


async def test_money_that_goes_back_before_its_payment_is_known_waits_for_it(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to the order was lost, and the first telling of the payment failed."""
    await till.order("p")
    (name,) = till.fake.intents
    async with till.database.transaction() as tx:
        await tx.execute(sa.update(purchases).values(intent=None))
    with monkeypatch.context() as failing:
        failing.setitem(events._HANDLERS, events.PAID, AsyncMock(side_effect=RuntimeError))
        assert (await _send(till, till.fake.paid(name))).status == 500
    back = till.fake.event("refund.created", till.fake.refund(name, 500))
    answer = await _send(till, back)
    assert (answer.status, await answer.json()) == (503, {"code": "too_early"})
    assert (await _kept(till), await till.alarms()) == (2, [])
    assert (await _send(till, till.fake.event(events.PAID, till.fake.intents[name]))).status == 200
    async with till.database.transaction() as tx:
        outcomes = (await tx.execute(sa.select(payment_events.c.outcome))).scalars().all()
    assert sorted(map(str, outcomes)) == ["credited", "noted", "taken"]


ODD: list[dict[str, Any]] = [
    {"type": "invoice.paid"},
    {"type": "payment_intent.created"},
    {"account": "acct_connected"},
    {"data": {"object": {}}},
    {"data": {"object": {"id": "pi_1", "metadata": []}}},
    {"data": {"object": {"id": "pi_1", "metadata": "x"}}},
    {"data": {"object": {"id": "pi_1", "metadata": {"purchase": 5}}}},
    {"data": {"object": {"id": "pi_1", "metadata": {"purchase": "1"}}}},
    {"data": {"object": {"id": "pi_1", "metadata": MARK, "application": "ca_other"}}},
    {"data": {"object": {"id": "pi_1", "metadata": MARK | {"site": "https://other.example"}}}},
]


@pytest.mark.parametrize("changed", ODD)
async def test_what_says_nothing_of_us_is_acknowledged(till: Till, changed: dict[str, Any]) -> None:
    event = till.fake.event("payment_intent.succeeded", {"id": "pi_1"}) | changed
    answer = await _send(till, event)
    assert (answer.status, await answer.json()) == (200, {"outcome": "not_ours"})
    assert (await _kept(till), await till.alarms()) == (0, [])


async def test_what_bears_our_mark_and_is_unknown_is_told_to_staff(till: Till) -> None:
    """As after a database was restored from an old copy."""
    subject = {"id": "pi_lost", "object": "payment_intent", "metadata": MARK}
    answer = await _send(till, till.fake.event("payment_intent.succeeded", subject))
    assert await answer.json() == {"outcome": "refused"}
    assert (await _kept(till), await till.alarms()) == (1, ["payment_refused"])


def _with(value: bytes) -> bytes:
    return b'{"id": "evt_1", "type": "x", "a": ' + value + b"}"


BODIES = [
    b"", b"x", b"[]", b"null", b'"x"', b"5", b"{}", b"\xff\xfe", b"\x00", b"{" * 5000,
    b"[" * 100_000, b'{"id": "evt_1"}', b'{"id": "evt_1", "type": 5}', b'{"id": "", "type": "x"}',
    b'{"id": "evt_\\u0000", "type": "x"}', b'{"id": "' + b"e" * 201 + b'", "type": "x"}',
    _with(b"NaN"), _with(b"-Infinity"), _with(b"1e999"), _with(b"9" * 5000),
    _with(b'"\\u0000"'), _with(b'"\\ud800"'), _with(b'{"\\u0000": 1}'),
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
async def test_a_body_of_any_bytes_is_refused_though_it_is_signed(till: Till, body: bytes) -> None:
    answer = await _raw(till, body, _sign(body))
    assert (answer.status, await _kept(till)) == (400, 0)


def _sign(body: bytes) -> str:
    at = int(time.time())
    made = hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"


async def test_a_backslash_before_what_looks_like_a_nul_is_a_text(till: Till) -> None:
    body = rb'{"id": "evt_1", "type": "x", "data": {"object": {"a": "\\u0000"}}}'
    assert (await _raw(till, body, _sign(body))).status == 200


async def test_the_daily_comparison_leaves_other_shops_out(till: Till) -> None:
    settings = Settings(**with_stripe(till.fake.base), public_url=OURS)
    await till.order("p")
    (ours,) = list(till.fake.intents)
    till.fake.paid(ours)
    for name, mark in (
        ("pi_shop", {"order": "7"}),
        ("pi_site", MARK | {"site": "https://other.example"}),
        ("pi_lost", MARK | {"site": OURS}),
        ("pi_old", MARK),
    ):
        till.fake.intents[name] = till.fake.intents[ours] | {"id": name, "metadata": mark}
        till.fake.refund(name, 500)
    gateway = StripeGateway(settings)
    found = await reconcile(till.database, gateway)
    await gateway.close()
    assert sorted((one.kind, one.subject) for one in found) == [
        ("reconcile_not_credited", ours),
        ("reconcile_unknown", "pi_lost"),
        ("reconcile_unknown", "pi_old"),
    ]
