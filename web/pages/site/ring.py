"""What rings for the member now, as a page asks that has listened to nobody for a while."""

from aiohttp.web import Request, Response, json_response

from rooms.talk.rings import rings_for
from signaling.ring_events import rings_event
from web.http.keys import SETTINGS
from web.http.visit import member_transaction


async def ring(request: Request) -> Response:
    """Tell what rings for the member, as `ring:watch` does."""
    async with member_transaction(request) as (tx, user):
        rings = await rings_for(tx, request.app[SETTINGS], user.id)
    return json_response(rings_event(rings))
