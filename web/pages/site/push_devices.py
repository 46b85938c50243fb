"""Web push: which of the member's browsers show what the site has to tell."""

import base64

from aiohttp.web import Request, Response, json_response

from foundation.ids import token_hash
from notify import devices, push_keys
from notify.devices import Subscription
from web.http.forms import needed
from web.http.keys import FORM, RATE_LIMITS
from web.http.session import session_token
from web.http.tries import too_many
from web.http.visit import member_transaction, visit

TRIES_AN_HOUR = 30
HOUR_SECONDS = 3600


async def show_push_devices(request: Request) -> Response:
    """Tell a page the site's public key, and which browsers are the member's."""
    async with visit(request) as v:
        user = v.member()
        key = await push_keys.public_key(v.tx)
        names = await devices.names(v.tx, user.id)
    return json_response({"key": _base64(key) if key else None, "devices": names})


async def add_device(request: Request) -> Response:
    """Let this browser show the member's notices until it is signed out."""
    form = request[FORM]
    given = Subscription.of(needed(form, "endpoint"), needed(form, "p256dh"), needed(form, "auth"))
    async with member_transaction(request) as (tx, user):
        await _count(request, user.id)
        await devices.add(tx, user.id, token_hash(session_token(request) or ""), given)
    return json_response({"device": devices.name(given.endpoint)})


async def remove_device(request: Request) -> Response:
    """Let a browser of the member's show nothing any more."""
    endpoint = needed(request[FORM], "endpoint")
    async with member_transaction(request) as (tx, user):
        await devices.remove(tx, user.id, endpoint)
    return json_response({})


async def _count(request: Request, user_id: int) -> None:
    if not await request.app[RATE_LIMITS].hit(f"push {user_id}", TRIES_AN_HOUR, HOUR_SECONDS):
        raise too_many(60)


def _base64(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode().rstrip("=")
