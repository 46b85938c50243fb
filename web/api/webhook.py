"""The payment provider's door: signed events, over the raw body. Points are made here only."""

import structlog
from aiohttp.web import Application, HTTPNotFound, Request, Response, json_response

from foundation.database import clock
from foundation.language import N_
from points.payments import events
from points.payments.events import Handled, House
from points.payments.opening import house_of
from points.payments.origins import is_ours, is_said_to_be_ours
from points.payments.provider import SignatureError
from points.payments.refunds import TooEarlyError
from points.payments.settling import settle, settle_open
from readiness import trials
from record.alarms import alarm
from rooms.ground.live import live_talk
from signaling.push import PUSH
from web.http.bodies import read_body
from web.http.keys import DATABASE, PAYMENTS, RATE_LIMITS, SETTINGS

log = structlog.get_logger(__name__)

SIGNATURE = "Stripe-Signature"
# An event carries a whole object of Stripe's; a dispute with its evidence is the largest.
MOST_BYTES = 512 * 1024
HOUR_SECONDS = 3600
UNSIGNED_AN_HOUR = 60
UNSIGNED = N_(
    "署名の合わない決済の通知が届いています。ポイントは付けていません。"
    "StripeのWebhookの署名シークレットの設定を確かめてください。"
)


async def webhook(request: Request) -> Response:
    """Take an event over HTTP."""
    body = await read_body(request, MOST_BYTES)
    return await receive(request.app, body, request.headers.get(SIGNATURE))


async def receive(app: Application, body: bytes, signature: str | None) -> Response:
    """Check, keep and handle an event.

    It answers 200 once the event is handled, known or none of ours, 400 for a signature that is not
    the provider's, and 500 or 503 where the provider should send it again later.
    """
    provider, house = app[PAYMENTS], house_of(app[SETTINGS])
    if provider is None or house is None:
        raise HTTPNotFound
    try:
        event = provider.read_event(body, signature)
    except SignatureError as error:
        log.warning("webhook.refused", why=str(error))
        await _note_unsigned(app, body)
        return json_response({"code": "signature"}, status=400)
    async with app[DATABASE].transaction() as tx:
        if await trials.arrived(tx, app[SETTINGS], event):
            return json_response({"outcome": "trial"})
        ours = await is_ours(tx, house, event)
        if ours:
            await events.keep(tx, event)
    if not ours:
        log.info("webhook.not_ours", kind=event["type"][:100])
        return json_response({"outcome": "not_ours"})
    return await _settled(app, house, event["id"])


async def _note_unsigned(app: Application, body: bytes) -> None:
    """Tell staff where a payment of ours is told without the right signature: the secret is wrong.

    Anybody may send such a body, so it is looked at a few times an hour, and told once a day.
    """
    if not await app[RATE_LIMITS].hit("unsigned events", UNSIGNED_AN_HOUR, HOUR_SECONDS):
        return
    async with app[DATABASE].transaction() as tx:
        if await is_said_to_be_ours(tx, body):
            today = f"{await clock(tx):%Y-%m-%d}"
            await alarm(tx, "payments_signature", UNSIGNED, today)


async def _settled(app: Application, house: House, event_id: str) -> Response:
    try:
        handled = [await settle(app[DATABASE], house, event_id)]
        if handled[0].outcome in ("credited", "settled"):
            handled += await settle_open(app[DATABASE], house, await _intent(app, event_id))
    except TooEarlyError:
        # It is kept, and handled as soon as the event it follows from has come.
        return json_response({"code": "too_early"}, status=503)
    except Exception:
        log.exception("webhook.failed", event_id=event_id)
        return json_response({"code": "failed"}, status=500)
    await _announce(app, handled)
    return json_response({"outcome": handled[0].outcome})


async def _intent(app: Application, event_id: str) -> str | None:
    async with app[DATABASE].transaction() as tx:
        return await events.intent_of(tx, event_id)


async def _announce(app: Application, handled: list[Handled]) -> None:
    """Tell the talk that the payer is in: its meter has changed."""
    try:
        async with app[DATABASE].transaction() as tx:
            users = {one.user_id for one in handled if one.user_id is not None}
            found = [await live_talk(tx, user_id) for user_id in sorted(users)]
        await app[PUSH].talks(talk.id for talk in found if talk and talk.side == "caller")
    except Exception:
        # The next beat brings it as well.
        log.exception("webhook.unannounced")
