"""Whatever bytes come to the payment provider's door, signed or not: a clear refusal, no trace."""

import hashlib
import hmac
import json
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from foundation.database import Database
from points.tables import payment_events
from tests.web.conftest import Open
from tests.web.scene import Browser
from tests.web.slow import line_to
from web.api.webhook import MOST_BYTES, SIGNATURE
from web.http.keys import PAYMENTS
from web.http.paths import WEBHOOK

# A payment that bears our mark is kept, whatever becomes of it.
OURS = {"id": "pi_1", "metadata": {"purchase": "77:1763800000000000"}}
PAID = '"payment_intent.succeeded"'


def event(subject: str = "{}", name: str = '"evt_1"', kind: str = '"x"') -> bytes:
    return f'{{"id": {name}, "type": {kind}, "data": {{"object": {subject}}}}}'.encode()


def signed(browser: Browser, body: bytes) -> str:
    """The provider's own signature over any bytes."""
    assert browser.client.app
    secret = browser.client.app[PAYMENTS]._secret  # type: ignore[union-attr]
    at = int(time.time())
    proof = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={proof}"


async def kept(database: Database) -> int:
    async with database.transaction() as tx:
        found = await tx.scalar(sa.select(sa.func.count()).select_from(payment_events))
    return int(found or 0)


async def tell(browser: Browser, body: bytes, signature: str, **more: str) -> Any:
    headers = {SIGNATURE: signature, "Content-Type": "application/json"} | more
    return await browser.client.post(WEBHOOK, data=body, headers=headers)


BODIES = {
    "nothing": b"",
    "no JSON": b"hello",
    "no UTF-8": event('{"a": "?"}').replace(b"?", b"\xff"),
    "UTF-16": event().decode().encode("utf-16"),
    "zeros": b"\0" * 1000,
    "NUL in a text": event('{"a": "\\u0000"}'),
    "NUL in a key": event('{"\\u0000": 1}'),
    "NUL in the id": event(name='"evt\\u0000"'),
    "NUL in the type": event(kind='"x\\u0000"'),
    "half a surrogate": event('{"a": "\\ud800"}'),
    "half a surrogate in the id": event(name='"\\udfff"'),
    "deep lists": event("[" * 2000 + "]" * 2000),
    "deep objects": event('{"a":' * 500 + "1" + "}" * 500),
    "very deep": b"[" * 200_000,
    "a huge integer": event('{"amount": ' + "9" * 100 + "}"),
    "a longer one": event('{"amount": ' + "9" * 10_000 + "}"),
    "a huge float": event('{"amount": 1e999}'),
    "no number": event('{"amount": NaN}'),
    "infinity": event('{"amount": -Infinity}'),
    "a list": b"[]",
    "a text": b'"evt_1"',
    "no id": b'{"type": "x", "data": {"object": {}}}',
    "a long id": event(name='"' + "e" * 201 + '"'),
    "an id that is a number": event(name="7"),
    "about nothing": b'{"id": "evt_1", "type": "payment_intent.succeeded"}',
    "data is a list": b'{"id": "evt_1", "type": "payment_intent.succeeded", "data": []}',
    "about a list": event("[]", kind='"payment_intent.succeeded"'),
    "about null": event("null", kind='"payment_intent.succeeded"'),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_what_no_event_can_be_is_refused_though_it_is_signed(
    browser: Browser, database: Database, body: bytes
) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = await tell(browser, body, signed(browser, body))
    assert (answer.status, (await answer.json())["code"]) == (400, "signature")
    assert await kept(database) == 0
    assert not [line for line in lines if line["log_level"] == "error"]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_nor_is_it_looked_at_without_a_signature(
    browser: Browser, database: Database, body: bytes
) -> None:
    assert (await tell(browser, body, "t=1,v1=00")).status == 400
    assert await kept(database) == 0


async def test_a_good_event_of_the_greatest_length_is_kept(
    browser: Browser, database: Database
) -> None:
    filling = MOST_BYTES - len(event(json.dumps(OURS | {"a": ""}), kind=PAID))
    body = event(json.dumps(OURS | {"a": "x" * filling}), kind=PAID)
    assert len(body) == MOST_BYTES
    assert (await tell(browser, body, signed(browser, body))).status == 200
    assert await kept(database) == 1
    much = json.dumps(OURS | {"a": "x" * (filling + 1)})
    longer = event(much, name='"evt_2"', kind=PAID)
    assert (await tell(browser, longer, signed(browser, longer))).status == 413
    assert await kept(database) == 1


async def test_what_is_packed_is_not_unpacked(browser: Browser, database: Database) -> None:
    body = event()
    answer = await tell(browser, body, signed(browser, body), **{"Content-Encoding": "gzip"})
    assert answer.status in (400, 415)
    assert await kept(database) == 0


async def test_pieces_without_end_and_bytes_that_drip_are_cut_off(open_browser: Open) -> None:
    browser = await open_browser(form_seconds=120)
    async with line_to(browser) as line:
        piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        await line.post(WEBHOOK, piece * 9, Transfer_Encoding="chunked")
        assert await line.status() == 413
    browser = await open_browser(form_seconds=0.3)
    async with line_to(browser) as line:
        await line.post(WEBHOOK, b"1\r\n \r\n", Transfer_Encoding="chunked")
        assert await line.status() == 408


async def test_who_drips_keeps_the_provider_from_nothing(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(forms_at_once=2, body_grace_seconds=60, form_seconds=120)
    body = event(json.dumps(OURS), kind=PAID)
    async with AsyncExitStack() as held:
        for _ in range(3):
            line = await held.enter_async_context(line_to(browser))
            await line.post(WEBHOOK, b"{", Content_Length=999)
        assert await line.status() == 503
        assert (await tell(browser, body, signed(browser, body))).status == 200
    assert await kept(database) == 1
