"""Who answers with the site's mark, and giving and taking that right."""

from aiohttp.web import Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from web.http.forms import needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_page, staff_transaction, staff_visit
from writing.ground import answering


async def show(request: Request) -> Response:
    """Show the answering members."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with staff_visit(request, "board") as (v, _):
        found = await answering.page(v.tx, number)
        return await staff_page(v, "staff_answering.html", members=found)


async def give(request: Request) -> Response:
    """Give a member the right."""
    user_id, reason = id_in_path(request, "user_id"), needed(request[FORM], "reason")
    async with staff_transaction(request, "board") as (tx, user):
        settings = request.app[SETTINGS]
        await answering.give(tx, settings, user_id, reason, actor_id=user.id)
    return redirect(f"/staff/people/{user_id}?done=answering#answering")


async def take(request: Request) -> Response:
    """Take it away."""
    user_id, reason = id_in_path(request, "user_id"), needed(request[FORM], "reason")
    async with staff_transaction(request, "board") as (tx, user):
        settings = request.app[SETTINGS]
        await answering.take(tx, settings, user_id, reason, actor_id=user.id)
    return redirect(f"/staff/people/{user_id}?done=answering#answering")
