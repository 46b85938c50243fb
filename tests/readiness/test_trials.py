"""What may be tried is really tried, kept as it went, and tells no secret."""

import json
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from media import turn_trial
from points.payments.wire.gateway import sign
from readiness import trials
from record import opening
from record.opening import OpeningStep
from tests.notify.mail_server import PASSWORD, MailServer, mail_server
from tests.points.payments.fake_stripe import SECRET, FakeStripe
from tests.readiness.conftest import filled, found, mailing, selling
from web.app import make_app

START_SECONDS = 20


async def step(database: Database, name: str) -> OpeningStep:
    async with database.transaction() as tx:
        return (await opening.steps(tx))[name]


async def test_a_test_mail_leaves_at_once_in_the_readers_language(
    settings: Settings, database: Database, post: MailServer
) -> None:
    settings = filled(settings, **mailing(post))
    await trials.send_mail(database, settings, "me@example.jp", "ja", actor_id=None)
    assert post.taken[0]["Subject"] == "テストメール"
    assert (await step(database, "mail")).state == "done"


async def test_a_mail_that_is_refused_is_told_without_the_password(
    settings: Settings, database: Database
) -> None:
    async with mail_server() as post:
        post.to_recipient = f"550 no such person, {PASSWORD}"
        said = {"smtp_url": f"smtp://u:{'p%40ss%3Aw%C3%B6rd%2F'}@127.0.0.1:{post.port}"}
        settings = filled(settings, **mailing(post) | said)
        await trials.send_mail(database, settings, "me@example.jp", "ja", actor_id=None)
    kept = await step(database, "mail")
    assert kept.state == "failed"
    assert PASSWORD not in kept.note
    lines = await found(settings, database)
    assert lines["mail"].finding.state == "broken"
    assert PASSWORD not in lines["mail"].finding.text("ja")


async def test_who_tried_stands_among_the_acts(
    settings: Settings, database: Database, post: MailServer
) -> None:
    settings = filled(settings, **mailing(post))
    await trials.send_mail(database, settings, "me@example.jp", "ja", actor_id=None)
    async with database.transaction() as tx:
        acts = (await tx.execute(sa.text("SELECT act, subject FROM staff_acts"))).all()
    assert [tuple(row) for row in acts] == [("opening.try", "opening:mail")]


async def tell(client: Any, event: dict[str, Any], secret: str = SECRET) -> str:
    """The provider sends an event to the webhook."""
    body = json.dumps(event).encode()
    answer = await client.post(
        "/webhooks/payments", data=body, headers={"Stripe-Signature": sign(body, secret)}
    )
    return str(answer.status)


async def test_an_event_is_asked_for_and_arrives_signed(
    settings: Settings, database: Database, stripe: FakeStripe, aiohttp_client: Any
) -> None:
    settings = filled(settings, **selling(stripe))
    client = await aiohttp_client(make_app(settings, database))
    await trials.ask_for_event(database, settings, actor_id=None)
    assert (await step(database, trials.EVENT)).state == "asked"
    (intent,) = stripe.intents.values()
    assert intent["status"] == "canceled", "nobody is charged"
    event = stripe.event("payment_intent.canceled", intent)
    # Not signed with our secret: nothing has arrived.
    assert await tell(client, event, "whsec_other") == "400"
    assert (await step(database, trials.EVENT)).state == "asked"
    # Of the other kind of money, or for somebody else's question: neither.
    assert await tell(client, event | {"livemode": True}) == "200"
    other = stripe.event("payment_intent.canceled", intent | {"metadata": {"trial": "other"}})
    assert await tell(client, other) == "200"
    assert (await step(database, trials.EVENT)).state == "asked"
    assert await tell(client, event) == "200"
    assert (await step(database, trials.EVENT)).state == "done"
    async with database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT count(*) FROM payment_events")) == 0
        assert await tx.scalar(sa.text("SELECT count(*) FROM alarms")) == 0


async def test_a_provider_that_refuses_is_told(
    settings: Settings, database: Database, stripe: FakeStripe
) -> None:
    settings = filled(settings, **selling(stripe))
    stripe.refusal = (403, {"type": "invalid_request_error", "code": "x", "message": "no rights"})
    await trials.ask_for_event(database, settings, actor_id=None)
    assert (await step(database, trials.EVENT)).state == "failed"
    assert (await found(settings, database))["payment_event"].finding.state == "broken"


@pytest.mark.parametrize("name", ["send_mail", "ask_for_event", "try_relay"])
async def test_what_is_not_set_up_can_not_be_tried(
    name: str, bare: Settings, database: Database
) -> None:
    more = ("me@example.jp", "ja") if name == "send_mail" else ()
    with pytest.raises(UserError):
        await getattr(trials, name)(database, bare, *more, actor_id=None)


@pytest.fixture
def turn(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A TURN server on this machine, and the settings that tell of it."""
    secret = secrets.token_hex(16)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *("turnserver", "-n", "--no-cli", "--simple-log", "--log-file=stdout", "--no-tls"),
        *("--no-dtls", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1"),
        *(f"--listening-port={port}", "--use-auth-secret", f"--static-auth-secret={secret}"),
        *("--realm=test", f"--userdb={tmp_path / 'turn.db'}", f"--pidfile={tmp_path / 'turn.pid'}"),
    ]
    try:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        pytest.skip("turnserver is not installed")
    try:
        _wait_for(port)
        url = f"turn:127.0.0.1:{port}?transport="
        yield {"turn_urls": (f"{url}udp", f"{url}tcp"), "turn_secret": secret}
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("coturn did not start")


async def test_a_relay_is_really_taken(
    settings: Settings, database: Database, turn: dict[str, Any]
) -> None:
    settings = filled(settings, **turn)
    places = await turn_trial.try_servers(settings)
    assert [(place.relay, place.why) for place in places] == [("127.0.0.1", "")] * 2
    await trials.try_relay(database, settings, actor_id=None)
    assert (await step(database, trials.RELAY)).state == "done"
    # It works, but nobody outside would reach it there.
    assert (await found(settings, database))["relay"].finding.state == "todo"


async def test_a_relay_with_another_secret_refuses(
    settings: Settings, database: Database, turn: dict[str, Any]
) -> None:
    settings = filled(settings, **turn | {"turn_secret": "another"})
    assert {place.why for place in await turn_trial.try_servers(settings)} == {"refused 401"}
    await trials.try_relay(database, settings, actor_id=None)
    kept = await step(database, trials.RELAY)
    assert kept.state == "failed"
    assert (await found(settings, database))["relay"].finding.state == "broken"


async def test_a_relay_that_is_away_is_told_in_time(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn_trial, "TRY_SECONDS", 0.05)
    urls = ("turn:127.0.0.1:9?transport=udp", "turn:127.0.0.1:9?transport=tcp", "turn:a:b")
    places = await turn_trial.try_servers(filled(settings, turn_urls=urls, turn_secret="s"))
    assert all(place.relay is None and place.why for place in places)
