"""What a cast knows of the caller in their talk, and their own notes of them."""

from aiohttp.web import Request, Response, json_response

from rooms.day import notes
from web.http.errors import wants_json
from web.http.forms import needed
from web.http.keys import FORM
from web.http.paths import id_in_path, redirect
from web.http.visit import member_transaction, visit


async def show_caller(request: Request) -> Response:
    """Show what the cast of a talk knows of its caller: a part of a page, for the talk's stage."""
    talk_id = id_in_path(request, "talk_id")
    async with visit(request) as v:
        known = await notes.of_talk(v.tx, talk_id, v.member().id)
        return v.page("caller_known.html", known=known)


async def write_note(request: Request) -> Response:
    """Keep the cast's note of the caller of a talk."""
    talk_id, text = id_in_path(request, "talk_id"), needed(request[FORM], "note")
    async with member_transaction(request) as (tx, user):
        await notes.write(tx, talk_id, user.id, text)
    if wants_json(request):
        return json_response({"saved": True})
    return redirect(f"/talks/{talk_id}?noted=1#note")
