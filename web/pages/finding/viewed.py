"""The rooms that a member looked at: shown, erased, and no longer kept."""

from aiohttp.web import Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from rooms.finding import history
from web.http.forms import flag, needed
from web.http.keys import FORM
from web.http.paths import redirect
from web.http.visit import member_transaction, visit


async def show_viewed(request: Request) -> Response:
    """Show what the member looked at, the latest first."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with visit(request) as v:
        user = v.member()
        return v.page(
            "viewed.html",
            viewed=await history.of(v.tx, v.settings, user.id, number),
            count=await history.count(v.tx, user.id),
            kept=await history.is_on(v.tx, user.id),
        )


async def erase(request: Request) -> Response:
    """Erase one room of the history, or all of it."""
    room = request[FORM].get("room", "")
    room_id = integer(room, 1) if room else None
    async with member_transaction(request) as (tx, user):
        await history.erase(tx, user.id, room_id)
    return redirect("/viewed")


async def set_kept(request: Request) -> Response:
    """Keep a history from now on, or none."""
    on = flag(needed(request[FORM], "on"))
    async with member_transaction(request) as (tx, user):
        await history.set_on(tx, user.id, on)
    return redirect("/viewed")
