"""The member's favourites: who they are, whether they are there, and being told when they come."""

from aiohttp.web import Request, Response, json_response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from people.meeting import favourites
from rooms.finding import liked
from web.http.errors import wants_json
from web.http.forms import flag, needed
from web.http.keys import FORM
from web.http.paths import id_in_path, redirect
from web.http.visit import member_transaction, visit


async def show_favourites(request: Request) -> Response:
    """Show the member's favourites, who is there first, each with the room one would go to."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    order: liked.Order = "added" if request.query.get("sort") == "added" else "there"
    async with visit(request) as v:
        found, count = await liked.of(v.tx, v.settings, v.member().id, number, order)
        return v.page("favourites.html", liked=found, count=count, order=order)


async def set_favourite(request: Request) -> Response:
    """Put a cast into the member's favourites, or take one out."""
    form, cast_id = request[FORM], id_in_path(request, "cast_id")
    on = flag(needed(form, "on"))
    async with member_transaction(request) as (tx, user):
        if on:
            await favourites.add(tx, user.id, cast_id)
        else:
            await favourites.remove(tx, user.id, cast_id)
    return _done(request)


async def set_tells(request: Request) -> Response:
    """Tell the member when a favourite comes online, or no longer."""
    form, cast_id = request[FORM], id_in_path(request, "cast_id")
    on = flag(needed(form, "on"))
    async with member_transaction(request) as (tx, user):
        await favourites.set_tells(tx, user.id, cast_id, on)
    return _done(request)


def _done(request: Request) -> Response:
    if wants_json(request):
        return json_response({})
    return redirect(request[FORM].get("next") or "/favourites")
