"""Waiting for a busy room: getting in line, and out of it."""

from aiohttp.web import Request, Response, json_response

from rooms.lobby import waiting
from signaling.push import PUSH
from web.http.errors import wants_json
from web.http.forms import flag, needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import member_transaction


async def wait(request: Request) -> Response:
    """Get in line for a room, or out of it."""
    room_id = id_in_path(request, "room_id")
    on = flag(needed(request[FORM], "on"))
    place = None
    async with member_transaction(request) as (tx, user):
        if on:
            place = await waiting.join(tx, request.app[SETTINGS], room_id, user.id)
        else:
            await waiting.leave(tx, room_id, user.id)
    push = request.app[PUSH]
    await push.places([room_id])
    await push.rings([user.id])
    if not on:
        # The last one's going may open the room to all.
        await push.room_states([room_id])
    if wants_json(request):
        return json_response({"place": place.as_event() if place else None})
    return redirect(f"/rooms/{room_id}")
